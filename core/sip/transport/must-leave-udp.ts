import type { SipMessage } from '../message/message.ts';
import { serializeMessage } from '../message/serializer.ts';

/** The path MTU being unknown, what is larger than this must not go over UDP (RFC 3261 §18.1.1). */
export const LARGEST_UDP_REQUEST = 1300;

/**
 * Whether RFC 3261 §18.1.1 forbids UDP for a message: a request of more than 1,300 octets must use a congestion controlled
 * transport. Ask before `Transports.connect`, and connect with TCP or TLS where it is so, changing the transport in the
 * topmost Via; only where that cannot be done may UDP be tried after all. Responses always may follow their request.
 */
export function mustLeaveUdp(message: SipMessage): boolean {
  return message.kind === 'request' && serializeMessage(message).length > LARGEST_UDP_REQUEST;
}
