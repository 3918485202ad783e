import { formatSocketAddress } from '../base/address.ts';
import type { PlainParameters } from '../media/media-command.ts';
import type { StreamEvent, StreamStatistics } from '../media/media-plane.ts';
import type { Tracer } from '../trace/tracer.ts';

/** Packets told of per stream and second; the others are only counted, so that a flood does not become one of events. */
const PACKETS_PER_SECOND = 5;

/** What the trace learns of one stream: keys in force, packets now and then, figures once a second, what went wrong. */
export class StreamTrace {
  readonly #tracer: Tracer;
  readonly #now: () => number;
  readonly #names: { readonly call: string; readonly stream: string };
  #second = -1;
  #told = 0;
  #untold = 0;
  #last: StreamStatistics | undefined;

  constructor(tracer: Tracer, now: () => number, call: string, stream: string) {
    this.#tracer = tracer;
    this.#now = now;
    this.#names = { call, stream };
  }

  packet(kind: 'rtp.received' | 'rtcp.received', octets: number, address: string, port: number): void {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    if (this.#told === PACKETS_PER_SECOND) {
      this.#untold++;
      return;
    }
    this.#told++;
    const from = formatSocketAddress({ address, port });
    this.#tracer.emit('rtp', 9, kind, { ...this.#names, from, octets, before: this.#untold });
    this.#untold = 0;
  }

  /** New parameters are in force; says which suites, never which keys. */
  keyed({ srtp, send, remoteAddress, remotePort, direction }: PlainParameters): void {
    this.#tracer.emit('srtp', 5, 'srtp.keyed', {
      ...this.#names,
      send: srtp?.send.suite ?? 'none',
      receive: srtp?.receive.suite ?? 'none',
      codec: send.name,
      direction,
      remote: formatSocketAddress({ address: remoteAddress, port: remotePort }),
    });
  }

  event(event: StreamEvent): void {
    if (event.kind === 'diagnosis')
      this.#tracer.emit('rtp', 3, 'diagnosis', { ...this.#names, diagnosis: event.diagnosis });
    else this.#tracer.emit('rtp', 7, `rtp.${event.kind}`, { ...this.#names, event });
  }

  statistics(statistics: StreamStatistics): void {
    const last = this.#last;
    this.#last = statistics;
    this.#tracer.emit('rtp', 7, 'rtp.stats', { ...this.#names, statistics });
    const rejected = statistics.authFailures + statistics.replayed - (last?.authFailures ?? 0) - (last?.replayed ?? 0);
    if (rejected > 0) {
      const { authFailures, replayed } = statistics;
      this.#tracer.emit('srtp', 3, 'srtp.rejected', { ...this.#names, rejected, authFailures, replayed });
    }
    const late = statistics.packetsLate - (last?.packetsLate ?? 0);
    const concealedMs = statistics.concealedMs - (last?.concealedMs ?? 0);
    if (late > 0 || concealedMs > 0) {
      const { bufferDelayMs } = statistics;
      this.#tracer.emit('jitter', 7, 'jitter.decision', { ...this.#names, late, concealedMs, bufferDelayMs });
    }
  }
}
