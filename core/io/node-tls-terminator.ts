import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { recognizeProtocol } from '../sip/transport/first-octets.ts';
import type { Network } from '../sip/transport/network.ts';
import { diagnoseProtocolMismatch } from '../sip/transport/protocol-mismatch.ts';
import { diagnoseTlsError } from '../tls/handshake-diagnosis.ts';
import { verifyPeer, type PeerExpectation } from '../tls/peer-verification.ts';
import type { TlsServerSettings } from '../tls/tls-settings.ts';
import { endpoints, endPolitely, NodeStreamSocket } from './node-stream-socket.ts';
import { contextOptions, keyTypeOf } from './node-tls-context.ts';
import { readEvidence } from './node-tls-evidence.ts';
import { diagnoseConnectionError, isNetworkError, type SocketError } from './socket-diagnosis.ts';

type Handler = Parameters<Network['listenStream']>[2];

/** From the accepted connection to the end of its handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** An accepted connection until its handshake ended one way or the other. */
interface Attempt {
  readonly socket: Socket;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly timer: NodeJS.Timeout;
  /** Whether its outcome was told. */
  settled: boolean;
  /** What was read before the TLS library took over. */
  firstOctets: Uint8Array;
}

/**
 * The server end of TLS. It reads what each client sends first, so that plain SIP or HTTP on the TLS port gets its own
 * diagnosis, puts it back, and hands the connection to the TLS library. Each connection ends in exactly one of
 * `onConnection` and `onRefused`.
 */
export class TlsTerminator {
  readonly #handler: Handler;
  readonly #attempts = new Map<string, Attempt>();
  /** Connections that closed during their handshake, whose error the library is about to tell without their address. */
  readonly #closed: Attempt[] = [];
  #settings: TlsServerSettings;
  #server: Server;

  private constructor(handler: Handler, settings: TlsServerSettings, server: Server) {
    this.#handler = handler;
    this.#settings = settings;
    this.#server = server;
    this.#attach(server, settings);
  }

  /** Fails where the settings cannot be put in force. */
  static create(settings: TlsServerSettings, handler: Handler): Result<TlsTerminator, Diagnosis> {
    const server = createTlsServer(settings);
    return server.ok ? ok(new TlsTerminator(handler, settings, server.value)) : server;
  }

  /** New settings for the next handshake; handshakes under way and open connections keep the old ones. */
  update(settings: TlsServerSettings): Result<void, Diagnosis> {
    const server = createTlsServer(settings);
    if (!server.ok) return server;
    this.#settings = settings;
    this.#server = server.value;
    this.#attach(server.value, settings);
    return ok(undefined);
  }

