import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ClientDigest } from '../sip/auth/client-digest.ts';
import { createRequest, createResponse } from '../sip/message/factory.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { StreamFramer } from '../sip/message/stream-framer.ts';
import { sipUri, type SipUri } from '../sip/message/uri.ts';
import { TransactionLayer } from '../sip/transaction/transaction-layer.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import { recognizeProtocol, type SpokenProtocol } from '../sip/transport/first-octets.ts';
import type { Flow, Target } from '../sip/transport/flow.ts';
import type { StreamSocket } from '../sip/transport/network.ts';
import { TransportLayer } from '../sip/transport/transport-layer.ts';
import { DEFAULT_TRANSPORT_SETTINGS } from '../sip/transport/transport-settings.ts';
import { OutgoingRequest } from '../sip/ua/outgoing-request.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import type { ProbePorts } from './probe-ports.ts';
import { watchNetwork } from './watched-network.ts';

/** What tells protocols apart is in the first line. */
const FIRST_OCTETS = 1024;
const GOODBYE_MS = 1000;
const DOUBLE_CRLF = new Uint8Array([0x0d, 0x0a, 0x0d, 0x0a]);

/** What became of a request. */
export type SipAnswer =
  | { readonly kind: 'response'; readonly response: SipResponse; readonly request: SipRequest }
  | { readonly kind: 'failure'; readonly diagnosis: Diagnosis }
  /** No final response in the time given. */
  | { readonly kind: 'none' };

/** One connection to a SIP server with transactions on it: a user agent that can be asked single questions. */
export class SipConnection {
  readonly flow: Flow;
  /** The user part of our Contact; nobody else has it. */
  readonly user: string;
  readonly transactions: TransactionLayer;
  readonly #ports: ProbePorts;
  readonly #transports: TransportLayer;
  readonly #watch: Watch;
  readonly #requestListeners = new Set<(transaction: ServerTransaction) => void>();
  readonly #responseListeners = new Set<(response: SipResponse) => void>();
  #closedBy: Diagnosis | undefined;

