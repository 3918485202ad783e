import type { Requirement } from './requirement.ts';

/** RFC 3261 §8.1: what every client does outside a dialog. */
export const RFC_3261_CLIENT: readonly Requirement[] = [
  {
    section: '8.1.1',
    must: 'A request has To, From, CSeq, Call-ID, Max-Forwards and Via',
    test: 'RFC 3261 an INVITE of ours §8.1.1 MUST have To',
  },
  {
    section: '8.1.1',
    must: 'A request without one of these is not served',
    test: 'what never reaches the TU §8.1.1 a request without a mandatory header MUST get 400',
  },
  {
    section: '8.1.1.1',
    must: 'With a route set known beforehand, Request-URI and Route are formed as within a dialog',
    reason: 'we have no such route set: an outbound proxy is where the connection leads',
  },
  { section: '8.1.1.2', must: 'The scheme sip is supported', test: 'parseUri §19.1 reads sip:example.com' },
  {
    section: '8.1.1.2',
    must: 'Who supports TLS supports the scheme sips',
    test: 'Locator, RFC 3263 §4: what the URI decides sips:192.0.2.1 goes to tls',
  },
  {
    section: '8.1.1.2',
    must: 'A request outside a dialog has no To tag',
    test: 'RFC 3261 an INVITE of ours §8.1.1.2 MUST NOT have a To tag',
  },
  {
    section: '8.1.1.3',
    must: 'From has a new tag',
    test: 'RFC 3261 an INVITE of ours §8.1.1.3, §8.1.1.4 the From tag and the Call-ID MUST be new',
  },
  {
    section: '8.1.1.4',
    must: 'Call-ID is the same in all messages of a dialog',
    test: 'RFC 3261 dialogs: requests of ours §12.2.1.1 MUST have To, From with tags, Call-ID of the dialog',
  },
  {
    section: '8.1.1.4',
    must: 'A request outside a dialog has a Call-ID that nobody else uses',
    test: 'RFC 3261 an INVITE of ours §8.1.1.3, §8.1.1.4 the From tag and the Call-ID MUST be new',
  },
  {
    section: '8.1.1.5',
    must: 'CSeq names the method of the request',
    test: 'RFC 3261 an INVITE of ours §8.1.1.5 the method in CSeq',
  },
  {
    section: '8.1.1.5',
    must: 'CSeq of another method is refused',
    test: 'what never reaches the TU §8.1.1.5 a method in CSeq that is not that of the request MUST get 400',
  },
  {
    section: '8.1.1.5',
    must: 'The number in CSeq is below 2**31',
    test: 'CSeq §8.1.1.5 the number MUST be below 2**31',
  },
  {
    section: '8.1.1.6',
    must: 'A request has Max-Forwards',
    test: 'RFC 3261 an INVITE of ours §8.1.1.6 MUST have Max-Forwards',
  },
  { section: '8.1.1.7', must: 'A request gets a Via', test: 'RFC 3261 an INVITE of ours §8.1.1.7 MUST have one Via' },
  {
    section: '8.1.1.7',
    must: 'Via says SIP and 2.0',
    test: 'RFC 3261 an INVITE of ours §8.1.1.7 MUST have one Via, of SIP/2.0',
  },
  {
    section: '8.1.1.7',
    must: 'Via has a branch that no other request has',
    test: 'Via §8.1.1.7 the branch MUST begin with z9hG4bK and be new',
  },
  {
    section: '8.1.1.7',
    must: 'The branch begins with z9hG4bK',
    test: 'Via §8.1.1.7 the branch MUST begin with z9hG4bK',
  },
  {
    section: '8.1.1.8',
    must: 'A request that may make a dialog has exactly one Contact, a SIP or SIPS URI',
    test: 'RFC 3261 an INVITE of ours §8.1.1.8 MUST have exactly one Contact',
  },
  {
    section: '8.1.1.8',
    must: 'The Contact can be used outside the dialog, too',
    reason: 'it names the socket that we listen on; whether others reach that depends on NAT',
  },
  {
    section: '8.1.1.8',
    must: 'Where the Request-URI is a SIPS URI, the Contact is one',
    test: 'RFC 3261 an INVITE of ours §8.1.1.8 the Contact MUST be a SIPS URI',
  },
  {
    section: '8.1.1.8',
    must: 'Where the topmost Route is a SIPS URI, the Contact is one',
    reason: 'we send no Route outside a dialog but that of a registered path, to which the switch is the edge',
  },
  {
    section: '8.1.1.9',
    must: 'Supported, Require and Proxy-Require name extensions of the standards track only',
    reason: 'the tags are a fixed list, all of it from such RFCs',
  },
  {
    section: '8.1.1.9',
    must: 'What the UAS has to understand is in Require',
    reason: 'our INVITE requires nothing; a REFER that needs nosub, explicitsub or tdialog requires it',
  },
  {
    section: '8.1.1.9',
    must: 'What proxies have to understand is in Proxy-Require',
    reason: 'we ask nothing of proxies',
  },
  {
    section: '8.1.2',
    must: 'The destination is found as RFC 3263 says',
    test: 'Locator, RFC 3263 §4: what the URI decides',
  },
  {
    section: '8.1.2',
    must: 'With a strict router first the procedures are applied to the Request-URI',
    reason: 'a request in a dialog goes back over the flow of the dialog, to who routed it',
  },
  {
    section: '8.1.2',
    must: 'A SIPS Request-URI is followed as SIPS, with TLS',
    test: 'Locator, RFC 3263 §4.1 and §4.2: what DNS decides sips MUST take only SIPS services',
  },
  {
    section: '8.1.2',
    must: 'A SIPS resource is not reached without TLS',
    test: 'Locator, diagnoses §4.1 MUST NOT try the address of a domain that offers SIP without TLS alone, where sips is asked for',
  },
  {
    section: '8.1.3.1',
    must: 'A time-out counts as 408',
    test: 'RFC 5057 failures within a call RFC 3261 §12.2.1.2 INFO that nobody answers ends the call',
  },
  {
    section: '8.1.3.1',
    must: 'A transport failure counts as 503',
    test: 'RFC 3263 §4.3 failover §4.3 a server that cannot be reached makes room for the next',
  },
  {
    section: '8.1.3.2',
    must: 'A final response that is not known counts as x00 of its class',
    test: 'RFC 3261 responses to an INVITE of ours §8.1.3.2 a final response 499',
  },
  {
    section: '8.1.3.2',
    must: 'The x00 of each class can be coped with',
    test: 'RFC 3261 responses to an INVITE of ours §8.1.3.2 a final response 600',
  },
  {
    section: '8.1.3.2',
    must: 'A provisional response that is not known counts as 183',
    test: 'RFC 3261 responses to an INVITE of ours §8.1.3.2 a provisional response 199',
  },
  {
    section: '8.1.3.2',
    must: '100 and 183 can be coped with',
    test: 'RFC 3261 responses to an INVITE of ours §8.1.3.2 100 and 183',
  },
  {
    section: '8.1.3.4',
    must: 'No URI gets into the target set twice',
    test: 'RFC 3261 §8.1.3.4 the targets of a redirected call §8.1.3.4 MUST NOT go to the same URI twice',
  },
  {
    section: '8.1.3.4',
    must: 'The URI of the Contact becomes the Request-URI, without method and headers',
    test: 'RFC 3261 §8.1.3.4 the targets of a redirected call §19.1.1 method and headers of a Contact are left out',
  },
  {
    section: '8.1.3.4',
    must: 'The redirected request has a new branch',
    test: 'Via §8.1.1.7 the branch MUST begin with z9hG4bK and be new for each request',
  },
];
