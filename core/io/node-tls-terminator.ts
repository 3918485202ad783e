import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { recognizeProtocol } from '../sip/transport/first-octets.ts';
import type { ConnectionTrace, Network } from '../sip/transport/network.ts';
import { diagnoseProtocolMismatch } from '../sip/transport/protocol-mismatch.ts';
import { alertIn, diagnoseTlsError, isChainCode } from '../tls/handshake-diagnosis.ts';
import { HandshakeInspector } from '../tls/handshake-inspector.ts';
import type { HandshakeTree } from '../tls/handshake-tree.ts';
import { expectationOfClient, verifyPeer, type TlsEvidence } from '../tls/peer-verification.ts';
import type { TlsServerSettings } from '../tls/tls-settings.ts';
import { HandshakeStarts } from './handshake-starts.ts';
import { HandshakeTap } from './handshake-tap.ts';
import { readFacts, refuseRenegotiation } from './node-handshake-facts.ts';
import { endpoints, endPolitely, NodeStreamSocket } from './node-stream-socket.ts';
import { readEvidence } from './node-tls-evidence.ts';
import { ListenerPolicy, type IdentityContext } from './listener-policy.ts';
import { WireCapture } from './wire-capture.ts';
import { diagnoseConnectionError, isNetworkError, type SocketError } from './socket-diagnosis.ts';
import { WatchBudget } from './watch-budget.ts';

type Handler = Parameters<Network['listenStream']>[2];

/** From the accepted connection to the end of its handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Handshakes under way. The one that has taken longest makes room for the next: honest ones take a moment. */
const MOST_UNDER_WAY = 1024;
/** Octets in which a ClientHello is waited for; with large key shares it has two thousand. */
const LARGEST_HELLO = 16 * 1024;

/** An accepted connection until its handshake ended one way or the other. */
interface Attempt {
  readonly socket: Socket;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly policy: ListenerPolicy;
  readonly timer: NodeJS.Timeout;
  readonly inspector: HandshakeInspector;
  /** Whether every record is read. */
  readonly watched: boolean;
  /** What the connection is called in the trace. */
  readonly name: string | undefined;
  /** The certificate that the client is shown, once that is settled. */
  identity: IdentityContext;
}

/**
 * The server end of TLS. It reads what each client sends first, so that plain SIP or HTTP on the TLS port gets its own
 * diagnosis, and hands the connection to the TLS library, watched as far as {@link WatchBudget} allows. Each connection ends
 * in exactly one of `onConnection` and `onRefused`.
 */
export class TlsTerminator {
  readonly #handler: Handler;
  readonly #trace: ConnectionTrace | undefined;
  readonly #budget = new WatchBudget();
  readonly #starts = new HandshakeStarts();
  /** Whose outcome was not told yet, oldest first. */
  readonly #attempts = new Set<Attempt>();
  #policy: ListenerPolicy;

  private constructor(handler: Handler, policy: ListenerPolicy, trace: ConnectionTrace | undefined) {
    this.#handler = handler;
    this.#trace = trace;
    this.#policy = policy;
  }

  /** Fails where the settings cannot be put in force. */
  static create(
    settings: TlsServerSettings,
    handler: Handler,
    trace: ConnectionTrace | undefined,
  ): Result<TlsTerminator, Diagnosis> {
    const policy = ListenerPolicy.create(settings, performance.now());
    return policy.ok ? ok(new TlsTerminator(handler, policy.value, trace)) : policy;
  }

  /** New settings for the next connection; handshakes under way and open connections keep the old ones. */
  update(settings: TlsServerSettings): Result<void, Diagnosis> {
    const policy = ListenerPolicy.create(settings, performance.now());
    if (!policy.ok) return policy;
    this.#policy = policy.value;
    return ok(undefined);
  }

