import type { Requirement } from './requirement.ts';

/** RFC 3261 §18: transports. */
export const RFC_3261_TRANSPORT: readonly Requirement[] = [
  { section: '18', must: 'UDP is implemented', test: 'a registration over udp stands for hours' },
  { section: '18', must: 'TCP is implemented', test: 'a registration over tcp stands for hours' },
  {
    section: '18.1.1',
    must: 'A request of more than 1300 octets goes by a transport with congestion control',
    test: 'RFC 3261 §18.1.1 a request too large for UDP MUST go by TCP where the other end takes it',
  },
  {
    section: '18.1.1',
    must: 'Via says the transport that was taken in the end',
    test: 'Via §18.1.1 MUST be on top, with transport and sent-by of the flow',
  },
  {
    section: '18.1.1',
    must: 'Messages of 65,535 octets can be coped with',
    test: 'body limits: 65,535 octets in a datagram',
  },
  {
    section: '18.1.1',
    must: 'A request to a multicast address has maddr in Via',
    reason: 'nothing is sent to multicast addresses',
  },
  {
    section: '18.1.1',
    must: 'Via has a sent-by before a request leaves',
    test: 'Via §18.1.1 MUST be on top, with transport and sent-by of the flow',
  },
  {
    section: '18.1.1',
    must: 'A response is taken on the connection that its request left on',
    test: 'a registration over tls stands for hours',
  },
  {
    section: '18.1.1',
    must: 'A connection to the sent-by of a request is accepted',
    reason:
      'a gap of the phone: it listens for UDP and keeps its connections, but does not listen for TCP; the switch does',
  },
  {
    section: '18.1.1',
    must: 'A response by UDP is taken at the address and port that its request left from',
    test: 'a registration over udp RFC 3581, RFC 5626: works from behind NAT',
  },
  {
    section: '18.1.1',
    must: 'Responses are taken wherever RFC 3263 §5 would send them',
    reason: 'the same gap: a phone behind NAT has no such place',
  },
  {
    section: '18.1.1',
    must: 'Responses of a multicast group are taken',
    reason: 'nothing is sent to multicast addresses',
  },
  {
    section: '18.1.2',
    must: 'A response with a sent-by that is not ours is dropped',
    test: 'matching responses §18.1.2 a response whose sent-by is not what we put into Via MUST be discarded',
  },
  {
    section: '18.1.2',
    must: 'A response goes to its transaction',
    test: 'matching responses §17.1.3 branch and CSeq method MUST both match',
  },
  {
    section: '18.1.2',
    must: 'A response without a transaction goes to the core',
    test: 'INVITE client transaction §13.2.2.4 a 2xx after the transaction is over MUST still reach the TU',
  },
  {
    section: '18.2.1',
    must: 'Who listens by UDP listens at the same port by TCP',
    reason:
      'the switch binds both for each profile, the phone UDP alone: what is too large for UDP reaches it by the connection of a registration',
  },
  {
    section: '18.2.1',
    must: 'The sent-by of a request is compared with its source',
    test: 'fillReceived §18.2.1 leaves Via alone where sent-by is the source address',
  },
  {
    section: '18.2.1',
    must: 'Where it is a name or differs, received is added',
    test: 'fillReceived §18.2.1 MUST add received where sent-by is a name or another address',
  },
  {
    section: '18.2.1',
    must: 'received has the source address',
    test: 'fillReceived §18.2.1 MUST add received where sent-by is a name or another address',
  },
  {
    section: '18.2.2',
    must: 'A response goes by the connection of its request while that is open',
    test: 'a registration over tcp stands for hours',
  },
  {
    section: '18.2.2',
    must: 'By UDP a response goes to maddr where there is one',
    test: 'response targets §18.2.2 MUST answer to maddr where there is one',
  },
  {
    section: '18.2.2',
    must: 'Else to received and the port of sent-by, or 5060',
    test: 'response targets §18.2.2 MUST answer to the received address and the port of sent-by, or 5060',
  },
  {
    section: '18.2.2',
    must: 'Else to sent-by',
    test: 'Locator, RFC 3263 §4.1 and §4.2: what DNS decides §5 a response goes where the Via says',
  },
  {
    section: '18.3',
    must: 'Octets behind the body of a datagram are dropped',
    test: 'body §18.3 in a datagram ends where Content-Length says',
  },
  {
    section: '18.3',
    must: 'A response whose body is cut off is dropped',
    test: 'RFC 3261 what is refused §18.3 a response whose body is cut off',
  },
  {
    section: '18.3',
    must: 'In a stream there is a Content-Length',
    test: 'body §18.3 in a stream MUST have a Content-Length',
  },
  { section: '18.3', must: 'It says where the message ends', test: 'StreamFramer §18.3 cuts at Content-Length' },
];
