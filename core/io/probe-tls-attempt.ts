import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { formatSocketAddress, isNumericHost } from '../base/address.ts';
import type { TlsAttempt, TlsAttemptOutcome } from '../probe/tls-attempt.ts';
import { recognizeProtocol } from '../sip/transport/first-octets.ts';
import { alertIn } from '../tls/handshake-diagnosis.ts';
import { HandshakeInspector } from '../tls/handshake-inspector.ts';
import type { HandshakeTree } from '../tls/handshake-tree.ts';
import { HandshakeTap } from './handshake-tap.ts';
import { readFacts } from './node-handshake-facts.ts';
import { clientContext } from './node-tls-context.ts';
import { readEvidence } from './node-tls-evidence.ts';
import { diagnoseConnectionError, type SocketError } from './socket-diagnosis.ts';

/** How long a server may take, beyond two more round trips, to refuse a client after its handshake (TLS 1.3). */
const LINGER_MS = { least: 150, most: 1500 };
/** A peer that does not close is cut off. */
const GOODBYE_MS = 500;

/** Makes one TLS handshake on a connection of its own, and tells all that was seen. The connection is closed when it returns. */
export async function attemptTls(attempt: TlsAttempt, signal: AbortSignal): Promise<TlsAttemptOutcome> {
  const context = clientContext(attempt.settings);
  if (!context.ok) return { kind: 'untestable', diagnosis: context.error };
  const deadline = performance.now() + attempt.timeoutMs;
  const inspector = new HandshakeInspector({
    role: 'client',
    watched: 'records',
    recognize: recognizeProtocol,
    now: () => performance.now(),
    remote: formatSocketAddress(attempt.remote),
  });
  const raw = connect({ host: attempt.remote.address, port: attempt.remote.port, noDelay: true });
  const stop = (): void => {
    raw.destroy();
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const unreachable = await settled(raw, 'connect', deadline);
    if (unreachable !== undefined) {
      return { kind: 'unreachable', diagnosis: diagnoseConnectionError(unreachable, attempt.remote) };
    }
    inspector.connected();
    const { applicationProtocols: protocols, serverName } = attempt;
    const socket = connectTls({
      socket: new HandshakeTap(raw, inspector),
      secureContext: context.value,
      ...(serverName === undefined || isNumericHost(serverName) ? {} : { servername: serverName }),
      ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    socket.allowHalfOpen = false;
    return await watch(socket, inspector, attempt, deadline);
  } finally {
    signal.removeEventListener('abort', stop);
    await closed(raw);
  }
}

async function watch(
  socket: TLSSocket,
  inspector: HandshakeInspector,
  { settings }: TlsAttempt,
  deadline: number,
): Promise<TlsAttemptOutcome> {
  const startedAt = performance.now();
  const failure = await settled(socket, 'secureConnect', deadline);
  if (failure !== undefined) {
    const tree = inspector.failed({ error: failure.code, alert: alertIn(failure) });
    socket.destroy();
    return { kind: 'failed', code: failure.code, message: failure.message, tree };
  }
  const handshakeMs = performance.now() - startedAt;
  const evidence = readEvidence(socket, 'client', settings);
  const facts = readFacts(socket, evidence);
  const wait = Math.min(LINGER_MS.least + 2 * handshakeMs, LINGER_MS.most);
  socket.resume();
  const end = (await settled(socket, 'end', performance.now() + wait)) ?? { code: 'ECONNRESET' };
  // Only now: what was sent last is part of what is to be seen.
  const seen = inspector.tree;
  const { version, cipher, resumed } = facts;
  const tree: HandshakeTree = {
    ...seen,
    outcome: 'secured',
    version,
    cipher,
    group: seen.group ?? facts.group,
    alpn: facts.alpn ?? seen.alpn,
    resumption: { ...seen.resumption, accepted: resumed },
  };
  socket.end();
  return { kind: 'secured', tree, evidence, handshakeMs, brokenBy: end.code === TIME_OUT ? undefined : end };
}

const TIME_OUT = 'ERR_TLS_HANDSHAKE_TIMEOUT';

/** Waits for an event; gives the error where another end came first, and {@link TIME_OUT} where none came in time. */
function settled(
  socket: Socket,
  event: 'connect' | 'secureConnect' | 'end',
  deadline: number,
): Promise<SocketError | undefined> {
  return new Promise((resolve) => {
    const finish = (error: SocketError | undefined): void => {
      clearTimeout(timer);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      socket.removeListener(event, onEvent);
      socket.on('error', () => undefined);
      resolve(error);
    };
    const onError = ({ code, message }: NodeJS.ErrnoException): void => {
      finish({ code, message });
    };
    const onClose = (): void => {
      finish({ code: 'ECONNRESET' });
    };
    const onEvent = (): void => {
      finish(undefined);
    };
    const timer = setTimeout(
      () => {
        finish({ code: event === 'connect' ? 'ETIMEDOUT' : TIME_OUT });
      },
      Math.max(0, deadline - performance.now()),
    );
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once(event, onEvent);
    if (socket.destroyed) onClose();
  });
}

/** Resolves when the connection is gone; a peer that keeps it open has half a second. */
async function closed(raw: Socket): Promise<void> {
  if (raw.closed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => raw.destroy(), GOODBYE_MS);
    raw.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    raw.end();
    raw.resume();
  });
}
