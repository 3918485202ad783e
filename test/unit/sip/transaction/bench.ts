import { ok } from '../../../../core/base/result.ts';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest, SipResponse } from '../../../../core/sip/message/message.ts';
import { parseUri, type Uri } from '../../../../core/sip/message/uri.ts';
import { TransactionLayer, type TransactionLayerOptions } from '../../../../core/sip/transaction/transaction-layer.ts';
import type {
  ClientTransactionUser,
  ServerTransaction,
  TransactionFailure,
} from '../../../../core/sip/transaction/transaction-user.ts';
import type { Flow, TransportProtocol } from '../../../../core/sip/transport/flow.ts';
import { Tracer, type TraceEvent } from '../../../../core/trace/tracer.ts';
import { MemoryFlow } from '../../../support/memory-flow.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** One layer on one flow, everything it tells written down. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly tracer = new Tracer(this.clock);
  readonly events: TraceEvent[] = [];
  readonly flow: MemoryFlow;
  readonly layer: TransactionLayer;
  readonly served: ServerTransaction[] = [];
  readonly acks: SipRequest[] = [];
  readonly stray: SipResponse[] = [];

  constructor(protocol: TransportProtocol = 'udp', options: Partial<TransactionLayerOptions> = {}) {
    this.flow = new MemoryFlow({ protocol });
    this.tracer.subscribe((event) => this.events.push(event));
    this.layer = new TransactionLayer({
      clock: this.clock,
      random: new SeededRandom(7),
      tracer: this.tracer,
      responseFlow: (_request: SipRequest, flow: Flow) => Promise.resolve(ok(flow)),
      ...options,
    });
    this.layer.setUser({
      onRequest: (transaction) => this.served.push(transaction),
      onAck: (ack) => this.acks.push(ack),
      onStrayResponse: (response) => this.stray.push(response),
    });
  }

  receive(message: SipRequest | SipResponse): void {
    this.layer.receive(message, this.flow);
  }

  /** Moves time on by `ms`; the times at which requests of a method, or responses of a status, left, to `step` exactly. */
  sentAt(what: string | number, { ms, step }: { ms: number; step: number }): number[] {
    const times: number[] = [];
    let seen = this.#count(what);
    for (let now = step; now <= ms; now += step) {
      this.clock.advance(step);
      const count = this.#count(what);
      if (count > seen) times.push(now);
      seen = count;
    }
    return times;
  }

  #count(what: string | number): number {
    return typeof what === 'string'
      ? this.flow.requests(what).length
      : this.flow.responses.filter(({ status }) => status === what).length;
  }
}

/** A client transaction's user that writes down what it is told. */
export class RecordingUser implements ClientTransactionUser {
  readonly statuses: number[] = [];
  readonly failures: TransactionFailure[] = [];

  onResponse(response: SipResponse): void {
    this.statuses.push(response.status);
  }

  onFailure(failure: TransactionFailure): void {
    this.failures.push(failure);
  }
}

export function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** A request without Via, as a TU hands it down. */
export function outgoing(method: string, headers: readonly (readonly [string, string])[] = []): SipRequest {
  return createRequest({
    method,
    uri: uri('sip:bob@example.net'),
    headers: [
      ['Max-Forwards', '70'],
      ['From', '<sip:alice@example.org>;tag=a1'],
      ['To', '<sip:bob@example.net>'],
      ['Call-ID', 'call-1'],
      ['CSeq', `1 ${method}`],
      ...headers,
    ],
  });
}

/** A request as it arrives. */
export function incoming(
  method: string,
  change: {
    readonly via?: string;
    readonly branch?: string;
    readonly to?: string;
    readonly from?: string;
    readonly sequence?: number;
    readonly callId?: string;
  } = {},
): SipRequest {
  const branch = change.branch ?? 'z9hG4bKabc';
  return createRequest({
    method,
    uri: uri('sip:alice@192.0.2.1'),
    headers: [
      ['Via', change.via ?? `SIP/2.0/UDP 192.0.2.2:5060;branch=${branch}`],
      ['Max-Forwards', '70'],
      ['From', change.from ?? '<sip:bob@example.net>;tag=b1'],
      ['To', change.to ?? '<sip:alice@example.org>'],
      ['Call-ID', change.callId ?? 'call-2'],
      ['CSeq', `${change.sequence ?? 1} ${method}`],
    ],
  });
}

/** The peer's response to the request that left last. */
export function answer(request: SipRequest, status: number, toTag = 'b2'): SipResponse {
  return createResponse(request, status, { toTag });
}
