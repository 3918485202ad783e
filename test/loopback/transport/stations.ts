import { connect, type Socket } from 'node:net';
import type { SocketAddress } from '../../../core/base/address.ts';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import type { Result } from '../../../core/base/result.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import { systemRandom } from '../../../core/io/node-random.ts';
import { createResponse } from '../../../core/sip/message/factory.ts';
import type { SipMessage, SipRequest } from '../../../core/sip/message/message.ts';
import { parseMessage } from '../../../core/sip/message/parser.ts';
import type { Flow } from '../../../core/sip/transport/flow.ts';
import { TransportLayer } from '../../../core/sip/transport/transport-layer.ts';
import type { TransportSettings } from '../../../core/sip/transport/transport-settings.ts';
import { Tracer, type TraceEvent } from '../../../core/trace/tracer.ts';

export const LOOPBACK = '127.0.0.1';

/** A transport layer on real sockets with all that it said. */
export interface Station {
  readonly layer: TransportLayer;
  readonly messages: { readonly message: SipMessage; readonly flow: Flow }[];
  readonly diagnoses: { readonly diagnosis: Diagnosis; readonly remote: SocketAddress | undefined }[];
  readonly events: TraceEvent[];
}

/** A station that answers each request with 200. */
export function station(name: string, settings: Partial<TransportSettings> = {}): Station {
  const tracer = new Tracer(systemClock);
  const events: TraceEvent[] = [];
  tracer.subscribe((event) => events.push(event));
  const layer = new TransportLayer({
    name,
    network: nodeNetwork,
    clock: systemClock,
    random: systemRandom,
    tracer,
    settings,
  });
  const messages: { message: SipMessage; flow: Flow }[] = [];
  const diagnoses: { diagnosis: Diagnosis; remote: SocketAddress | undefined }[] = [];
  layer.onMessage((message, flow) => {
    messages.push({ message, flow });
    if (message.kind !== 'request') return;
    void layer.responseFlow(message, flow).then((way) => way.ok && way.value.send(createResponse(message, 200)));
  });
  layer.onDiagnosis((diagnosis, remote) => diagnoses.push({ diagnosis, remote }));
  return { layer, messages, diagnoses, events };
}

/** The value of a result that a test expects to be good. */
export function valueOf<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`expected a value, got ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The code of a result that a test expects to be bad. */
export function codeOf(result: Result<unknown, Diagnosis>): string {
  if (result.ok) throw new Error('expected a failure');
  return result.error.code;
}

/** Waits, at most five seconds, until something holds. */
export async function until(holds: () => boolean, what = 'what was waited for'): Promise<void> {
  const end = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Octets of an OPTIONS request. */
export function optionsText(branch: string, body = ''): string {
  return [
    'OPTIONS sip:bob@example.org SIP/2.0',
    `Via: SIP/2.0/TCP ${LOOPBACK}:5060;rport;branch=z9hG4bK${branch}`,
    'Max-Forwards: 70',
    'From: <sip:alice@example.org>;tag=1',
    'To: <sip:bob@example.org>',
    `Call-ID: ${branch}`,
    'CSeq: 1 OPTIONS',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

export function optionsRequest(branch: string): SipRequest {
  const message = valueOf(parseMessage(new TextEncoder().encode(optionsText(branch))));
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

/** A bare TCP client, for what no transport layer would send. */
export interface Bare {
  readonly socket: Socket;
  heard(): string;
  isClosed(): boolean;
}

export function bare(port: number): Promise<Bare> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: LOOPBACK, port });
    let text = '';
    let closed = false;
    socket.on('data', (octets: Buffer) => (text += octets.toString('latin1')));
    socket.on('close', () => (closed = true));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      socket.on('error', () => undefined);
      resolve({ socket, heard: () => text, isClosed: () => closed });
    });
  });
}