  accept(socket: Socket, { local, remote }: ReturnType<typeof endpoints>): void {
    if (remote.port === 0) {
      socket.destroy();
      return;
    }
    this.#makeRoom();
    const attempt = this.#begin(socket, local, remote);
    this.#attempts.add(attempt);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (attempt.watched) this.#budget.release();
      if (!this.#attempts.has(attempt)) return;
      // The TLS library may be about to tell more.
      setImmediate(() => {
        this.#fail(attempt, { code: 'ECONNRESET' });
      });
    });
    let first: Buffer = Buffer.alloc(0);
    const onReadable = (): void => {
      const octets = socket.read() as Buffer | null;
      if (octets === null) return;
      attempt.inspector.feed('received', octets);
      first = first.length === 0 ? octets : Buffer.concat([first, octets]);
      const spoken = recognizeProtocol(first);
      if (spoken === undefined || (spoken === 'tls' && !isReady(attempt, first.length))) return;
      socket.removeListener('readable', onReadable);
      const mismatch = diagnoseProtocolMismatch('tls', spoken, local, remote);
      if (mismatch === undefined) {
        this.#starts.add(() => {
          this.#handOver(attempt, first);
        }, performance.now());
      } else {
        this.#refuse(attempt, {}, () => mismatch);
        endPolitely(socket);
      }
    };
    socket.on('readable', onReadable);
  }

  /** Ends the handshakes under way without a word. */
  close(): void {
    for (const attempt of [...this.#attempts]) {
      this.#settle(attempt);
      attempt.socket.destroy();
    }
  }

  #begin(socket: Socket, local: SocketAddress, remote: SocketAddress): Attempt {
    const policy = this.#currentPolicy();
    const tracer = this.#trace?.tracer;
    const watched = this.#budget.take(performance.now(), tracer?.enabled('tls', 9) === true);
    const name = this.#trace?.nextName();
    const inspector = new HandshakeInspector({
      role: 'server',
      watched: watched ? 'records' : 'first-flight',
      recognize: recognizeProtocol,
      now: () => performance.now(),
      tracer,
      connection: name,
      remote: formatSocketAddress(remote),
    });
    inspector.connected();
    const timer = setTimeout(() => {
      this.#giveUp(attempt);
    }, HANDSHAKE_TIMEOUT_MS);
    const attempt: Attempt = {
      socket,
      local,
      remote,
      policy,
      timer,
      inspector,
      watched,
      name,
      identity: policy.choose(undefined),
    };
    return attempt;
  }

  /** The policy, with new ticket keys where the old ones have served long enough. */
  #currentPolicy(): ListenerPolicy {
    const now = performance.now();
    if (this.#policy.isStale(now)) {
      const renewed = ListenerPolicy.create(this.#policy.settings, now);
      if (renewed.ok) this.#policy = renewed.value;
    }
    return this.#policy;
  }

  #makeRoom(): void {
    if (this.#attempts.size < MOST_UNDER_WAY) return;
    const [longest] = this.#attempts;
    if (longest !== undefined) this.#giveUp(longest);
  }

  #giveUp(attempt: Attempt): void {
    this.#fail(attempt, { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' });
    attempt.socket.destroy();
  }

  /**
   * Gives a connection that speaks TLS to the TLS library; a socket of its own for each, since a `tls.Server` would drop the
   * certificates of a client that it refuses before anybody could read them.
   */
  #handOver(attempt: Attempt, first: Buffer): void {
    const { socket, inspector, watched, policy } = attempt;
    if (socket.destroyed) return;
    const capture = WireCapture.begin(this.#trace, attempt.name, socket);
    const isSeen = watched || capture !== undefined;
    const tap = isSeen ? new HandshakeTap(socket, inspector, { readAlready: first, capture }) : undefined;
    if (tap === undefined) socket.unshift(first);
    const tls = new TLSSocket(tap ?? socket, {
      isServer: true,
      secureContext: attempt.identity.context,
      requestCert: policy.asksForCertificate,
      // Only the library can send the alert that tells a client that it should have shown a certificate.
      rejectUnauthorized: policy.settings.clientCertificate === 'required',
      // RFC 7301 §3.2: a client that speaks only other protocols is turned away, which keeps its browser from being led here.
      ...(policy.settings.alpn.length === 0 ? {} : { ALPNProtocols: [...policy.settings.alpn] }),
    });
    tls.allowHalfOpen = false;
    capture?.watch(tls);
    const onError = (error: NodeJS.ErrnoException): void => {
      this.#refuse(attempt, error, (seen) => diagnose(error, tls, attempt, seen));
    };
    tls.on('error', onError);
    // Without a `tls.Server` nobody turns what goes wrong after the handshake, such as a record that was changed, into an end.
    tls.on('_tlsError', (error: Error) => tls.destroy(error));
    tls.once('end', () => {
      this.#fail(attempt, { code: 'ECONNRESET' });
    });
    tls.once('secure', () => {
      tls.removeListener('error', onError);
      if (this.#settle(attempt)) this.#admit(tls, tap, attempt);
      else socket.destroy();
    });
  }

  #admit(tls: TLSSocket, tap: HandshakeTap | undefined, attempt: Attempt): void {
    const { local, remote, inspector, policy, name } = attempt;
    const evidence = evidenceOf(tls, policy, refusal(tls, policy));
    if (tap === undefined) countOctets(attempt);
    inspector.secured(readFacts(tls, evidence));
    tap?.release();
    const verified = verifyPeer(evidence, expectationOfClient(policy.settings));
    if (!verified.ok) {
      tls.on('error', () => undefined);
      this.#handler.onRefused(verified.error, remote, name);
      endPolitely(tls);
      return;
    }
    if (verified.value.peerVerified && !tls.isSessionReused()) policy.remember(evidence.peerChain);
    refuseRenegotiation(tls, evidence.protocol);
    this.#handler.onConnection(
      new NodeStreamSocket(tls, {
        local,
        remote,
        security: verified.value,
        name,
        diagnose: (error) =>
          isNetworkError(error)
            ? diagnoseConnectionError(error, remote)
            : diagnoseTlsError({ role: 'server', ...error, remote: formatSocketAddress(remote) }),
      }),
    );
  }

  #fail(attempt: Attempt, error: SocketError): void {
    this.#refuse(attempt, error, (seen) => diagnoseFailure(error, attempt, seen));
  }

  #refuse(attempt: Attempt, error: SocketError, explain: (seen: HandshakeTree) => Diagnosis): void {
    if (!this.#settle(attempt)) return;
    if (!attempt.watched) countOctets(attempt);
    const seen = attempt.inspector.failed({ error: error.code, alert: alertIn(error) });
    this.#handler.onRefused(explain(seen), attempt.remote, attempt.name);
  }

  /** Marks an attempt as told; `false` where it was before. */
  #settle(attempt: Attempt): boolean {
    clearTimeout(attempt.timer);
    return this.#attempts.delete(attempt);
  }
}

