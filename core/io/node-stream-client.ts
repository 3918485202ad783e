import { connect, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { formatSocketAddress, isNumericHost, type SocketAddress } from '../base/address.ts';
import type { Diagnosis, DiagnosisCode } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import { recognizeProtocol } from '../sip/transport/first-octets.ts';
import type { Network, StreamSocket } from '../sip/transport/network.ts';
import { alertIn, diagnoseTlsError } from '../tls/handshake-diagnosis.ts';
import { HandshakeInspector } from '../tls/handshake-inspector.ts';
import type { HandshakeTree } from '../tls/handshake-tree.ts';
import { expectationOfServer, verifyPeer } from '../tls/peer-verification.ts';
import { HandshakeTap } from './handshake-tap.ts';
import { systemRandom } from './node-random.ts';
import { endpoints, endPolitely, NodeStreamSocket } from './node-stream-socket.ts';
import { clientContext } from './node-tls-context.ts';
import { readFacts, refuseRenegotiation } from './node-handshake-facts.ts';
import { readEvidence } from './node-tls-evidence.ts';
import { WireCapture } from './wire-capture.ts';
import { diagnoseConnectionError, isNetworkError, type SocketError } from './socket-diagnosis.ts';
import { SessionTickets, TlsSessions, type KeptSession } from './tls-sessions.ts';

type ConnectOptions = Parameters<Network['connectStream']>[0];
type TlsOptions = NonNullable<ConnectOptions['tls']>;

/** One attempt to connect, with its monotonic times in milliseconds. */
interface Dialling extends ConnectOptions {
  readonly startedAt: number;
  readonly deadline: number;
}

/** After this long without traffic the system starts to ask whether the peer is still there. */
const PROBE_AFTER_MS = 30_000;
/** How long a peer whose handshake failed may take to show what it speaks instead. */
const SECOND_LOOK_MS = 1500;

const sessions = new TlsSessions();

/** Dials. A TLS connection is given out only where the peer passed the policy; one that did not is ended politely. */
export async function connectStream(options: ConnectOptions): Promise<Result<StreamSocket, Diagnosis>> {
  const { remote, local, tls, timeoutMs } = options;
  const startedAt = performance.now();
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
  return handshake(socket.value, context, tls, { ...options, startedAt, deadline: startedAt + timeoutMs });
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
  options: Dialling,
): Promise<Result<StreamSocket, Diagnosis>> {
  const ends = endpoints(raw);
  const name = options.trace?.nextName();
  const { settings, serverName } = tls;
  const place = placeOf(serverName, options.remote);
  const kept = sessions.take(settings, place, performance.now());
  const { socket, tap, inspector } = startTls(raw, context, tls, options, name, kept);
  const tickets = new SessionTickets(socket);
  const failure = await secured(socket, options.deadline - performance.now());
  if (failure !== undefined) {
    const seen = inspector.failed({ error: failure.code, alert: alertIn(failure) });
    socket.destroy();
    return err(await explain(failure, seen, tls, options));
  }
  // A session that is resumed shows no certificate: it stands for the handshake that it comes from, judged once more.
  const resumed = socket.isSessionReused() ? kept : undefined;
  const known = sessions.known(settings, place);
  const evidence = { ...readEvidence(socket, 'client', settings, resumed?.seen), known };
  inspector.secured(readFacts(socket, evidence));
  tap.release();
  const verified = verifyPeer(evidence, expectationOfServer(settings, serverName));
  if (!verified.ok) {
    socket.on('error', () => undefined);
    endPolitely(socket);
    return verified;
  }
  refuseRenegotiation(socket, evidence.protocol);
  if (verified.value.peerVerified) sessions.keep(settings, place, evidence, tickets, resumed);
  return ok(
    new NodeStreamSocket(socket, {
      ...ends,
      security: verified.value,
      name,
      diagnose: (error) =>
        isNetworkError(error) ? diagnoseConnectionError(error, options.remote) : diagnoseFailure(error, options),
    }),
  );
}

/** Where a session leads to: another port may be another server, whatever its name is. */
function placeOf(serverName: string, remote: SocketAddress): string {
  return `${serverName.toLowerCase()} ${formatSocketAddress(remote)}`;
}

/** Starts a handshake that is watched from its first octet. */
function startTls(
  raw: Socket,
  context: SecureContext,
  tls: TlsOptions,
  { trace, remote, startedAt }: Dialling,
  name: string | undefined,
  kept?: KeptSession,
): { readonly socket: TLSSocket; readonly tap: HandshakeTap; readonly inspector: HandshakeInspector } {
  const inspector = new HandshakeInspector({
    role: 'client',
    watched: 'records',
    recognize: recognizeProtocol,
    now: () => performance.now(),
    startedAt,
    tracer: trace?.tracer,
    connection: name,
    remote: formatSocketAddress(remote),
  });
  inspector.connected();
  const capture = WireCapture.begin(trace, name, raw);
  const tap = new HandshakeTap(raw, inspector, { capture });
  const socket = connectTls({
    socket: tap,
    secureContext: context,
    // RFC 6066 §3: only names, never addresses.
    ...(isNumericHost(tls.serverName) ? {} : { servername: tls.serverName }),
    ...(tls.settings.alpn.length === 0 ? {} : { ALPNProtocols: [...tls.settings.alpn] }),
    ...(kept === undefined ? {} : { session: kept.session }),
    // The policy decides, with reasons; the library only reports what it thinks of the chain.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  socket.allowHalfOpen = false;
  capture?.watch(socket);
  return { socket, tap, inspector };
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

function diagnoseFailure(
  { code, message }: SocketError,
  { remote, tls }: Pick<ConnectOptions, 'remote' | 'tls'>,
  seen?: HandshakeTree,
): Diagnosis {
  return diagnoseTlsError({
    role: 'client',
    code,
    message,
    seen,
    ownCertificate: tls?.settings.identity !== undefined,
    remote: formatSocketAddress(remote),
    serverName: tls?.serverName,
  });
}

/**
 * Why a handshake failed. The evidence of the attempt itself comes first; a second connection asks only what it cannot tell:
 * what a peer speaks that said nothing, and whether a peer that shares nothing with us has a certificate at all.
 */
async function explain(
  failure: SocketError,
  seen: HandshakeTree,
  tls: TlsOptions,
  options: Dialling,
): Promise<Diagnosis> {
  const diagnosis = diagnoseFailure(failure, options, seen);
  if (seen.octets.received === 0 && NO_ANSWER.has(diagnosis.code)) {
    const spoken = recognizeProtocol(await firstWords(options));
    return spoken === 'http' || spoken === 'sip' ? diagnoseFailure(failure, options, { ...seen, spoken }) : diagnosis;
  }
  const nothingShared = diagnosis.code === 'tls.version-mismatch' || diagnosis.code === 'tls.no-shared-cipher';
  const offered = seen.clientHello?.versions ?? [];
  // Who offers little may well share nothing.
  const offersMuch = offered.includes('TLSv1.2') && offered.includes('TLSv1.3');
  const doubtful = nothingShared && diagnosis.side === 'there' && offersMuch;
  return doubtful ? ((await askForAnything(tls, options)) ?? diagnosis) : diagnosis;
}

/** Without an answer at all a peer may still speak something else than TLS. */
const NO_ANSWER: ReadonlySet<DiagnosisCode> = new Set(['tls.closed-during-handshake', 'tls.handshake-timeout']);

/**
 * Tells what lies behind a server that says that it shares no version or no cipher with us, where that is something else. It
 * is asked with all ciphers that there are, in TLS 1.2: one without a certificate still shares none, and one that knows only
 * old versions says so in its ServerHello.
 */
async function askForAnything(tls: TlsOptions, options: Dialling): Promise<Diagnosis | undefined> {
  const context = clientContext({ ...tls.settings, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'ALL' });
  if (!context.ok) return undefined;
  const raw = await connectAgain(options);
  if (!raw.ok) return undefined;
  const { socket, inspector } = startTls(raw.value, context.value, tls, { ...options, trace: undefined }, undefined);
  const failure = await secured(socket, SECOND_LOOK_MS);
  socket.on('error', () => undefined);
  socket.destroy();
  if (failure === undefined) return undefined;
  const seen = inspector.failed({ error: failure.code });
  const old = seen.serverHello !== undefined && seen.serverHello.version !== 'TLSv1.2';
  if (old) return diagnoseFailure({ code: 'UNSUPPORTED_PROTOCOL' }, options, seen);
  const refused = seen.alerts.some(({ direction, alert }) => direction === 'received' && alert === 'handshake_failure');
  return refused && seen.serverHello === undefined
    ? diagnoseFailure({ code: 'NO_CERTIFICATE_SET' }, options, { ...seen, alerts: [] })
    : undefined;
}

function connectAgain({ remote, local }: ConnectOptions): Promise<Result<Socket, SocketError>> {
  return connectTcp(remote, local === undefined ? undefined : { ...local, port: 0 }, SECOND_LOOK_MS);
}

/** What a peer answers to a keep-alive and an OPTIONS that names nobody and goes no further; empty where it is silent. */
async function firstWords(options: ConnectOptions): Promise<Uint8Array> {
  const connected = await connectAgain(options);
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
  socket.write(`\r\n\r\n${questionFrom(endpoints(socket).local, options.remote)}`);
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
