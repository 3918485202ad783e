import { connect, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { formatSocketAddress, isNumericHost, type SocketAddress } from '../base/address.ts';
import type { Diagnosis, DiagnosisCode } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import { recognizeProtocol } from '../sip/transport/first-octets.ts';
import type { Network, StreamSocket } from '../sip/transport/network.ts';
import { diagnoseTlsError } from '../tls/handshake-diagnosis.ts';
import { verifyPeer } from '../tls/peer-verification.ts';
import { systemRandom } from './node-random.ts';
import { endpoints, endPolitely, NodeStreamSocket } from './node-stream-socket.ts';
import { clientContext } from './node-tls-context.ts';
import { readEvidence } from './node-tls-evidence.ts';
import { diagnoseConnectionError, isNetworkError, type SocketError } from './socket-diagnosis.ts';

type ConnectOptions = Parameters<Network['connectStream']>[0];
type TlsOptions = NonNullable<ConnectOptions['tls']>;

/** After this long without traffic the system starts to ask whether the peer is still there. */
const PROBE_AFTER_MS = 30_000;
/** How long a peer whose handshake failed may take to show what it speaks instead. */
const SECOND_LOOK_MS = 1500;

/** Dials. A TLS connection is given out only where the peer passed the policy; one that did not is ended politely. */
export async function connectStream(options: ConnectOptions): Promise<Result<StreamSocket, Diagnosis>> {
  const { remote, local, tls, timeoutMs } = options;
  const deadline = performance.now() + timeoutMs;
  let context: SecureContext | undefined;
  if (tls !== undefined) {
    // Before a packet leaves: settings that cannot be put in force are not the other end's failure.
    const created = clientContext(tls.settings);
    if (!created.ok) return created;
    context = created.value;
  }
  const socket = await connectTcp(remote, local, timeoutMs);
  if (!socket.ok) return err(diagnoseConnectionError(socket.error, remote));
  if (tls === undefined || context === undefined) {
    return ok(
      new NodeStreamSocket(socket.value, {
        ...endpoints(socket.value),
        security: undefined,
        diagnose: (error) => diagnoseConnectionError(error, remote),
      }),
    );
  }
  return handshake(socket.value, context, tls, options, deadline - performance.now());
}

function connectTcp(
  remote: SocketAddress,
  local: SocketAddress | undefined,
  timeoutMs: number,
): Promise<Result<Socket, SocketError>> {
  return new Promise((resolve) => {
    const socket = connect({
      host: remote.address,
      port: remote.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
      ...(local === undefined ? {} : { localAddress: local.address, localPort: local.port }),
    });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(err({ code: 'ETIMEDOUT' }));
    }, timeoutMs);
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      resolve(err(error));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeListener('error', onError);
      resolve(ok(socket));
    });
  });
}

