import type { Requirement } from './requirement.ts';

/** RFC 3261 §19–§21: URIs, header fields and status codes, as far as they ask something of us. */
export const RFC_3261_URI_HEADERS: readonly Requirement[] = [
  { section: '19.1.1', must: 'Before @ there is a user', test: 'parseUri refuses "sip:@b"' },
  {
    section: '19.1.1',
    must: 'No URI parameter comes twice',
    reason: 'the last one is taken: parsers are lenient where nothing depends on it',
  },
  {
    section: '19.1.1',
    must: 'A SIPS URI names a reliable transport',
    test: 'Locator, RFC 3263 §4: what the URI decides sips:example.org;transport=udp is impossible',
  },
  { section: '19.1.1', must: 'ttl is used with multicast alone', reason: 'we never write ttl' },
  {
    section: '19.1.1',
    must: 'URI parameters that are not known are ignored',
    test: 'RFC 3261 §19.1.4 URI comparison, with the examples that stand there sip:carol@chicago.com is sip:carol@chicago.com;newparam=5',
  },
  {
    section: '19.1.2',
    must: 'What a part of a URI may not hold is escaped',
    test: 'formatUri §19.1.2 escapes what a part must not hold',
  },
  { section: '19.1.2', must: 'A URI has neither spaces nor control characters', test: 'parseUri refuses "sip:a b@c"' },
  {
    section: '19.1.2',
    must: 'Reserved characters of a telephone number in the user part are escaped',
    reason: 'the same writer escapes all user parts',
  },
  {
    section: '19.1.2',
    must: 'Escapes in a host are not undone',
    test: 'RFC 3261 what is refused §19.1.2 escapes in a host',
  },
  {
    section: '19.1.4',
    must: 'SIP and SIPS are never equal',
    test: 'RFC 3261 §19.1.4 URI comparison, with the examples that stand there sip:bob@biloxi.com is not sips:bob@biloxi.com',
  },
  {
    section: '19.1.4',
    must: 'Headers of a URI count in a comparison',
    test: 'RFC 3261 §19.1.4 URI comparison, with the examples that stand there sip:carol@chicago.com is not sip:carol@chicago.com?Subject',
  },
  {
    section: '19.1.5',
    must: 'transport, maddr, ttl, user and unknown parameters of a URI are in the Request-URI',
    test: 'RFC 3261 §8.1.3.4 the targets of a redirected call §19.1.1 method and headers of a Contact are left out',
  },
  {
    section: '19.1.5',
    must: 'A request made from a URI has no method or headers in its Request-URI',
    test: 'RFC 3261 §8.1.3.4 the targets of a redirected call §19.1.1 method and headers of a Contact are left out',
  },
  {
    section: '19.1.5',
    must: 'The method of a URI is the method of the request',
    reason: 'only calls are made from URIs: a link with another method is a call, too',
  },
  {
    section: '19.1.5',
    must: 'A request that would not be valid is not sent',
    test: 'Locator, RFC 3263 §4: what the URI decides sip:example.org;transport=sctp is impossible',
  },
  {
    section: '19.3',
    must: 'A tag has 32 random bits at least',
    reason: 'tags are ten characters of the cryptographic random source',
  },
  {
    section: '19.3',
    must: 'A tag is new for each dialog',
    test: 'RFC 3261 an INVITE of ours §8.1.1.3, §8.1.1.4 the From tag and the Call-ID MUST be new',
  },
  {
    section: '19.3',
    must: 'The From tag of a call to ourselves differs from its To tag',
    reason: 'both are drawn at random',
  },
  {
    section: '20.5',
    must: 'Allow lists every method, ACK and CANCEL included',
    test: 'RFC 3261 an INVITE of ours §13 and §13.2.1 SHOULD say in Allow',
  },
  {
    section: '20.10',
    must: 'A URI with comma, question mark or semicolon is in angle brackets',
    test: 'name-addr writes the name quoted, the URI in brackets',
  },
  {
    section: '20.10',
    must: 'Without brackets parameters belong to the header',
    test: 'name-addr §20.10 without brackets a semicolon starts header parameters',
  },
  {
    section: '20.12',
    must: 'Encodings are applied in the order that Content-Encoding lists',
    reason: 'no body is encoded',
  },
  {
    section: '20.14',
    must: 'Content-Length is the size of the body, zero without one',
    test: 'serializeMessage §18.3 Content-Length is exact in octets',
  },
  {
    section: '20.15',
    must: 'A body has a Content-Type',
    test: 'RFC 3261 an INVITE of ours §7.4.1 MUST name the type of its body',
  },
  { section: '20.16', must: 'CSeq has number and method', test: 'CSeq §20.16 reads and writes number and method' },
  { section: '20.22', must: 'Max-Forwards is 0 to 255', test: 'mandatory fields §8.2 To as' },
  { section: '20.29', must: 'Proxy-Require is met by proxies', reason: 'proxy only' },
  {
    section: '20.42',
    must: 'White space inside Via is coped with',
    test: 'Via §20.42 reads SIP / 2.0 / UDP  h : 5060',
  },
  {
    section: '20.43',
    must: 'Nothing is done automatically upon a Warning',
    reason: 'it is shown to the person, and decides nothing',
  },
  {
    section: '21.4.6',
    must: 'A 405 has Allow',
    test: 'RFC 3261 requests outside any dialog §8.2.1 MUST answer a method that it does not know with 405 and Allow',
  },
  {
    section: '21.4.13',
    must: 'A 415 lists what can be read',
    test: 'RFC 3261 requests outside any dialog §8.2.3 MUST answer a type that it cannot read with 415 and Accept',
  },
  {
    section: '21.4.15',
    must: 'A 420 has Unsupported',
    test: 'RFC 3261 requests outside any dialog §8.2.2.3 MUST answer what it cannot do with 420 and Unsupported',
  },
  { section: '21.4.23', must: '485 can be switched off', reason: 'we never send 485' },
  {
    section: '21.5.4',
    must: 'A 503 without Retry-After counts as 500',
    test: 'RFC 3261 re-INVITE, sent §14.1 refused with 503 MUST leave the session as it was',
  },
];
