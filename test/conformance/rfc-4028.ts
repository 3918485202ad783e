import type { RfcRequirements } from './requirement.ts';

export const RFC_4028: RfcRequirements = {
  rfc: 4028,
  title: 'Session timers',
  scope: '§4–§10',
  requirements: [
    {
      section: '4',
      must: 'Session-Expires is not below 90 seconds.',
      test: '§5 90 seconds is the least, whatever was set',
    },
    { section: '5', must: 'Min-SE is 90 where it is absent.', test: '§5 90 seconds is the least, whatever was set' },
    {
      section: '6',
      must: 'A 422 has Min-SE.',
      test: '§9 too short an interval gets 422 with Min-SE before anything rings',
    },
    {
      section: '7.1',
      must: 'A UAC that knows timers names timer in Supported of every request but ACK.',
      test: '§7.1 MUST say that it supports timers; asks for 1800 seconds',
    },
    {
      section: '7.1',
      must: 'Require: timer only where the UAS is the refresher by will of the user.',
      reason: 'never asked of the callee: a callee without timers must be callable',
    },
    {
      section: '7.1',
      must: 'Session-Expires of a request is not below Min-SE.',
      test: '§7.3 after a 422 MUST ask for Min-SE at least, and say it',
    },
    {
      section: '7.2',
      must: 'A 2xx without Session-Expires: no session timer, unless asked for again.',
      test: '§7.2 a 2xx without Session-Expires: the session does not expire',
    },
    { section: '7.2', must: 'The refresher named by the 2xx is the refresher.', test: '§7.2 takes a 2xx that names ' },
    {
      section: '7.3',
      must: 'After 422 the new request has a Session-Expires of its Min-SE at least, and a Min-SE that is the greatest heard, in the same Call-ID.',
      test: '§7.3 SHOULD try again after 422, with the Min-SE of the answer, the same Call-ID and the next CSeq',
    },
    {
      section: '7.4',
      must: 'A refresh names who refreshes, and that one stays.',
      test: '§7.4 within a session says who refreshes, as it is',
    },
    {
      section: '7.4',
      must: 'A refresh by re-INVITE has an offer; unchanged as its version tells.',
      test: '§7.4 by re-INVITE where the peer does not allow UPDATE, the description unchanged',
    },
    {
      section: '7.4',
      must: 'A refresh by UPDATE needs no offer.',
      test: '§7.4 the refresher refreshes by UPDATE without offer, at half the interval, as uac',
    },
    {
      section: '7.4',
      must: 'A refresh that meets 422 is sent again with the longer interval.',
      test: '§7.4 a refresh that meets 422 is sent again with the longer interval',
    },
    {
      section: '8',
      must: 'What proxies change on the way.',
      reason: 'a duty of proxies; the switch is a back-to-back user agent',
    },
    {
      section: '9',
      must: 'A UAS does not refuse a UAC without timers for its interval.',
      test: '§9 too short an interval MAY be refused with 422 and Min-SE; not that of a UAC without timers',
    },
    {
      section: '9',
      must: 'A UAS does not increase the interval, nor goes below Min-SE.',
      test: '§9 MUST NOT increase the interval, MAY reduce it, and not below Min-SE',
    },
    { section: '9', must: 'Who refreshes is as table 2 says.', test: '§9 table 2: ' },
    {
      section: '9',
      must: 'Where the UAC refreshes, the 2xx has Require: timer.',
      test: '§9 where the UAC refreshes, MUST require timer of it, and end by BYE where it does not',
    },
    {
      section: '9',
      must: 'Where the UAC knows no timers, the UAS refreshes itself.',
      test: '§9 where the UAC knows no timers, refreshes itself',
    },
    {
      section: '10',
      must: 'Who does not refresh sends BYE before the interval ends.',
      test: '§10 where the other one refreshes and does not, MUST end the session by BYE in time',
    },
    {
      section: '10',
      must: 'Each 2xx to a refresh starts the interval anew.',
      test: '§10 a refresh that comes in time starts the interval anew',
    },
    { section: '10', must: 'A refresh that meets 408 or 481 ends the session.', test: '§10 a refresh that meets ' },
  ],
};
