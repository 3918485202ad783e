import type { RfcRequirements } from './requirement.ts';

export const RFC_6026: RfcRequirements = {
  rfc: 6026,
  title: 'Correct transaction handling for 2xx responses to INVITE',
  scope: '§7–§8',
  requirements: [
    {
      section: '7.1',
      must: 'A 2xx leads the server transaction to Accepted, which absorbs the INVITE until Timer L.',
      test: 'a 2xx MUST keep the transaction until Timer L: retransmissions absorbed, the TU repeats',
    },
    {
      section: '7.1',
      must: 'Timer L is 64 × T1 over every transport.',
      test: 'a 2xx MUST keep the transaction until Timer L: retransmissions absorbed, the TU repeats',
    },
    {
      section: '7.1',
      must: 'Further 2xx of the TU go out while Accepted.',
      test: 'a 2xx MUST keep the transaction until Timer L: retransmissions absorbed, the TU repeats',
    },
    {
      section: '7.1',
      must: 'An ACK that comes while Accepted reaches the TU.',
      test: '§17.2.3 an ACK for a 2xx MUST reach the TU, with a branch of its own and with that of the INVITE',
    },
    {
      section: '7.1',
      must: 'A transport error is told to the TU and does not end the transaction.',
      test: 'RFC 6026 §7.1 MUST be told to the TU and MUST NOT end the transaction',
    },
    {
      section: '7.2',
      must: 'A 2xx leads the client transaction to Accepted; further 2xx are passed on, each, until Timer M.',
      test: 'RFC 6026 §7.2 further 2xx MUST be passed while Accepted, until Timer M; other responses are absorbed',
    },
    {
      section: '7.2',
      must: 'The transaction does not acknowledge a 2xx.',
      test: '§17.1.1.2 a 2xx MUST NOT be acknowledged by the transaction',
    },
    {
      section: '8.5',
      must: 'A second 2xx with another tag is acknowledged, and its dialog ended.',
      test: '§13.2.2.4 a second 200 MUST be acknowledged and its dialog ended by BYE; repeats get the ACK again',
    },
    {
      section: '8.9',
      must: 'A response that matches no transaction is not forwarded.',
      reason: 'a duty of proxies; the switch is a back-to-back user agent',
    },
  ],
};
