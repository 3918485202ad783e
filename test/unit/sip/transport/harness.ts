import type { SocketAddress } from '../../../../core/base/address.ts';
import type { Diagnosis } from '../../../../core/base/diagnosis.ts';
import type { Result } from '../../../../core/base/result.ts';
import type { SipMessage, SipRequest } from '../../../../core/sip/message/message.ts';
import { parseMessage } from '../../../../core/sip/message/parser.ts';
import type { Flow } from '../../../../core/sip/transport/flow.ts';
import type { Network } from '../../../../core/sip/transport/network.ts';
import { TransportLayer } from '../../../../core/sip/transport/transport-layer.ts';
import type { TransportSettings } from '../../../../core/sip/transport/transport-settings.ts';
import { Tracer, type TraceEvent } from '../../../../core/trace/tracer.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import type { VirtualClock } from '../../../support/virtual-clock.ts';

/** A transport layer with all that it said. */
export interface Station {
  readonly layer: TransportLayer;
  readonly messages: { readonly message: SipMessage; readonly flow: Flow }[];
  readonly diagnoses: { readonly diagnosis: Diagnosis; readonly remote: SocketAddress | undefined }[];
  readonly events: TraceEvent[];
  /** Codes of the diagnoses, in order. */
  codes(): string[];
}

export function station(
  name: string,
  network: Network,
  clock: VirtualClock,
  settings: Partial<TransportSettings> = {},
): Station {
  const tracer = new Tracer(clock);
  const events: TraceEvent[] = [];
  tracer.subscribe((event) => events.push(event));
  const layer = new TransportLayer({ name, network, clock, random: new SeededRandom(5), tracer, settings });
  const messages: { message: SipMessage; flow: Flow }[] = [];
  const diagnoses: { diagnosis: Diagnosis; remote: SocketAddress | undefined }[] = [];
  layer.onMessage((message, flow) => messages.push({ message, flow }));
  layer.onDiagnosis((diagnosis, remote) => diagnoses.push({ diagnosis, remote }));
  return { layer, messages, diagnoses, events, codes: () => diagnoses.map(({ diagnosis }) => diagnosis.code) };
}

/** The value of a result that a test expects to be good. */
export function valueOf<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`expected a value, got ${JSON.stringify(result.error)}`);
  return result.value;
}

/** Text with CRLF line ends, as octets. */
export function octets(...lines: string[]): Uint8Array {
  return new TextEncoder().encode(lines.join('\r\n'));
}

/** An OPTIONS request with this topmost Via. */
export function options(via: string, extra: readonly string[] = [], body = ''): SipRequest {
  const message = valueOf(
    parseMessage(
      octets(
        'OPTIONS sip:bob@example.org SIP/2.0',
        `Via: ${via}`,
        'Max-Forwards: 70',
        'From: <sip:alice@example.org>;tag=1',
        'To: <sip:bob@example.org>',
        'Call-ID: call-1',
        'CSeq: 1 OPTIONS',
        ...extra,
        `Content-Length: ${body.length}`,
        '',
        body,
      ),
    ),
  );
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}
