import type { Tracer } from '../trace/tracer.ts';
import { readCertificate, type CertificateView } from './certificate-reader.ts';
import { DeferredTree } from './deferred-tree.ts';
import { readLatin1 } from './der.ts';
import { HandshakeReader } from './handshake-reader.ts';
import type { Direction, HandshakeTimes, HandshakeTree, SecuredFacts, SeenAlert } from './handshake-tree.ts';

/** Octets of each direction that are kept for reading; a handshake has two to ten thousand, more only with long chains. */
const MOST_OCTETS = 64 * 1024;
/** Pieces of each direction: a peer that sends single octets must not make us keep more bookkeeping than octets. */
const MOST_PIECES = 1024;
const FIRST_OCTETS = 512;

interface Piece {
  readonly direction: Direction;
  readonly octets: Uint8Array;
  readonly atMs: number;
}

/** How a handshake failed, as far as the TLS library or the socket tells. */
export interface HandshakeEnd {
  readonly error: string | undefined;
  /** The alert of the other end that the TLS library decrypted. */
  readonly alert?: string | undefined;
}

/**
 * Watches one TLS connection until its handshake ended. While it lasts the octets are only kept, within limits; they are
 * read where somebody wants to know: for a diagnosis, or where the trace takes the `tls.handshake` event (level 5) that tells
 * the whole tree once at the end. With the trace at level 9 each record is read and told (`tls.record`) as it passes.
 */
export class HandshakeInspector {
  readonly #options: ConstructorParameters<typeof HandshakeInspector>[0];
  readonly #startedAt: number;
  /** Where records are told as they pass. */
  readonly #live: HandshakeReader | undefined;
  readonly #marks: { connected?: number; secured?: number; failed?: number } = {};
  readonly #octets = { sent: 0, received: 0 };
  readonly #pieces = { sent: 0, received: 0 };
  #kept: Piece[] = [];
  #facts: SecuredFacts | undefined;
  #end: HandshakeEnd | undefined;

  constructor(options: {
    /** Our role. */
    readonly role: 'client' | 'server';
    readonly watched: HandshakeTree['watched'];
    /** Tells what is spoken by the first octets of the other end; `undefined` where more are needed. */
    readonly recognize: (octets: Uint8Array) => string | undefined;
    /** Monotonic milliseconds. */
    readonly now: () => number;
    /** When the connection was begun, where that was before now. */
    readonly startedAt?: number;
    readonly tracer?: Tracer | undefined;
    /** Names the connection in the trace. */
    readonly connection?: string | undefined;
    /** The other end, as `address:port`. */
    readonly remote?: string | undefined;
  }) {
    this.#options = options;
    this.#startedAt = options.startedAt ?? options.now();
    this.#live = options.tracer?.enabled('tls', 9) === true ? new HandshakeReader(false) : undefined;
  }

