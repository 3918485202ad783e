import type { Requirement } from './requirement.ts';

/** RFC 3261 §13–§15: calls, their changes and their end. */
export const RFC_3261_SESSIONS: readonly Requirement[] = [
  {
    section: '13.1',
    must: 'Who supports INVITE supports ACK, CANCEL and BYE',
    test: 'RFC 3261 an INVITE of ours §13 and §13.2.1 SHOULD say in Allow and Supported what we can do, and ACK, CANCEL and BYE MUST be there',
  },
  {
    section: '13.2.1',
    must: 'The first offer is in the INVITE, or else in the first reliable response',
    test: 'RFC 3261 an INVITE that comes §13.3.1.4 the 2xx MUST have an answer where the INVITE had an offer',
  },
  {
    section: '13.2.1',
    must: 'An offer in the INVITE is answered in a reliable response, here the 2xx',
    test: 'RFC 3261 an INVITE that comes §13.3.1.4 the 2xx MUST have an answer where the INVITE had an offer',
  },
  {
    section: '13.2.1',
    must: 'The first description is the answer, later ones in responses are ignored',
    reason:
      'where the 2xx describes something else than an unreliable response before it, the 2xx counts: gateways do that, though RFC 6337 §3.1.1 forbids it to them',
  },
  {
    section: '13.2.1',
    must: 'An offer in the 2xx is answered in the ACK',
    test: 'RFC 3264 descriptions of a fork an INVITE without offer',
  },
  {
    section: '13.2.1',
    must: 'Once offer and answer are through, no response to the INVITE offers again',
    reason: 'a response gets a body only where the state of offer and answer asks for one',
  },
  {
    section: '13.2.1',
    must: 'Both exchanges are supported: offer in INVITE, offer in 2xx',
    test: 'a call whose INVITE has no offer ends in a legal state on a good network',
  },
  {
    section: '13.2.1',
    must: 'SDP is supported, and used as RFC 3264 says',
    test: 'offer and answer RFC 3264 §6: has one line for each of the offer, in its order',
  },
  {
    section: '13.2.2.3',
    must: 'Final responses behind a refusal are ignored',
    test: 'RFC 3261 responses to an INVITE of ours §13.2.2.3 a final response behind a refusal MUST be ignored',
  },
  {
    section: '13.2.2.4',
    must: 'A 2xx confirms the early dialog that it belongs to, with a new route set',
    test: 'RFC 3261 dialogs: responses §13.2.2.4 the 2xx MUST confirm an early dialog, set its route set anew',
  },
  {
    section: '13.2.2.4',
    must: 'A 2xx of no known dialog makes a confirmed one',
    test: 'RFC 3261 an INVITE that forks §13.2.2.4 a second 200 MUST be acknowledged and its dialog ended by BYE',
  },
  {
    section: '13.2.2.4',
    must: 'Every 2xx is acknowledged',
    test: 'RFC 3261 an INVITE that forks §13.2.2.4 a second 200 MUST be acknowledged',
  },
  {
    section: '13.2.2.4',
    must: 'The ACK has the CSeq number of its INVITE and the method ACK',
    test: 'RFC 3261 dialogs: requests of ours §13.2.2.4 the ACK MUST have the CSeq number and credentials of the INVITE',
  },
  {
    section: '13.2.2.4',
    must: 'The ACK has the credentials of its INVITE',
    test: 'RFC 3261 dialogs: requests of ours §13.2.2.4 the ACK MUST have the CSeq number and credentials of the INVITE',
  },
  {
    section: '13.2.2.4',
    must: 'An offer in the 2xx is answered in the ACK',
    test: 'RFC 3261 re-INVITE, sent §14.1 without an offer asks for one; the ACK has the answer',
  },
  {
    section: '13.2.2.4',
    must: 'An offer that cannot be met is answered all the same, then BYE',
    test: 'RFC 3261 re-INVITE, sent §13.2.2.4 an offer in a 2xx that cannot be met MUST be answered in the ACK, then BYE',
  },
  {
    section: '13.2.2.4',
    must: 'Each repeat of the 2xx gets the ACK again',
    test: 'RFC 3261 re-INVITE, sent §13.2.2.4 a repeat of its 2xx gets the same ACK again',
  },
  {
    section: '13.2.2.4',
    must: 'A dialog that is not wanted behind its ACK is ended by BYE',
    test: 'RFC 3261 an INVITE that forks §13.2.2.4 a second 200 MUST be acknowledged and its dialog ended by BYE',
  },
  {
    section: '13.3.1',
    must: 'Where the INVITE has no offer, the first reliable response has one',
    test: 'RFC 3261 an INVITE that comes §13.3.1.4 the 2xx MUST have an answer where the INVITE had an offer, and §13.3.1 an offer where it had none',
  },
  {
    section: '13.3.1.1',
    must: 'All provisional responses are of one dialog',
    test: 'RFC 3261 an INVITE that comes §8.2.6.2 and §13.3.1.1 all responses but 100 MUST have the same To tag',
  },
  {
    section: '13.3.1.1',
    must: 'While a call waits, a provisional response goes each minute',
    test: 'RFC 3261 an INVITE that comes §13.3.1.1 while it waits a provisional response MUST go each minute',
  },
  {
    section: '13.3.1.4',
    must: 'The 2xx has an answer to the offer of the INVITE',
    test: 'RFC 3261 an INVITE that comes §13.3.1.4 the 2xx MUST have an answer where the INVITE had an offer',
  },
  {
    section: '13.3.1.4',
    must: 'The 2xx has an offer where there was none',
    test: 'RFC 3261 an INVITE that comes §13.3.1.4 the 2xx MUST have an answer where the INVITE had an offer, and §13.3.1 an offer where it had none',
  },
  {
    section: '14.1',
    must: 'No INVITE is sent while another one of the dialog is under way',
    test: 'RFC 3261 re-INVITE, sent §14.1 MUST NOT be sent while another one is under way',
  },
  {
    section: '14.1',
    must: 'It waits until our INVITE is completed',
    test: 'RFC 3261 re-INVITE, sent §14.1 MUST NOT be sent while another one is under way: the second change waits for the first',
  },
  {
    section: '14.1',
    must: 'It waits until the INVITE of the peer is confirmed',
    test: 'RFC 3261 re-INVITE, sent §14.1 MUST NOT be sent while an INVITE of the peer waits for its ACK',
  },
  {
    section: '14.1',
    must: 'A refused re-INVITE leaves the session as it was',
    test: 'RFC 3261 re-INVITE, sent §14.1 refused with 488 MUST leave the session as it was',
  },
  {
    section: '14.2',
    must: 'A second INVITE before the first is answered gets 500',
    test: 'RFC 3261 re-INVITE, received §14.2 before the first one was answered MUST get 500',
  },
  {
    section: '14.2',
    must: 'That 500 has a Retry-After of 0 to 10 seconds',
    test: 'RFC 3261 re-INVITE, received §14.2 before the first one was answered MUST get 500 with a Retry-After of 0 to 10 s',
  },
  {
    section: '14.2',
    must: 'An INVITE that meets ours gets 491',
    test: 'RFC 3261 re-INVITE, received §14.2 that meets ours MUST get 491',
  },
  {
    section: '14.2',
    must: 'The version of the description tells whether it changed',
    reason: 'each offer is looked at whole, so that a peer that forgets to count up is understood, too',
  },
  {
    section: '14.2',
    must: 'A description that changed changes the session',
    test: 'RFC 3261 re-INVITE, received §14.2 is answered with 200, Contact and answer',
  },
  {
    section: '14.2',
    must: 'An offer in the 2xx overlaps with what was agreed',
    test: 'RFC 3264 an offer within a session §8.3.2 MUST NOT give a payload type another meaning',
  },
  {
    section: '15',
    must: 'BYE is not sent outside a dialog',
    test: 'RFC 3261 the end of a call §15 BYE MUST NOT be sent outside a dialog',
  },
  {
    section: '15',
    must: 'The callee sends no BYE in an early dialog',
    test: 'RFC 3261 the end of a call §15 the callee MUST NOT send BYE in an early dialog',
  },
  {
    section: '15',
    must: 'The callee sends no BYE before the ACK came or can come no more',
    test: 'RFC 3261 §15 BYE §15 the callee MUST NOT send it before the ACK came',
  },
  {
    section: '15.1.1',
    must: 'The session is over once BYE is sent',
    test: 'RFC 3261 the end of a call §15.1.1 the session MUST be over as soon as BYE is sent',
  },
  {
    section: '15.1.1',
    must: '481, 408 or silence to BYE end session and dialog',
    test: 'RFC 3261 the end of a call §15.1.1 a BYE that meets 481 MUST end the dialog',
  },
  {
    section: '15.1.2',
    must: 'A BYE is processed as any request of a dialog',
    test: 'RFC 3261 dialogs: requests of the other side §15.1.2 BYE ends the dialog, and what comes behind it gets 481',
  },
  {
    section: '15.1.2',
    must: 'A BYE gets a 2xx',
    test: 'RFC 3261 §15 BYE §15.1.2 MUST be answered with 200, and INVITEs that wait with 487',
  },
  {
    section: '15.1.2',
    must: 'Requests that wait are still answered',
    test: 'RFC 3261 §15 BYE §15.1.2 MUST be answered with 200, and INVITEs that wait with 487',
  },
  {
    section: '16.1–16.5',
    must: 'A proxy checks the request, routes it and determines its targets',
    reason: 'proxy only: the switch ends each call and makes a new one (a back-to-back user agent)',
  },
  {
    section: '16.6',
    must: 'A proxy forwards a request with Max-Forwards, Via and Record-Route',
    reason: 'proxy only: the switch ends each call and makes a new one',
  },
  {
    section: '16.7–16.9',
    must: 'A proxy forwards and chooses responses, with Timer C',
    reason: 'proxy only: the switch ends each call and makes a new one',
  },
  {
    section: '16.10–16.12',
    must: 'A proxy passes on CANCEL, may be stateless, and summarizes routes',
    reason: 'proxy only: the switch ends each call and makes a new one',
  },
];