  private constructor(ports: ProbePorts, transports: TransportLayer, flow: Flow, watch: Watch) {
    this.#ports = ports;
    this.#transports = transports;
    this.flow = flow;
    this.#watch = watch;
    this.user = randomToken(ports.random, 12).replace(/\./g, '-');
    this.transactions = new TransactionLayer({ ...ports, responseFlow: async () => ok(flow) });
    this.transactions.setUser({
      onRequest: (transaction) => {
        this.#receive(transaction);
      },
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    });
    transports.onMessage((message, on) => {
      if (message.kind === 'response') for (const listener of this.#responseListeners) listener(message);
      this.transactions.receive(message, on);
    });
    flow.onClose((reason) => {
      this.#closedBy = reason;
    });
  }

  /** Dials; the connection sends no keep-alives of its own. */
  static async open(
    ports: ProbePorts,
    target: Target,
    options: { readonly tls: TlsClientSettings; readonly timeoutMs: number },
  ): Promise<Result<SipConnection, Diagnosis>> {
    const watch = new Watch();
    const transports = new TransportLayer({
      ...ports,
      name: 'probe',
      network: watchNetwork(ports.network, watch),
      settings: { keepAlive: { ...DEFAULT_TRANSPORT_SETTINGS.keepAlive, intervalMs: 0 } },
    });
    const flow = await transports.connect(target, options);
    if (flow.ok) return ok(new SipConnection(ports, transports, flow.value, watch));
    await transports.close();
    return err(flow.error);
  }

  /** Why the connection was lost; `undefined` while it is open, and where nobody knows. */
  get closedBy(): Diagnosis | undefined {
    return this.#closedBy;
  }

  get local(): SocketAddress {
    return this.flow.local;
  }

  /** The address under which we can be reached on this connection. */
  get contact(): SipUri {
    const { local, protocol } = this.flow;
    return sipUri({
      user: this.user,
      host: local.address,
      port: local.port,
      ...(protocol === 'udp' ? {} : { parameters: new Map([['transport', protocol]]) }),
    });
  }

  /** A request outside any dialog with all that RFC 3261 §8.1.1 wants. `from` and `to` are values without tags. */
  createRequest(parts: {
    readonly method: string;
    readonly uri: SipUri;
    readonly from: string;
    readonly to: string;
    readonly headers?: readonly (readonly [name: string, value: string])[];
    readonly callId?: string;
    readonly sequence?: number;
    readonly body?: { readonly contentType: string; readonly content: Uint8Array };
  }): SipRequest {
    const { random, userAgent } = this.#ports;
    return createRequest({
      method: parts.method,
      uri: parts.uri,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${parts.from};tag=${randomToken(random, 10)}`],
        ['To', parts.to],
        ['Call-ID', parts.callId ?? randomToken(random, 22)],
        ['CSeq', `${parts.sequence ?? 1} ${parts.method}`],
        ...(parts.headers ?? []),
        ['User-Agent', userAgent],
      ],
      ...(parts.body === undefined ? {} : { body: parts.body.content, contentType: parts.body.contentType }),
    });
  }

  /** Sends a request, answers challenges where there is a `digest`, and gives what came of it. */
  async ask(
    request: SipRequest,
    options: { readonly digest?: ClientDigest | undefined; readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<SipAnswer> {
    const { digest, timeoutMs, signal } = options;
    return new Promise((resolve) => {
      const finish = (answer: SipAnswer): void => {
        timer.cancel();
        signal?.removeEventListener('abort', late);
        resolve(answer);
      };
      const late = (): void => {
        finish({ kind: 'none' });
      };
      const timer = this.#ports.clock.after(timeoutMs, late);
      signal?.addEventListener('abort', late);
      new OutgoingRequest({
        transactions: this.transactions,
        request,
        flow: this.flow,
        digest,
        user: {
          onFinal: (response, answered) => {
            finish({ kind: 'response', response, request: answered });
          },
          onFailure: (diagnosis) => {
            finish({ kind: 'failure', diagnosis });
          },
        },
      });
    });
  }

  /** What the peer speaks, judged by the first that it sent; `undefined` before that. */
  get spoken(): SpokenProtocol | undefined {
    return this.#watch.spoken;
  }

  /** Sends the double CRLF of RFC 5626 §3.5.1. Whether the single CRLF came back in time. */
  async ping(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (answered: boolean): void => {
        timer.cancel();
        signal.removeEventListener('abort', silent);
        forget();
        this.#watch.onPong = () => undefined;
        resolve(answered);
      };
      const silent = (): void => {
        finish(false);
      };
      const timer = this.#ports.clock.after(timeoutMs, silent);
      const forget = this.flow.onClose(silent);
      signal.addEventListener('abort', silent);
      this.#watch.onPong = () => {
        finish(true);
      };
      this.#watch.write(DOUBLE_CRLF);
    });
  }

  /** Calls `listener` for each response as it arrives, challenges included. Returns a function that forgets it. */
  onResponse(listener: (response: SipResponse) => void): () => void {
    this.#responseListeners.add(listener);
    return () => void this.#responseListeners.delete(listener);
  }

  /** Calls `listener` for each request that arrives; what it does not answer gets a plain answer. */
  onRequest(listener: (transaction: ServerTransaction) => void): () => void {
    this.#requestListeners.add(listener);
    return () => void this.#requestListeners.delete(listener);
  }

  /** Resolves when the connection is gone, so that the next one is the only one; or a second later. */
  async close(): Promise<void> {
    this.transactions.close();
    await this.#transports.close();
    if (this.flow.protocol === 'udp') return;
    await new Promise<void>((resolve) => {
      const timer = this.#ports.clock.after(GOODBYE_MS, resolve);
      void this.#watch.closed.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #receive(transaction: ServerTransaction): void {
    for (const listener of this.#requestListeners) listener(transaction);
    if (transaction.answered) return;
    const status = { OPTIONS: 200, MESSAGE: 200, INVITE: 486, BYE: 481 }[transaction.request.method] ?? 405;
    transaction.respond(
      createResponse(transaction.request, status, {
        toTag: randomToken(this.#ports.random, 10),
        headers: [
          ['Allow', 'OPTIONS'],
          ['Server', this.#ports.userAgent],
        ],
      }),
    );
  }
}

/** Sees the pongs of the one connection, which the transport layer keeps to itself. */
class Watch {
  onPong: () => void = () => undefined;
  spoken: SpokenProtocol | undefined;
  #first = new Uint8Array(0);
  readonly #end = Promise.withResolvers<undefined>();
  readonly #framer = new StreamFramer('here');
  #socket: StreamSocket | undefined;

  onOpened(socket: StreamSocket): void {
    this.#socket = socket;
  }

  onClosed(): void {
    this.#end.resolve(undefined);
  }

  get closed(): Promise<undefined> {
    return this.#end.promise;
  }

  onData(octets: Uint8Array): void {
    if (this.spoken === undefined) {
      const room = FIRST_OCTETS - this.#first.length;
      this.#first = new Uint8Array([...this.#first, ...octets.subarray(0, room)]);
      this.spoken = recognizeProtocol(this.#first);
    }
    for (const { kind } of this.#framer.push(octets)) if (kind === 'pong') this.onPong();
  }

  write(octets: Uint8Array): void {
    this.#socket?.write(octets);
  }
}