  accept(socket: Socket): void {
    const { local, remote } = endpoints(socket);
    if (remote.port === 0) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => {
      this.#refuse(attempt, diagnoseFailure({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT' }, attempt, this.#settings));
      socket.destroy();
    }, HANDSHAKE_TIMEOUT_MS);
    const attempt: Attempt = { socket, local, remote, timer, settled: false, firstOctets: new Uint8Array(0) };
    this.#attempts.set(keyOf(remote), attempt);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#onRawClose(attempt);
    });
    const onReadable = (): void => {
      const octets = socket.read() as Buffer | null;
      if (octets === null) return;
      attempt.firstOctets = Buffer.concat([attempt.firstOctets, octets]);
      const spoken = recognizeProtocol(attempt.firstOctets);
      if (spoken === undefined) return;
      socket.removeListener('readable', onReadable);
      const mismatch = diagnoseProtocolMismatch('tls', spoken, local, remote);
      if (mismatch !== undefined) {
        this.#refuse(attempt, mismatch);
        endPolitely(socket);
        return;
      }
      socket.unshift(attempt.firstOctets);
      this.#server.emit('connection', socket);
    };
    socket.on('readable', onReadable);
  }

  /** Ends the handshakes under way without a word. */
  close(): void {
    for (const attempt of [...this.#attempts.values()]) {
      this.#settle(attempt);
      attempt.socket.destroy();
    }
  }

  #attach(server: Server, settings: TlsServerSettings): void {
    server.on('secureConnection', (socket) => {
      const attempt = this.#attempts.get(keyOf(endpoints(socket).remote));
      if (attempt === undefined || !this.#settle(attempt)) socket.destroy();
      else this.#admit(socket, attempt, settings);
    });
    server.on('tlsClientError', (error: SocketError, socket) => {
      const attempt = this.#attempts.get(keyOf(endpoints(socket).remote)) ?? this.#closed.shift();
      if (attempt !== undefined) this.#refuse(attempt, this.#diagnose(error, socket, attempt, settings));
    });
  }

  #admit(socket: TLSSocket, attempt: Attempt, settings: TlsServerSettings): void {
    const { local, remote } = attempt;
    const verified = verifyPeer(readEvidence(socket, 'server', settings), expectationOf(settings));
    if (!verified.ok) {
      socket.on('error', () => undefined);
      this.#handler.onRefused(verified.error, remote);
      endPolitely(socket);
      return;
    }
    this.#handler.onConnection(
      new NodeStreamSocket(socket, {
        local,
        remote,
        security: verified.value,
        diagnose: (error) =>
          isNetworkError(error)
            ? diagnoseConnectionError(error, remote)
            : diagnoseTlsError({ role: 'server', ...error, remote: formatSocketAddress(remote) }),
      }),
    );
  }

  #diagnose(error: SocketError, socket: TLSSocket, attempt: Attempt, settings: TlsServerSettings): Diagnosis {
    const evidence = readEvidence(socket, 'server', settings);
    const { chainError } = evidence;
    if (chainError === undefined) return diagnoseFailure(error, attempt, settings);
    const verified = verifyPeer(evidence, expectationOf(settings));
    // Where the library closed the connection before it told us, the certificates are gone and only the code is left.
    if (verified.ok || evidence.peerChain.length === 0) {
      return diagnoseFailure({ code: chainError }, { ...attempt, firstOctets: new Uint8Array(0) }, settings);
    }
    return verified.error;
  }

  #onRawClose(attempt: Attempt): void {
    this.#attempts.delete(keyOf(attempt.remote));
    if (attempt.settled) return;
    this.#closed.push(attempt);
    setImmediate(() => {
      const index = this.#closed.indexOf(attempt);
      if (index < 0) return;
      this.#closed.splice(index, 1);
      this.#refuse(attempt, diagnoseFailure({ code: 'ECONNRESET' }, attempt, this.#settings));
    });
  }

  #refuse(attempt: Attempt, diagnosis: Diagnosis): void {
    if (this.#settle(attempt)) this.#handler.onRefused(diagnosis, attempt.remote);
  }

  /** Marks an attempt as told; `false` where it was before. */
  #settle(attempt: Attempt): boolean {
    if (attempt.settled) return false;
    attempt.settled = true;
    clearTimeout(attempt.timer);
    this.#attempts.delete(keyOf(attempt.remote));
    return true;
  }
}

function expectationOf({ clientCertificate }: TlsServerSettings): PeerExpectation {
  return { role: 'server', verify: clientCertificate !== 'ignored', clientCertificate };
}

function diagnoseFailure(
  { code, message }: SocketError,
  { remote, firstOctets }: Pick<Attempt, 'remote' | 'firstOctets'>,
  settings: TlsServerSettings,
): Diagnosis {
  return diagnoseTlsError({
    role: 'server',
    code,
    message,
    remote: formatSocketAddress(remote),
    ownKeyType: keyTypeOf(settings.identity),
    ...(firstOctets.length === 0 ? {} : { firstBytes: firstOctets }),
  });
}

function keyOf({ address, port }: SocketAddress): string {
  return `${address}|${port}`;
}

function createTlsServer(settings: TlsServerSettings): Result<Server, Diagnosis> {
  const options = contextOptions(settings);
  if (!options.ok) return options;
  const asks = settings.clientCertificate !== 'ignored';
  return ok(
    createServer({
      ...options.value,
      // Authorities are for judging clients. Where none is judged they stay out: the library would complete our own chain
      // with them and send the root, which no client needs and which hides from it that an intermediate is missing.
      ...(asks ? {} : { ca: [] }),
      requestCert: asks,
      // Only the library can send the alert that tells a client that it should have shown a certificate.
      rejectUnauthorized: settings.clientCertificate === 'required',
    }),
  );
}