async function handshake(
  raw: Socket,
  context: SecureContext,
  tls: TlsOptions,
  options: ConnectOptions,
  timeoutMs: number,
): Promise<Result<StreamSocket, Diagnosis>> {
  const ends = endpoints(raw);
  const socket = connectTls({
    socket: raw,
    secureContext: context,
    // RFC 6066 §3: only names, never addresses.
    ...(isNumericHost(tls.serverName) ? {} : { servername: tls.serverName }),
    // The policy below decides, with reasons; the library only reports what it thinks of the chain.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  const failure = await secured(socket, timeoutMs);
  if (failure !== undefined) {
    const received = raw.bytesRead;
    socket.destroy();
    return err(await explain({ ...failure, received }, options));
  }
  const verified = verifyPeer(readEvidence(socket, 'client', tls.settings), {
    role: 'client',
    verify: tls.settings.verify,
    serverName: tls.serverName,
  });
  if (!verified.ok) {
    socket.on('error', () => undefined);
    endPolitely(socket);
    return verified;
  }
  return ok(
    new NodeStreamSocket(socket, {
      ...ends,
      security: verified.value,
      diagnose: (error) =>
        isNetworkError(error) ? diagnoseConnectionError(error, options.remote) : diagnoseFailure(error, options),
    }),
  );
}

/** Waits for the end of the handshake; gives the error where it failed. */
function secured(socket: TLSSocket, timeoutMs: number): Promise<SocketError | undefined> {
  return new Promise((resolve) => {
    const finish = (error: SocketError | undefined): void => {
      clearTimeout(timer);
      socket.removeListener('error', onError);
      if (error !== undefined) socket.on('error', () => undefined);
      resolve(error);
    };
    const onError = ({ code, message }: NodeJS.ErrnoException): void => {
      finish({ code, message });
    };
    const timer = setTimeout(() => {
      finish({ code: 'ERR_TLS_HANDSHAKE_TIMEOUT' });
    }, timeoutMs);
    socket.once('error', onError);
    socket.once('close', () => {
      finish({ code: 'ECONNRESET' });
    });
    socket.once('secureConnect', () => {
      finish(undefined);
    });
  });
}

/** A failed handshake, and how many octets the peer had sent by then. */
interface HandshakeFailure extends SocketError {
  readonly received: number;
}

/** An alert alone has 7 octets; a server that sent more had gone through its whole part of the handshake. */
const SERVER_PART_OCTETS = 64;

function diagnoseFailure(
  { code, message, received = 0 }: Partial<HandshakeFailure>,
  options: ConnectOptions,
  firstBytes?: Uint8Array,
): Diagnosis {
  return diagnoseTlsError({
    role: 'client',
    code,
    message,
    // What TLS 1.2 servers call a missing certificate is also what they call a missing cipher, only later.
    certificateRequested: options.tls?.settings.identity === undefined && received > SERVER_PART_OCTETS,
    remote: formatSocketAddress(options.remote),
    serverName: options.tls?.serverName,
    firstBytes,
  });
}

/** Diagnoses that a peer without TLS causes as well: by an answer that is not TLS, and by none. */
const NOT_TLS: ReadonlySet<DiagnosisCode> = new Set(['tls.peer-speaks-plain-sip', 'tls.decode-error']);
const NO_ANSWER: ReadonlySet<DiagnosisCode> = new Set(['tls.closed-during-handshake', 'tls.handshake-timeout']);

/**
 * Why a handshake failed. Where the error says no more than that TLS was not answered with TLS, a second connection without
 * TLS shows what the peer speaks.
 */
async function explain(failure: HandshakeFailure, options: ConnectOptions): Promise<Diagnosis> {
  const diagnosis = diagnoseFailure(failure, options);
  if (!(failure.received > 0 ? NOT_TLS : NO_ANSWER).has(diagnosis.code)) return diagnosis;
  const firstBytes = await firstWords(options);
  const spoken = recognizeProtocol(firstBytes);
  if (spoken === 'http') return diagnoseFailure(failure, options, firstBytes);
  if (spoken !== 'sip') return diagnosis;
  // A pong is SIP too, though it does not look like it.
  return diagnoseFailure(failure, options, new TextEncoder().encode('SIP/2.0 '));
}

/** What a peer answers to a keep-alive and an OPTIONS that names nobody and goes no further; empty where it is silent. */
async function firstWords({ remote, local }: ConnectOptions): Promise<Uint8Array> {
  const connected = await connectTcp(remote, local === undefined ? undefined : { ...local, port: 0 }, SECOND_LOOK_MS);
  if (!connected.ok) return new Uint8Array(0);
  const socket = connected.value;
  const heard = new Promise<Uint8Array>((resolve) => {
    const finish = (octets: Uint8Array): void => {
      clearTimeout(timer);
      resolve(octets);
    };
    const timer = setTimeout(finish, SECOND_LOOK_MS, new Uint8Array(0));
    socket.once('data', finish);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      finish(new Uint8Array(0));
    });
  });
  socket.write(`\r\n\r\n${questionFrom(endpoints(socket).local, remote)}`);
  const octets = await heard;
  endPolitely(socket);
  return octets;
}

function questionFrom(local: SocketAddress, remote: SocketAddress): string {
  const token = randomToken(systemRandom, 16);
  return [
    `OPTIONS sip:${formatSocketAddress(remote)} SIP/2.0`,
    `Via: SIP/2.0/TCP ${formatSocketAddress(local)};branch=z9hG4bK${token}`,
    'Max-Forwards: 0',
    `From: <sip:anonymous@anonymous.invalid>;tag=${token}`,
    `To: <sip:${formatSocketAddress(remote)}>`,
    `Call-ID: ${token}@anonymous.invalid`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}
