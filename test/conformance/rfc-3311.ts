import type { RfcRequirements } from './requirement.ts';

export const RFC_3311: RfcRequirements = {
  rfc: 3311,
  title: 'UPDATE',
  scope: '§4–§5',
  requirements: [
    {
      section: '4',
      must: 'A UA that takes UPDATE names it in Allow of INVITE, reliable provisional responses and 2xx.',
      test: '§4 MUST name UPDATE in Allow of the INVITE, its 2xx and a reliable provisional response',
    },
    {
      section: '5.1',
      must: 'UPDATE is built as every request within a dialog, early or confirmed, with Contact.',
      test: '§5.1 makes an offer that is answered in its 2xx; there is no ACK',
    },
    {
      section: '5.1',
      must: 'No offer is sent while one is unanswered in either direction.',
      test: 'as the table says, with the rule for it',
    },
    {
      section: '5.1',
      must: 'An early UPDATE with an offer only once the first exchange is through.',
      test: 'RFC 3311 §5.1 once the early exchange is through, an UPDATE may change the early session',
    },
    {
      section: '5.1',
      must: 'UPDATE is not sent to who does not allow it.',
      test: '§5.1 a refresh goes by re-INVITE where the peer does not allow UPDATE',
    },
    {
      section: '5.2',
      must: 'An UPDATE that comes while another one is unanswered gets 500 with Retry-After of 0 to 10 s.',
      test: 'RFC 3311 §5.2 an offer while the last one of the peer is unanswered MUST get 500',
    },
    {
      section: '5.2',
      must: 'An offer that meets an offer of ours gets 491.',
      test: '§5.2 an offer in one that meets ours MUST get 491',
    },
    {
      section: '5.2',
      must: 'An early UPDATE with an offer before the first exchange is through gets 500 with Retry-After.',
      test: 'RFC 3311 §5.2 an UPDATE in the early dialog is answered once the first exchange is through, and gets 500 before',
    },
    {
      section: '5.2',
      must: 'An offer that cannot be met gets 488.',
      test: '§5.2 an offer that cannot be met gets 488',
    },
    {
      section: '5.2',
      must: 'A new Contact becomes the target; without an offer the session stays.',
      test: '§5.2 without an offer only refreshes the target, even while ours is out',
    },
    {
      section: '5.2',
      must: 'The answer is in the 2xx, sent at once; it is not repeated.',
      test: '§5.2 is answered at once, and again offered after',
    },
    {
      section: '5.2',
      must: 'A refused UPDATE leaves the session as it was.',
      test: 'RFC 3261 §14.1 a refused offer leaves what was agreed',
    },
    { section: '5.1', must: '481 or silence to an UPDATE ends the dialog.', test: '§10 a refresh that meets ' },
  ],
};
