import { sipUri, type SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';

/** An address of ours as it can be reached on `flow`. */
export function contactOn(flow: Pick<Flow, 'protocol' | 'local'>, user: string): SipUri {
  return sipUri({
    user,
    host: flow.local.address,
    port: flow.local.port,
    ...(flow.protocol === 'udp' ? {} : { parameters: new Map([['transport', flow.protocol]]) }),
  });
}
