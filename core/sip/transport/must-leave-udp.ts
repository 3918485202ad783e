import type { SipRequest } from '../message/message.ts';
import { serializeMessage } from '../message/serializer.ts';

/** The path MTU being unknown, what is larger than this must not go over UDP (RFC 3261 §18.1.1). */
const LARGEST_UDP_REQUEST = 1300;
/** Room for the Via that a request gets when its flow is known. */
const VIA_OCTETS = 110;

/** Whether a request is too large for UDP and must use a congestion controlled transport (RFC 3261 §18.1.1). */
export function mustLeaveUdp(request: SipRequest): boolean {
  const octets = serializeMessage(request).length + (request.via === undefined ? VIA_OCTETS : 0);
  return octets > LARGEST_UDP_REQUEST;
}
