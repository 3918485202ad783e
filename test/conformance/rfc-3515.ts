import type { RfcRequirements } from './requirement.ts';

export const RFC_3515: RfcRequirements = {
  rfc: 3515,
  title: 'REFER',
  scope: '§2',
  requirements: [
    { section: '2.1', must: 'REFER has exactly one Refer-To; else it gets 400.', test: '§2.4.2 MUST be refused: ' },
    {
      section: '2.4.4',
      must: 'An accepted REFER is followed by NOTIFY at once, also where the outcome is known.',
      test: '§6.1 basic: REFER in the dialog, NOTIFY with 100, 180 and 200, then the transferor hangs up',
    },
    {
      section: '2.4.4',
      must: 'The subscription ends once the outcome was told.',
      test: '§2.4.4 MUST NOT go on for ever: a referral that nobody reports ends by time',
    },
    {
      section: '2.4.5',
      must: 'The body of NOTIFY is a sipfrag that begins with a status line.',
      test: '§6.1 basic: REFER in the dialog, NOTIFY with 100, 180 and 200, then the transferor hangs up',
    },
    {
      section: '2.4.6',
      must: 'Several REFERs in a dialog are told apart by the id of the event.',
      test: '§2.4.6 MUST tell several REFERs in one dialog apart by the id of the event',
    },
    {
      section: '2.4.7',
      must: 'A refused referral is told, and ends nothing else.',
      test: '§6.2 the transferee declines: the transferor hears 603 and still has the call',
    },
  ],
};
