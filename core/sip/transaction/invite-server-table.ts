import { go, stay, type StateTable } from './state-table.ts';

export type InviteServerState = 'Proceeding' | 'Completed' | 'Confirmed' | 'Accepted' | 'Terminated';
export type InviteServerInput =
  'INVITE' | 'ACK' | 'CANCEL' | '1xx from TU' | '2xx from TU' | '300-699 from TU' | 'transport error';
export type InviteServerEffect =
  | 'send 100'
  | 'send response'
  | 'send last response'
  | 'pass ACK'
  | 'pass CANCEL'
  | 'report timeout'
  | 'report transport error';
export type InviteServerTimer = '100' | 'G' | 'H' | 'I' | 'L';

const NOT_STARTED_100 = 'cannot fire: stopped by the first response of the TU (§17.2.1)';
const NOT_STARTED_G_H = 'cannot fire: runs in Completed only, stopped on leaving it (§17.2.1)';
const NOT_STARTED_I = 'cannot fire: started on entering Confirmed only (§17.2.1)';
const NOT_STARTED_L = 'cannot fire: started on entering Accepted only (RFC 6026 §7.1)';
const NO_CANCEL = '§9.2: a CANCEL has no effect once a final response was sent';
const FINAL_SENT = '§17.2.1: the final response stands, another one is discarded';
const GONE = 'the transaction is over (§17.2.1)';

/** RFC 3261 §17.2.1 (figure 7) as corrected by RFC 6026 §7.1 and §8.5. */
export const INVITE_SERVER_TABLE: StateTable<
  InviteServerState,
  InviteServerInput,
  InviteServerEffect,
  InviteServerTimer
> = {
  name: 'InviteServerTransaction',
  begin: go('Proceeding', [{ start: '100' }], '§17.2.1: 100 unless the TU answers within 200 ms'),
  states: {
    Proceeding: {
      INVITE: go('Proceeding', ['send last response'], '§17.2.1: a retransmission gets the last provisional response'),
      ACK: stay('Proceeding', 'there is no final response to acknowledge yet (§17.2.1)'),
      CANCEL: go('Proceeding', ['pass CANCEL'], '§9.2: the TU answers the INVITE with 487'),
      '1xx from TU': go('Proceeding', [{ stop: '100' }, 'send response'], '§17.2.1: send it'),
      '2xx from TU': go(
        'Accepted',
        [{ stop: '100' }, 'send response', { start: 'L' }],
        'RFC 6026 §7.1: send it, start L; retransmission is the TU’s',
      ),
      '300-699 from TU': go(
        'Completed',
        [{ stop: '100' }, 'send response', { start: 'G' }, { start: 'H' }],
        '§17.2.1: send it, start G and H',
      ),
      'transport error': go('Proceeding', ['report transport error'], 'RFC 6026 §7.1: inform the TU, keep the state'),
      'timer 100': go('Proceeding', ['send 100'], '§17.2.1: the TU was silent for 200 ms'),
      'timer G': stay('Proceeding', NOT_STARTED_G_H),
      'timer H': stay('Proceeding', NOT_STARTED_G_H),
      'timer I': stay('Proceeding', NOT_STARTED_I),
      'timer L': stay('Proceeding', NOT_STARTED_L),
    },
    Completed: {
      INVITE: go('Completed', ['send last response'], '§17.2.1: a retransmission gets the final response'),
      ACK: go('Confirmed', [{ stop: 'G' }, { stop: 'H' }, { start: 'I' }], '§17.2.1: acknowledged, start I'),
      CANCEL: stay('Completed', NO_CANCEL),
      '1xx from TU': stay('Completed', FINAL_SENT),
      '2xx from TU': stay('Completed', FINAL_SENT),
      '300-699 from TU': stay('Completed', FINAL_SENT),
      'transport error': go('Completed', ['report transport error'], 'RFC 6026 §7.1: inform the TU, keep the state'),
      'timer 100': stay('Completed', NOT_STARTED_100),
      'timer G': go('Completed', ['send last response', { start: 'G' }], '§17.2.1: send again, double G up to T2'),
      'timer H': go('Terminated', ['report timeout'], '§17.2.1: the ACK never came'),
      'timer I': stay('Completed', NOT_STARTED_I),
      'timer L': stay('Completed', NOT_STARTED_L),
    },
    Confirmed: {
      INVITE: stay('Confirmed', '§17.2.1: a late retransmission; its answer was acknowledged'),
      ACK: stay('Confirmed', '§17.2.1: Confirmed is there to absorb further ACKs'),
      CANCEL: stay('Confirmed', NO_CANCEL),
      '1xx from TU': stay('Confirmed', FINAL_SENT),
      '2xx from TU': stay('Confirmed', FINAL_SENT),
      '300-699 from TU': stay('Confirmed', FINAL_SENT),
      'transport error': stay('Confirmed', 'the final response arrived; nothing is sent any more (§17.2.1)'),
      'timer 100': stay('Confirmed', NOT_STARTED_100),
      'timer G': stay('Confirmed', NOT_STARTED_G_H),
      'timer H': stay('Confirmed', NOT_STARTED_G_H),
      'timer I': go('Terminated', [], '§17.2.1: no further ACK can come'),
      'timer L': stay('Confirmed', NOT_STARTED_L),
    },
    Accepted: {
      INVITE: stay('Accepted', 'RFC 6026 §7.1: retransmissions are absorbed, the TU repeats its 2xx'),
      ACK: go('Accepted', ['pass ACK'], 'RFC 6026 §7.1: an ACK is passed to the TU'),
      CANCEL: stay('Accepted', NO_CANCEL),
      '1xx from TU': stay('Accepted', FINAL_SENT),
      '2xx from TU': go('Accepted', ['send response'], 'RFC 6026 §7.1: the TU repeats its 2xx'),
      '300-699 from TU': stay('Accepted', FINAL_SENT),
      'transport error': go('Accepted', ['report transport error'], 'RFC 6026 §7.1: inform the TU, keep the state'),
      'timer 100': stay('Accepted', NOT_STARTED_100),
      'timer G': stay('Accepted', NOT_STARTED_G_H),
      'timer H': stay('Accepted', NOT_STARTED_G_H),
      'timer I': stay('Accepted', NOT_STARTED_I),
      'timer L': go('Terminated', [], 'RFC 6026 §7.1: no retransmission of the INVITE can come any more'),
    },
    Terminated: {
      INVITE: stay('Terminated', GONE),
      ACK: stay('Terminated', GONE),
      CANCEL: stay('Terminated', GONE),
      '1xx from TU': stay('Terminated', GONE),
      '2xx from TU': stay('Terminated', GONE),
      '300-699 from TU': stay('Terminated', GONE),
      'transport error': stay('Terminated', GONE),
      'timer 100': stay('Terminated', GONE),
      'timer G': stay('Terminated', GONE),
      'timer H': stay('Terminated', GONE),
      'timer I': stay('Terminated', GONE),
      'timer L': stay('Terminated', GONE),
    },
  },
};
