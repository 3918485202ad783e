import type { Requirement } from './requirement.ts';

/** RFC 3261 §8.2–§8.3: what every server does with a request. */
export const RFC_3261_SERVER: readonly Requirement[] = [
  {
    section: '8.2',
    must: 'A request that is refused changes nothing',
    test: 'RFC 3261 re-INVITE, received §14.2 with an offer that cannot be met MUST be refused with 488, and nothing changes',
  },
  {
    section: '8.2',
    must: 'A request that is accepted takes effect as a whole',
    test: 'REGISTER (RFC 3261) §10.3 step 7: all contacts of a request take effect or none',
  },
  {
    section: '8.2.1',
    must: 'The method is looked at; 405 refuses one that is not supported',
    test: 'RFC 3261 requests outside any dialog §8.2.1 MUST answer a method that it does not know with 405 and Allow',
  },
  {
    section: '8.2.1',
    must: 'The 405 has Allow with the methods that are supported',
    test: 'RFC 3261 requests outside any dialog §8.2.1 MUST answer a method that it does not know with 405 and Allow',
  },
  {
    section: '8.2.2',
    must: 'A header field that is not understood is ignored',
    test: 'RFC 3261 an INVITE that comes §8.2.2 a header field that nobody knows MUST be ignored',
  },
  {
    section: '8.2.2.2',
    must: 'A request without To tag is compared with those under way',
    test: 'RFC 3261 requests outside any dialog §8.2.2.2 MUST answer a request that came by two ways with 482',
  },
  {
    section: '8.2.2.3',
    must: 'An option in Require that is not understood gets 420',
    test: 'RFC 3261 requests outside any dialog §8.2.2.3 MUST answer what it cannot do with 420 and Unsupported',
  },
  {
    section: '8.2.2.3',
    must: 'Unsupported lists these options and no others',
    test: 'RFC 3261 requests outside any dialog §8.2.2.3 MUST answer what it cannot do with 420 and Unsupported',
  },
  {
    section: '8.2.2.3',
    must: 'A request in a dialog is asked the same',
    test: 'RFC 3261 re-INVITE, received §8.2.2.3 that requires what we do not know MUST get 420',
  },
  {
    section: '8.2.2.3',
    must: 'Neither CANCEL nor the ACK of a refusal has Require or Proxy-Require',
    test: 'INVITE client transaction §17.1.1.3 the ACK MUST have Call-ID, From, Request-URI, Route',
  },
  {
    section: '8.2.2.3',
    must: 'Require in a CANCEL is ignored',
    test: 'RFC 3261 an INVITE that comes §8.2.2.3 Require in a CANCEL MUST be ignored',
  },
  {
    section: '8.2.2.3',
    must: 'The ACK of a 2xx requires nothing that its INVITE did not',
    reason: 'our ACK never has Require or Proxy-Require',
  },
  {
    section: '8.2.3',
    must: 'A body that is not understood and not optional gets 415',
    test: 'RFC 3261 requests outside any dialog §8.2.3 MUST answer a type that it cannot read with 415',
  },
  {
    section: '8.2.3',
    must: 'The 415 has Accept',
    test: 'RFC 3261 requests outside any dialog §8.2.3 MUST answer a type that it cannot read with 415 and Accept',
  },
  {
    section: '8.2.3',
    must: 'The 415 has Accept-Encoding where the encoding was wrong',
    test: 'RFC 3261 requests outside any dialog §8.2.3 MUST answer a type that it cannot read with 415 and Accept, an encoding with Accept-Encoding',
  },
  {
    section: '8.2.3',
    must: 'The 415 has Accept-Language where the language was wrong',
    reason: 'no body of ours depends on its language, so none is refused for it',
  },
  {
    section: '8.2.4',
    must: 'No extension is applied that the request does not support',
    test: 'RFC 3262 the UAS §3 MUST NOT send reliably to who does not know it',
  },
  {
    section: '8.2.4',
    must: 'Extensions applied to a response are in its Require',
    test: 'RFC 5626 §6 outbound at the registrar §6 MUST say Require: outbound where it bound the flow',
  },
  { section: '8.2.4', must: 'A 421 names the extension in Require', reason: 'we never send 421' },
  {
    section: '8.2.6.1',
    must: 'A 100 has the Timestamp of the request',
    test: 'createResponse §8.2.6.1 a 100 carries Timestamp',
  },
  {
    section: '8.2.6.1',
    must: 'A delay that is added to Timestamp is the time between request and response',
    reason: 'no delay is added, which the RFC only recommends',
  },
  {
    section: '8.2.6.2',
    must: 'From, Call-ID, CSeq and all Vias of the response are those of the request, in order',
    test: 'createResponse §8.2.6.2 MUST copy From, Call-ID, CSeq and all Vias in order',
  },
  {
    section: '8.2.6.2',
    must: 'To of the response is that of the request, a tag included',
    test: 'createResponse §8.2.6.2 adds a To tag where there is none, and never changes one',
  },
  {
    section: '8.2.6.2',
    must: 'A To tag is added where there is none',
    test: 'createResponse §8.2.6.2 adds a To tag where there is none',
  },
  {
    section: '8.2.6.2',
    must: 'All responses to a request have the same tag, but for 100',
    test: 'RFC 3261 an INVITE that comes §8.2.6.2 and §13.3.1.1 all responses but 100 MUST have the same To tag',
  },
  {
    section: '8.2.7',
    must: 'Who keeps no state sends no provisional response',
    test: 'what never reaches the TU §8.2.7 who keeps no state MUST ignore ACK and CANCEL, and MUST NOT repeat a response or send a provisional one',
  },
  {
    section: '8.2.7',
    must: 'Who keeps no state repeats no response',
    test: 'what never reaches the TU §8.2.7 who keeps no state',
  },
  {
    section: '8.2.7',
    must: 'Who keeps no state ignores ACK',
    test: 'what never reaches the TU §8.2.7 who keeps no state',
  },
  {
    section: '8.2.7',
    must: 'Who keeps no state ignores CANCEL',
    test: 'what never reaches the TU §8.2.7 who keeps no state',
  },
  {
    section: '8.2.7',
    must: 'Its To tag is the same for the same request',
    test: 'what never reaches the TU §21.5.4 over the limit a request gets 503 with Retry-After, without state, the same To tag each time',
  },
  {
    section: '8.3',
    must: 'A redirect server never redirects to the Request-URI, and ignores what it does not understand',
    reason: 'the switch is no redirect server; a phone that redirects says where its person wants',
  },
];
