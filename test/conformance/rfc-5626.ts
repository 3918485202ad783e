import type { RfcRequirements } from './requirement.ts';

export const RFC_5626: RfcRequirements = {
  rfc: 5626,
  title: 'Client-initiated connections',
  scope: '§3–§8',
  requirements: [
    {
      section: '3.1',
      must: 'Instance and reg-id go with each registration of a flow.',
      test: '§4.1, §4.2 MUST send +sip.instance and reg-id, and outbound and path in Supported',
    },
    {
      section: '3.5.1',
      must: 'A CRLF CRLF on a stream is answered with CRLF by who accepted it.',
      test: '§4.4.1 answers a ping with a pong, over TLS too',
    },
    {
      section: '4.1',
      must: 'The instance is a URN that stays the same for the device.',
      test: 'RFC 5626 §4.1 the instance MUST be a UUID that stays the same for an account',
    },
    {
      section: '4.2',
      must: 'Supported has path and outbound.',
      test: '§4.1, §4.2 MUST send +sip.instance and reg-id, and outbound and path in Supported',
    },
    {
      section: '4.2',
      must: 'Each flow has a reg-id of its own, of 1 to 2^31 - 1.',
      test: '§4.2 each edge gets a flow of its own with the next reg-id, the same instance and its own Call-ID',
    },
    {
      section: '4.2',
      must: 'reg-id and instance are the same when a flow is formed again.',
      test: '§4.2 instance and reg-id MUST stay the same on the next flow and when the binding is taken away',
    },
    {
      section: '4.2.1',
      must: 'No further flow where the answer does not require outbound.',
      test: '§4.2.1 a registrar that does not Require outbound in its answer is not told of a second flow',
    },
    {
      section: '4.2.1',
      must: 'After 439 no reg-id is sent to that registrar.',
      test: '§4.2.1 439: registers again without outbound',
    },
    {
      section: '4.2.1',
      must: 'A flow on which a request ran out of time is failed.',
      test: 'RFC 5626 §4.2.1: a flow that does not answer is closed after Timer F, and a new one is tried',
    },
    {
      section: '4.3',
      must: 'A request goes over a flow that was registered, and over another one where that failed.',
      test: '§4.5 one edge fails and recovers: the device stays reachable all the time',
    },
    {
      section: '4.4',
      must: 'The interval of keep-alives is below Flow-Timer, at random of 80 to 100 percent.',
      test: '§4.2, RFC 5626 §4.4 the 200 agrees for the time of the registration',
    },
    {
      section: '4.4.1',
      must: 'A ping without a pong for 10 seconds: the flow has failed.',
      test: '§4.4.1 a flow whose pong does not come in 10 seconds has failed',
    },
    {
      section: '4.4.1',
      must: 'Pings go over flows that we opened, at random within 80 to 100 percent of the interval.',
      test: '§4.4.1 pings within 80 to 100 percent of the interval on flows it opened, and only on those',
    },
    {
      section: '4.4.1',
      must: 'CRLF keep-alive only where the other end can answer.',
      test: 'leaves a flow open whose peer never answered a ping, unless pongs are required',
    },
    {
      section: '4.4.2',
      must: 'Over UDP STUN is sent only to who agreed, at most each 29 seconds.',
      test: 'sends nothing until the other end agreed, then STUN at least each 29 seconds',
    },
    {
      section: '4.4.2',
      must: 'A changed mapped address: the flow has failed.',
      test: '§4.4.2 the flow has failed where the other end sees us at another address',
    },
    {
      section: '4.5',
      must: 'A failed flow is formed again, with growing waits while none stands.',
      test: 'doubled with each failure up to 1800 s, of which 50 to 100 per cent',
    },
    {
      section: '4.5',
      must: '430 means that the flow failed.',
      test: '§4.5 430 means that the flow failed: a new one is formed, not waited for',
    },
    {
      section: '5',
      must: 'What edge proxies do: flow tokens, Path with ob, forwarding over flows.',
      reason: 'there is no edge proxy here; the switch registers its phones itself',
    },
    {
      section: '5.3',
      must: 'Flow tokens that were changed are refused with 403; of a flow that is gone with 430.',
      test: '§5.3 a token that was changed or made up MUST be refused with 403',
    },
    {
      section: '5.3',
      must: 'Of several flows of one device one is used at a time.',
      test: 'RFC 5626 §5.3 MUST NOT call one device over two of its flows',
    },
    {
      section: '6',
      must: 'A reg-id without outbound, or without an instance, is ignored.',
      test: '§6 MUST ignore a reg-id without outbound in Supported, or without an instance',
    },
    {
      section: '6',
      must: 'Several reg-ids in one REGISTER get 400.',
      test: '§6 several flows in one REGISTER get 400',
    },
    {
      section: '6',
      must: 'Instance and reg-id together replace the older binding, whatever the Contact.',
      test: '§6 a REGISTER of the same instance and flow replaces the older, though its contact is another',
    },
    {
      section: '6',
      must: 'Over a first proxy without outbound the answer is 439.',
      test: '§6 over a first proxy without outbound the answer MUST be 439',
    },
    {
      section: '6',
      must: 'The 200 requires outbound where a flow was bound.',
      test: '§6 MUST say Require: outbound where it bound the flow',
    },
    {
      section: '6',
      must: 'The Path is kept with the binding.',
      test: '§5.3 MUST keep the Path with the binding, and MUST give it back',
    },
    {
      section: '7',
      must: 'A binding over a stream ends with its flow; requests go over the flow of the binding.',
      test: 'RFC 5626 §5.3: a binding ends with the stream flow that carried it',
    },
    {
      section: '8',
      must: 'A Binding request has the magic cookie, and neither FINGERPRINT nor authentication.',
      test: '§6 a Binding request is a header of 20 octets with the magic cookie',
    },
    {
      section: '8',
      must: 'A Binding request on a SIP port is answered with the mapped address.',
      test: '§7.3.1 the answer MUST say where the request came from',
    },
  ],
};
