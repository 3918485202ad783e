import type { Tracer } from '../trace/tracer.ts';
import { readCertificate, type CertificateView } from './certificate-reader.ts';
import { readClientHello, type ClientHello } from './client-hello.ts';
import { OctetCursor } from './octet-cursor.ts';
import { readServerHello, type ServerHello } from './server-hello.ts';
import { alertName, handshakeTypeName } from './tls-names.ts';
import { CONTENT_TYPE, TlsRecordReader, type TlsMessage } from './tls-records.ts';

/** Which way octets travelled, seen from us. */
export type Direction = 'sent' | 'received';

/** What both ends said in clear. With TLS 1.3 that ends with the ServerHello. */
export interface HandshakeView {
  readonly clientHello: ClientHello | undefined;
  readonly serverHello: ServerHello | undefined;
  /** Certificates of the server, leaf first. */
  readonly serverChain: readonly CertificateView[];
  readonly certificateRequested: boolean;
  readonly alertSent: string | undefined;
  readonly alertReceived: string | undefined;
  /** The start of what the other end sent, at most 512 octets, for when it is no TLS. */
  readonly firstBytes: Uint8Array;
}

const FIRST_BYTES = 512;
const FATAL = 2;

/**
 * Watches the octets of one TLS connection in both directions and writes `tls.record`, `tls.handshake` and `tls.alert` to
 * the trace. It changes nothing and fails at nothing: octets that are not TLS end the watching of their direction.
 */
export class HandshakeInspector {
  readonly #tracer: Tracer;
  readonly #connection: string;
  readonly #readers = { sent: new TlsRecordReader(), received: new TlsRecordReader() };
  #clientHello: ClientHello | undefined;
  #serverHello: ServerHello | undefined;
  #serverChain: CertificateView[] = [];
  #certificateRequested = false;
  readonly #alerts: { sent: string | undefined; received: string | undefined } = {
    sent: undefined,
    received: undefined,
  };
  #firstBytes = new Uint8Array(0);

  /** `connection` names the connection in the trace. */
  constructor(tracer: Tracer, connection: string) {
    this.#tracer = tracer;
    this.#connection = connection;
  }

  /** What was seen until now. */
  get view(): HandshakeView {
    return {
      clientHello: this.#clientHello,
      serverHello: this.#serverHello,
      serverChain: this.#serverChain,
      certificateRequested: this.#certificateRequested,
      alertSent: this.#alerts.sent,
      alertReceived: this.#alerts.received,
      firstBytes: this.#firstBytes,
    };
  }

  /** Takes octets in the order in which they travelled. */
  feed(direction: Direction, octets: Uint8Array): void {
    if (direction === 'received') this.#keepFirst(octets);
    const reader = this.#readers[direction];
    const before = reader.failure;
    for (const message of reader.push(octets)) this.#read(direction, message);
    const after = reader.failure;
    if (after !== before) this.#emit(5, 'tls.record', { direction, invalid: after });
  }

  #read(direction: Direction, message: TlsMessage): void {
    switch (message.contentType) {
      case CONTENT_TYPE.handshake:
        this.#readHandshake(direction, message.type, message.body);
        return;
      case CONTENT_TYPE.alert: {
        const alert = alertName(message.description);
        this.#alerts[direction] = alert;
        const fatal = message.level === FATAL;
        this.#emit(fatal ? 3 : 7, 'tls.alert', { direction, alert, fatal });
        return;
      }
      case CONTENT_TYPE.changeCipherSpec:
        this.#emit(9, 'tls.record', { direction, type: 'change_cipher_spec' });
        return;
      default:
        this.#emit(9, 'tls.record', { direction, type: 'encrypted', length: message.length });
    }
  }

  #readHandshake(direction: Direction, type: number, body: Uint8Array): void {
    const message = handshakeTypeName(type);
    this.#emit(7, 'tls.handshake', {
      direction,
      message,
      length: body.length,
      ...this.#details(direction, message, body),
    });
  }

  #details(direction: Direction, message: string, body: Uint8Array): Readonly<Record<string, unknown>> {
    switch (message) {
      case 'client_hello': {
        const hello = readClientHello(body);
        if (!hello.ok) return { invalid: hello.error };
        this.#clientHello = hello.value;
        return { offered: hello.value };
      }
      case 'server_hello': {
        const hello = readServerHello(body);
        if (!hello.ok) return { invalid: hello.error };
        this.#serverHello = hello.value;
        if (hello.value.version === 'TLSv1.3') this.#readers[direction === 'sent' ? 'received' : 'sent'].expectTls13();
        return { chosen: hello.value };
      }
      case 'certificate': {
        const chain = readChain(body);
        // The server shows its certificate before the client does.
        if (this.#serverChain.length === 0) this.#serverChain = chain;
        return {
          chain: chain.map(({ subject, issuer, notAfter, san, sha256 }) => ({
            subject,
            issuer,
            notAfter,
            san,
            sha256,
          })),
        };
      }
      case 'certificate_request':
        this.#certificateRequested = true;
        return {};
      default:
        return {};
    }
  }

  #keepFirst(octets: Uint8Array): void {
    const room = FIRST_BYTES - this.#firstBytes.length;
    if (room <= 0) return;
    const kept = new Uint8Array(this.#firstBytes.length + Math.min(room, octets.length));
    kept.set(this.#firstBytes);
    kept.set(octets.subarray(0, room), this.#firstBytes.length);
    this.#firstBytes = kept;
  }

  #emit(level: 3 | 5 | 7 | 9, kind: string, fields: Readonly<Record<string, unknown>>): void {
    this.#tracer.emit('tls', level, kind, { connection: this.#connection, ...fields });
  }
}

/** The Certificate message up to TLS 1.2 (RFC 5246 §7.4.2); certificates that cannot be read are left out. */
function readChain(body: Uint8Array): CertificateView[] {
  const list = new OctetCursor(body).vector(3);
  const chain: CertificateView[] = [];
  while (!list.atEnd) {
    const view = readCertificate(list.take(list.uint(3)));
    if (view.ok) chain.push(view.value);
  }
  return chain;
}
