import { go, stay, type StateTable } from './state-table.ts';

export type NonInviteServerState = 'Trying' | 'Proceeding' | 'Completed' | 'Terminated';
export type NonInviteServerInput =
  'request' | 'CANCEL' | '1xx from TU' | '408 from TU' | '200-699 from TU' | 'transport error';
export type NonInviteServerEffect =
  'send 100' | 'send response' | 'send last response' | 'report timeout' | 'report transport error';
/** `F` is the client's: once it has fired over there, no answer is of use (RFC 4320 §4.2). */
export type NonInviteServerTimer = '100' | 'F' | 'J';

const OWN_100 = 'RFC 4320 §4.1: no provisional response but a 100, and that not early; the transaction sends it itself';
const NO_408 = 'RFC 4320 §4.2: a 408 MUST NOT be sent to a non-INVITE request; Timer F ends the transaction';
const TOO_LATE = 'RFC 4320 §4.2: the client’s Timer F has fired, so no response is sent';
const NOT_STARTED_J = 'cannot fire: started on entering Completed only (§17.2.2)';
const NOT_STARTED_F = 'cannot fire: stopped on entering Completed';
const NO_CANCEL = '§9.2: a CANCEL has no effect on a request other than INVITE';
const FINAL_SENT = '§17.2.2: the final response stands, another one is discarded';
const GONE = 'the transaction is over (§17.2.2)';

/** RFC 3261 §17.2.2 (figure 8) as corrected by RFC 4320 §4. */
export const NON_INVITE_SERVER_TABLE: StateTable<
  NonInviteServerState,
  NonInviteServerInput,
  NonInviteServerEffect,
  NonInviteServerTimer
> = {
  name: 'NonInviteServerTransaction',
  begin: go(
    'Trying',
    [{ start: '100' }, { start: 'F' }],
    '§17.2.2; RFC 4320 §4.1: 100 once the client’s Timer E has reached T2',
  ),
  states: {
    Trying: {
      request: stay('Trying', '§17.2.2: retransmissions are discarded in Trying'),
      CANCEL: stay('Trying', NO_CANCEL),
      '1xx from TU': stay('Trying', OWN_100),
      '408 from TU': stay('Trying', NO_408),
      '200-699 from TU': go(
        'Completed',
        [{ stop: '100' }, { stop: 'F' }, 'send response', { start: 'J' }],
        '§17.2.2: send it, start J',
      ),
      'transport error': stay('Trying', 'cannot happen: nothing was sent yet (§17.2.2)'),
      'timer 100': go('Proceeding', ['send 100'], 'RFC 4320 §4.1: 100 now, over every transport'),
      'timer F': go('Terminated', ['report timeout'], TOO_LATE),
      'timer J': stay('Trying', NOT_STARTED_J),
    },
    Proceeding: {
      request: go('Proceeding', ['send last response'], '§17.2.2: a retransmission gets the last provisional response'),
      CANCEL: stay('Proceeding', NO_CANCEL),
      '1xx from TU': stay('Proceeding', OWN_100),
      '408 from TU': stay('Proceeding', NO_408),
      '200-699 from TU': go('Completed', [{ stop: 'F' }, 'send response', { start: 'J' }], '§17.2.2: send it, start J'),
      'transport error': go('Terminated', ['report transport error'], '§17.2.4: inform the TU'),
      'timer 100': stay('Proceeding', 'cannot fire: it led here'),
      'timer F': go('Terminated', ['report timeout'], TOO_LATE),
      'timer J': stay('Proceeding', NOT_STARTED_J),
    },
    Completed: {
      request: go('Completed', ['send last response'], '§17.2.2: a retransmission gets the final response'),
      CANCEL: stay('Completed', NO_CANCEL),
      '1xx from TU': stay('Completed', FINAL_SENT),
      '408 from TU': stay('Completed', FINAL_SENT),
      '200-699 from TU': stay('Completed', FINAL_SENT),
      'transport error': go('Terminated', ['report transport error'], '§17.2.4: inform the TU'),
      'timer 100': stay('Completed', 'cannot fire: it led to Proceeding or was stopped on entering Completed'),
      'timer F': stay('Completed', NOT_STARTED_F),
      'timer J': go('Terminated', [], '§17.2.2: no retransmission can come any more'),
    },
    Terminated: {
      request: stay('Terminated', GONE),
      CANCEL: stay('Terminated', GONE),
      '1xx from TU': stay('Terminated', GONE),
      '408 from TU': stay('Terminated', GONE),
      '200-699 from TU': stay('Terminated', GONE),
      'transport error': stay('Terminated', GONE),
      'timer 100': stay('Terminated', GONE),
      'timer F': stay('Terminated', GONE),
      'timer J': stay('Terminated', GONE),
    },
  },
};
