import { readCertificate, type CertificateView } from './certificate-reader.ts';
import { readClientHello, type ClientHello } from './client-hello.ts';
import { DER_TAG, DerReader, readDerWith } from './der.ts';
import { formatName } from './distinguished-name.ts';
import type { CertificateRequest, Direction, SeenAlert, SeenMessage } from './handshake-tree.ts';
import { LONGEST_LIST, OctetCursor } from './octet-cursor.ts';
import { readServerHello, type ServerHello } from './server-hello.ts';
import { alertName, certificateTypeName, groupName, handshakeTypeName, signatureSchemeName } from './tls-names.ts';
import { CONTENT_TYPE, TlsRecordReader, type TlsMessage } from './tls-records.ts';

/** A handshake has a dozen; what a peer sends beyond is no longer noted. */
const MOST_MESSAGES = 64;
const MOST_CERTIFICATES = 10;
const FATAL = 2;
const NAMED_CURVE = 3;

/**
 * Reads the handshake out of the octets of both directions, in whatever pieces they come, up to what is encrypted. Fails at
 * nothing: octets that are not TLS end the reading of their direction.
 */
export class HandshakeReader {
  readonly messages: SeenMessage[] = [];
  readonly alerts: SeenAlert[] = [];
  clientHello: ClientHello | undefined;
  secondClientHello: ClientHello | undefined;
  helloRetryRequest: ServerHello | undefined;
  serverHello: ServerHello | undefined;
  serverChain: readonly CertificateView[] = [];
  clientChain: readonly CertificateView[] = [];
  certificateRequest: CertificateRequest | undefined;
  /** Of the ServerKeyExchange, up to TLS 1.2. */
  group: string | undefined;
  readonly #readers = { sent: new TlsRecordReader(), received: new TlsRecordReader() };
  readonly #details: boolean;

  /** Without `details` only the names of the messages are read, which is quick enough to be done as they pass. */
  constructor(details = true) {
    this.#details = details;
  }

  /** Why the octets of a direction are not TLS. */
  failure(direction: Direction): string | undefined {
    return this.#readers[direction].failure;
  }

  /** Takes octets in the order in which they travelled, and gives what became readable with them. */
  feed(direction: Direction, octets: Uint8Array, atMs: number): readonly SeenMessage[] {
    return this.#readers[direction].push(octets).map((message) => {
      const seen = { direction, ...this.#read(direction, message, atMs), atMs };
      if (this.messages.length < MOST_MESSAGES) this.messages.push(seen);
      return seen;
    });
  }

  #read(direction: Direction, message: TlsMessage, atMs: number): { message: string; length: number } {
    switch (message.contentType) {
      case CONTENT_TYPE.handshake: {
        const name = handshakeTypeName(message.type);
        this.#readHandshake(direction, name, message.body);
        return { message: name, length: message.body.length };
      }
      case CONTENT_TYPE.alert: {
        const level = message.level === FATAL ? 'fatal' : 'warning';
        this.#note({ direction, level, alert: alertName(message.description), encrypted: false, atMs });
        return { message: 'alert', length: 2 };
      }
      case CONTENT_TYPE.changeCipherSpec:
        return { message: 'change_cipher_spec', length: 1 };
      default:
        if (message.recordType === CONTENT_TYPE.alert) {
          this.#note({ direction, level: undefined, alert: undefined, encrypted: true, atMs });
        }
        return { message: 'encrypted', length: message.length };
    }
  }

  #note(alert: SeenAlert): void {
    if (this.alerts.length < MOST_MESSAGES) this.alerts.push(alert);
  }

  #readHandshake(direction: Direction, message: string, body: Uint8Array): void {
    if (!this.#details && message !== 'server_hello') return;
    switch (message) {
      case 'client_hello': {
        const hello = readClientHello(body);
        if (!hello.ok) return;
        if (this.clientHello === undefined) this.clientHello = hello.value;
        else this.secondClientHello ??= hello.value;
        return;
      }
      case 'server_hello': {
        const hello = readServerHello(body);
        if (!hello.ok) return;
        if (hello.value.retry) this.helloRetryRequest ??= hello.value;
        else this.serverHello ??= hello.value;
        if (hello.value.version === 'TLSv1.3') this.#readers[direction === 'sent' ? 'received' : 'sent'].expectTls13();
        return;
      }
      case 'certificate':
        // The server shows its certificate before the client does.
        if (this.serverChain.length === 0) this.serverChain = readChain(body);
        else if (this.clientChain.length === 0) this.clientChain = readChain(body);
        return;
      case 'certificate_request':
        this.certificateRequest ??= readCertificateRequest(body, this.serverHello?.version);
        return;
      case 'server_key_exchange':
        this.group ??= readGroup(body);
        return;
      default:
    }
  }
}

/** The Certificate message up to TLS 1.2 (RFC 5246 §7.4.2); certificates that cannot be read are left out. */
function readChain(body: Uint8Array): CertificateView[] {
  const list = new OctetCursor(body).vector(3);
  const chain: CertificateView[] = [];
  while (!list.atEnd && chain.length < MOST_CERTIFICATES) {
    const view = readCertificate(list.take(list.uint(3)));
    if (view.ok) chain.push(view.value);
  }
  return chain;
}

/** RFC 5246 §7.4.4; the versions before have no list of signature algorithms (RFC 4346 §7.4.4). */
function readCertificateRequest(body: Uint8Array, version: string | undefined): CertificateRequest {
  const cursor = new OctetCursor(body);
  const types = cursor.vector(1).list(1).map(certificateTypeName);
  const signatureSchemes = version === 'TLSv1.2' ? cursor.vector(2).list(2).map(signatureSchemeName) : [];
  const list = cursor.vector(2);
  const authorities: string[] = [];
  while (!list.atEnd && authorities.length < LONGEST_LIST) {
    const der = list.take(list.uint(2));
    const name = readDerWith(() => formatName(new DerReader(der).next(DER_TAG.sequence)));
    if (name.ok) authorities.push(name.value);
  }
  return { types, signatureSchemes, authorities };
}

/** The curve of an ECDHE key exchange (RFC 8422 §5.4). */
function readGroup(body: Uint8Array): string | undefined {
  const cursor = new OctetCursor(body);
  return cursor.uint(1) === NAMED_CURVE ? groupName(cursor.uint(2)) : undefined;
}