/**
 * Whether enough was read to answer: all of the ClientHello where it decides which certificate the client gets. What can be
 * no ClientHello is the TLS library's to refuse.
 */
function isReady(attempt: Attempt, length: number): boolean {
  const { policy, inspector } = attempt;
  if (!policy.hasChoice || length > LARGEST_HELLO) return true;
  const { clientHello, invalid } = inspector.tree;
  if (clientHello !== undefined) attempt.identity = policy.choose(clientHello);
  return clientHello !== undefined || invalid.received !== undefined;
}

function evidenceOf(tls: TLSSocket, policy: ListenerPolicy, chainError: string | undefined): TlsEvidence {
  const evidence = readEvidence(tls, 'server', policy.settings, { chainError });
  const [leaf] = evidence.peerChain;
  const peerChain = leaf !== undefined && tls.isSessionReused() ? policy.recall(leaf) : undefined;
  return peerChain === undefined ? evidence : readEvidence(tls, 'server', policy.settings, { chainError, peerChain });
}

function diagnose(error: SocketError, tls: TLSSocket, attempt: Attempt, seen: HandshakeTree): Diagnosis {
  const { policy } = attempt;
  // BoringSSL's run-time refuses a client certificate by an error, with the certificates still there.
  if (isChainCode(error.code)) {
    const evidence = evidenceOf(tls, policy, error.code);
    const verified = verifyPeer(evidence, expectationOfClient(policy.settings));
    if (!verified.ok && evidence.peerChain.length > 0) return verified.error;
  }
  return diagnoseFailure(error, attempt, seen);
}

function diagnoseFailure(
  { code, message }: SocketError,
  { remote, identity }: Attempt,
  seen: HandshakeTree,
): Diagnosis {
  return diagnoseTlsError({
    role: 'server',
    code,
    message,
    seen,
    remote: formatSocketAddress(remote),
    ownKeyType: identity.keyType,
  });
}

/**
 * What the TLS library has against the client's chain: `undefined` where nothing. Its verdict is no documented property, so
 * that without it nobody is trusted.
 */
function refusal(tls: TLSSocket, { asksForCertificate }: ListenerPolicy): string | undefined {
  if (!asksForCertificate) return undefined;
  const { ssl } = tls as { ssl?: { verifyError?: () => { readonly code?: string } | null | undefined } };
  if (ssl?.verifyError === undefined) return tls.authorized ? undefined : 'CERT_UNTRUSTED';
  const error = ssl.verifyError();
  return error === null || error === undefined ? undefined : (error.code ?? 'CERT_UNTRUSTED');
}

/** What the native path of the TLS library tells of octets that nobody looked at. */
function countOctets({ socket, inspector }: Attempt): void {
  inspector.counted({ sent: socket.bytesWritten, received: socket.bytesRead });
}
