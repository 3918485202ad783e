import type { RfcRequirements } from './requirement.ts';

export const RFC_3891: RfcRequirements = {
  rfc: 3891,
  title: 'Replaces',
  scope: '§3 and §6',
  requirements: [
    {
      section: '3',
      must: 'More than one Replaces, or one with Join, gets 400; so does one that cannot be read.',
      test: '§3 and §4: MUST be refused with 400 where there are two, where one cannot be read, or where both are',
    },
    {
      section: '3',
      must: 'A Replaces that names no dialog of ours gets 481.',
      test: '§3 and §4: MUST be refused with 481 where it names no call of ours',
    },
    {
      section: '3',
      must: 'An early dialog that the other end began is not replaced: 481.',
      test: '§3 MUST be refused with 481 where the call rings here, since the caller alone can take it back',
    },
    {
      section: '3',
      must: 'early-only and an answered call: 486.',
      test: '§3 early-only: MUST be refused with 486 where the call is answered',
    },
    {
      section: '3',
      must: 'An early dialog that we began is cancelled, and the new one accepted.',
      test: '§3 a call of ours that rings there is taken back, and the new one taken',
    },
    {
      section: '3',
      must: 'The call that is replaced ends by BYE once the new one is accepted.',
      test: '§3 MUST end the call that is replaced, and only once the new one is accepted',
    },
    {
      section: '6.1',
      must: 'to-tag and from-tag are there, each once.',
      test: '§6.1 MUST have call identity and both tags',
    },
  ],
};
