import { formatSocketAddress } from '../../base/address.ts';
import { redactSip } from '../../trace/redaction.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { Flow } from './flow.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The one place where SIP octets are shown as they leave and arrive; secrets are masked, all else is as it was. */
export class WireTrace {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  sent(octets: Uint8Array, flow: Flow): void {
    this.#show('sip.sent', octets, flow);
  }

  received(octets: Uint8Array, flow: Flow): void {
    this.#show('sip.received', octets, flow);
  }

  #show(kind: 'sip.sent' | 'sip.received', octets: Uint8Array, flow: Flow): void {
    if (!this.#tracer.enabled('tport', 5)) return;
    this.#tracer.emit('tport', 5, kind, {
      connection: flow.id,
      protocol: flow.protocol,
      local: formatSocketAddress(flow.local),
      remote: formatSocketAddress(flow.remote),
      size: octets.length,
      text: redactSip(decoder.decode(octets)),
    });
  }
}