  /** The start of what the other end sent. */
  get firstOctets(): Uint8Array {
    const first = new Uint8Array(Math.min(this.#octets.received, FIRST_OCTETS));
    let length = 0;
    for (const { direction, octets } of this.#kept) {
      if (direction === 'sent' || length === first.length) continue;
      const part = octets.subarray(0, first.length - length);
      first.set(part, length);
      length += part.length;
    }
    return first.subarray(0, length);
  }

  /** What was seen until now. */
  get tree(): HandshakeTree {
    const reader = this.#read();
    const facts = this.#facts;
    const { role, watched, recognize } = this.#options;
    const { clientHello, serverHello, helloRetryRequest, secondClientHello, messages } = reader;
    const firstOctets = this.firstOctets;
    const spoken = firstOctets.length === 0 ? undefined : recognize(firstOctets);
    const isTls = spoken === undefined || spoken === 'tls';
    const peerChain = facts?.peerChain.flatMap(viewOf) ?? [];
    const invalid = { sent: reader.failure('sent'), received: reader.failure('received') };
    return {
      role,
      outcome: facts !== undefined ? 'secured' : this.#end !== undefined ? 'failed' : 'under-way',
      watched,
      times: this.#times(reader),
      octets: { ...this.#octets },
      clientHello,
      helloRetryRequest,
      secondClientHello,
      serverHello,
      version: facts?.version ?? serverHello?.version,
      cipher: facts?.cipher ?? serverHello?.cipher,
      group: serverHello?.group ?? reader.group ?? facts?.group,
      alpn: facts?.alpn ?? serverHello?.alpn,
      resumption: { offered: clientHello?.resumption, accepted: facts?.resumed ?? isResumed(reader) },
      serverChain: reader.serverChain.length > 0 || role === 'server' ? reader.serverChain : peerChain,
      clientChain: reader.clientChain.length > 0 || role === 'client' ? reader.clientChain : peerChain,
      certificateRequest: reader.certificateRequest,
      alerts: this.#alerts(reader),
      messages,
      invalid: {
        ...(invalid.sent === undefined ? {} : { sent: invalid.sent }),
        ...(invalid.received === undefined ? {} : { received: invalid.received }),
      },
      spoken: isTls ? undefined : spoken,
      firstOctets: isTls ? undefined : readLatin1(firstOctets),
      error: this.#end?.error,
    };
  }

  /** Says that the connection under TLS is there. */
  connected(): void {
    this.#marks.connected = this.#elapsed();
  }

  /** Takes octets in the order in which they travelled, and does not change them; they must not change later either. */
  feed(direction: Direction, octets: Uint8Array): void {
    if (this.#ended) return;
    const atMs = this.#elapsed();
    this.#octets[direction] += octets.length;
    if (this.#octets[direction] <= MOST_OCTETS && ++this.#pieces[direction] <= MOST_PIECES) {
      this.#kept.push({ direction, octets, atMs });
    }
    if (this.#live === undefined) return;
    const before = this.#live.failure(direction);
    for (const { message, length } of this.#live.feed(direction, octets, atMs)) {
      this.#emit(9, 'tls.record', { direction, message, length });
    }
    const invalid = this.#live.failure(direction);
    if (invalid !== before) this.#emit(9, 'tls.record', { direction, invalid });
  }

  /** Says how many octets passed where not all of them were shown. */
  counted(octets: Readonly<Record<Direction, number>>): void {
    Object.assign(this.#octets, octets);
  }

  /** The handshake succeeded. */
  secured(facts: SecuredFacts): void {
    if (this.#ended) return;
    this.#marks.secured = this.#elapsed();
    this.#facts = facts;
    const { tracer } = this.#options;
    // Where nobody is told, nothing is read; where somebody is told, not before it is looked at.
    if (tracer?.enabled('tls', 5) === true) this.#tell(new DeferredTree(() => this.tree));
    else this.#kept = [];
  }

  /** The handshake failed. Gives the evidence. */
  failed(end: HandshakeEnd): HandshakeTree {
    if (this.#ended) return this.tree;
    this.#marks.failed = this.#elapsed();
    this.#end = end;
    const { tree } = this;
    for (const { direction, alert, level, encrypted } of tree.alerts) {
      this.#emit(level === 'warning' ? 7 : 3, 'tls.alert', { direction, alert, level, encrypted });
    }
    this.#tell(tree);
    this.#kept = [];
    return tree;
  }

  get #ended(): boolean {
    return this.#facts !== undefined || this.#end !== undefined;
  }

  #elapsed(): number {
    return Math.round((this.#options.now() - this.#startedAt) * 100) / 100;
  }

  #read(): HandshakeReader {
    const reader = new HandshakeReader();
    for (const { direction, octets, atMs } of this.#kept) reader.feed(direction, octets, atMs);
    return reader;
  }

  #times({ messages, alerts }: HandshakeReader): HandshakeTimes {
    const first = (name: string): number | undefined => messages.find(({ message }) => message === name)?.atMs;
    const times = {
      connected: this.#marks.connected,
      clientHello: first('client_hello'),
      serverHello: first('server_hello'),
      certificate: first('certificate'),
      certificateRequest: first('certificate_request'),
      alert: alerts[0]?.atMs,
      secured: this.#marks.secured,
      failed: this.#marks.failed,
    };
    return Object.fromEntries(Object.entries(times).filter(([, atMs]) => atMs !== undefined));
  }

  #alerts({ alerts }: HandshakeReader): readonly SeenAlert[] {
    const told = this.#end?.alert;
    if (told === undefined || alerts.some(({ direction, alert }) => direction === 'received' && alert === told)) {
      return alerts;
    }
    const atMs = this.#marks.failed ?? this.#elapsed();
    const others = alerts.filter(({ direction, encrypted }) => direction === 'sent' || !encrypted);
    return [...others, { direction: 'received', level: undefined, alert: told, encrypted: true, atMs }];
  }

  #tell(tree: HandshakeTree): void {
    const { role, remote } = this.#options;
    this.#emit(5, 'tls.handshake', { role, remote, tree });
  }

  #emit(level: 3 | 5 | 7 | 9, kind: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.tracer?.emit('tls', level, kind, { connection: this.#options.connection, ...fields });
  }
}

function viewOf(der: Uint8Array): readonly CertificateView[] {
  const view = readCertificate(der);
  return view.ok ? [view.value] : [];
}

/** Whether the server took the session up that the client proposed, as far as the records tell. */
function isResumed({ clientHello, serverHello, messages, serverChain }: HandshakeReader): boolean | undefined {
  if (clientHello === undefined || serverHello === undefined) return undefined;
  if (serverHello.version === 'TLSv1.3') return serverHello.takesPreSharedKey;
  if (serverChain.length > 0) return false;
  // RFC 5246 §7.3: the server goes on with ChangeCipherSpec at once.
  return messages.some(({ message }) => message === 'change_cipher_spec') ? true : undefined;
}
