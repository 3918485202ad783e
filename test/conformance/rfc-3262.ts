import type { RfcRequirements } from './requirement.ts';

export const RFC_3262: RfcRequirements = {
  rfc: 3262,
  title: 'Reliable provisional responses',
  scope: '§3–§7',
  requirements: [
    {
      section: '3',
      must: 'Not sent reliably: 100, and responses to other requests than INVITE.',
      test: '§4 are those of 101 to 199 with Require: 100rel and RSeq',
    },
    {
      section: '3',
      must: 'Sent reliably where the INVITE requires 100rel.',
      test: '§3 MUST send reliably what the caller requires to be',
    },
    {
      section: '3',
      must: 'Not sent reliably where the INVITE does not name 100rel.',
      test: '§3 MUST NOT send reliably to who does not know it',
    },
    {
      section: '3',
      must: 'Has Require: 100rel and an RSeq of 1 to 2^31 - 1.',
      test: '§3 MUST have Require: 100rel and an RSeq of 1 to 2**31 - 1',
    },
    {
      section: '3',
      must: 'Is repeated from T1 on in doubling intervals until its PRACK, or 64 × T1.',
      test: '§3 MUST be repeated from T1 on in doubling intervals, and given up after 64 × T1',
    },
    {
      section: '3',
      must: 'A PRACK that matches stops the repeats and gets a 2xx.',
      test: '§3 a PRACK stops them, once',
    },
    {
      section: '3',
      must: 'A PRACK that matches nothing gets 481.',
      test: '§3 a PRACK that matches nothing MUST get 481',
    },
    { section: '3', must: 'RAck matches by method, CSeq and RSeq.', test: '§3 a PRACK with ' },
    {
      section: '3',
      must: 'Without a PRACK for 64 × T1 the INVITE is refused with a 5xx.',
      test: '§3 without a PRACK the INVITE is refused with a 5xx after 64 × T1',
    },
    {
      section: '3',
      must: 'No second one is sent before the first is acknowledged; its RSeq is one higher.',
      test: '§3 MUST NOT send a second one before the first is acknowledged; it has an RSeq one higher',
    },
    {
      section: '3',
      must: 'The 2xx waits while a description that went out reliably is unacknowledged.',
      test: '§3 MUST NOT send the 200 while an answer that went out reliably waits for its PRACK',
    },
    {
      section: '3',
      must: 'After a final response a PRACK that is under way still gets its answer.',
      test: '§3 after the final response nothing is sent, and the PRACK that is under way is still good',
    },
    {
      section: '3',
      must: 'A proxy does not send or answer reliably by itself.',
      reason: 'a duty of proxies; the switch is a back-to-back user agent',
    },
    {
      section: '4',
      must: 'The UAC names 100rel in Supported or Require.',
      test: '§4 says that it knows 100rel, and allows PRACK',
    },
    {
      section: '4',
      must: 'A reliable provisional response is acknowledged by PRACK in its dialog, with the next CSeq.',
      test: '§4 MUST acknowledge by PRACK in the early dialog, with RAck and the next CSeq',
    },
    {
      section: '4',
      must: 'Repeats and what comes out of order are not acknowledged or processed.',
      test: '§4 MUST ignore repeats, and not acknowledge what comes out of order',
    },
    {
      section: '4',
      must: 'The order counts in each dialog by itself.',
      test: 'RFC 3262 §4 RSeq counts in each fork by itself',
    },
    {
      section: '4',
      must: 'A response is reliable by Require: 100rel and RSeq, and not with 100.',
      test: '§4 are those of 101 to 199 with Require: 100rel and RSeq',
    },
    {
      section: '5',
      must: 'An answer in a reliable response is the answer; that of the 2xx is not looked at.',
      test: '§5 an answer in a reliable response is the answer',
    },
    {
      section: '5',
      must: 'Where the INVITE has no offer, the first reliable response has one.',
      test: 'where the INVITE has no offer, the first reliable response MUST have one; PRACK answers it',
    },
    {
      section: '5',
      must: 'An offer in a reliable response is answered in the PRACK.',
      test: '§5 an offer in a reliable response MUST be answered in the PRACK',
    },
    {
      section: '5',
      must: 'An offer in a PRACK is answered in its 2xx.',
      test: '§5 an offer in a PRACK is answered in its 200, or refused',
    },
    {
      section: '7.2',
      must: 'RAck has the RSeq, the CSeq number and the method of what it acknowledges.',
      test: '§7.2 RAck names RSeq, CSeq and method',
    },
  ],
};
