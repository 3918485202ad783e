import { go, stay, type StateTable } from './state-table.ts';

export type InviteClientState = 'Calling' | 'Proceeding' | 'Completed' | 'Accepted' | 'Terminated';
export type InviteClientInput = '1xx' | '2xx' | '300-699' | 'cancel' | 'transport error';
export type InviteClientEffect =
  | 'send request'
  | 'send ACK'
  | 'send CANCEL'
  | 'send CANCEL if asked for'
  | 'remember CANCEL'
  | 'pass response'
  | 'pass stray response'
  | 'report timeout'
  | 'report transport error';
export type InviteClientTimer = 'A' | 'B' | 'D' | 'M' | 'CANCEL';

const NOT_STARTED_A_B = 'cannot fire: stopped on leaving Calling (§17.1.1.2)';
const NOT_STARTED_D = 'cannot fire: started on entering Completed only (§17.1.1.2)';
const NOT_STARTED_M = 'cannot fire: started on entering Accepted only (RFC 6026 §7.2)';
const NOT_STARTED_CANCEL = 'cannot fire: runs in Proceeding only, stopped on leaving it (§9.1)';
const GONE = 'the transaction is over (§17.1.1.2)';

/** RFC 3261 §17.1.1.2 (figure 5) as corrected by RFC 6026 §7.2 and §8.4, with CANCEL of §9.1. */
export const INVITE_CLIENT_TABLE: StateTable<
  InviteClientState,
  InviteClientInput,
  InviteClientEffect,
  InviteClientTimer
> = {
  name: 'InviteClientTransaction',
  begin: go('Calling', ['send request', { start: 'A' }, { start: 'B' }], '§17.1.1.2: send the request, start A and B'),
  states: {
    Calling: {
      '1xx': go(
        'Proceeding',
        [{ stop: 'A' }, { stop: 'B' }, 'send CANCEL if asked for', 'pass response'],
        '§17.1.1.2: a provisional response ends retransmission; §9.1: now a CANCEL may go',
      ),
      '2xx': go(
        'Accepted',
        [{ stop: 'A' }, { stop: 'B' }, { start: 'M' }, 'pass response'],
        'RFC 6026 §7.2: pass the 2xx, start M',
      ),
      '300-699': go(
        'Completed',
        [{ stop: 'A' }, { stop: 'B' }, 'send ACK', { start: 'D' }, 'pass response'],
        '§17.1.1.2: acknowledge, pass the response, start D',
      ),
      cancel: go('Calling', ['remember CANCEL'], '§9.1: CANCEL MUST NOT be sent before a provisional response'),
      'transport error': go('Terminated', ['report transport error'], '§17.1.4: inform the TU'),
      'timer A': go('Calling', ['send request', { start: 'A' }], '§17.1.1.2: send again, double A'),
      'timer B': go('Terminated', ['report timeout'], '§17.1.1.2: inform the TU'),
      'timer D': stay('Calling', NOT_STARTED_D),
      'timer M': stay('Calling', NOT_STARTED_M),
      'timer CANCEL': stay('Calling', NOT_STARTED_CANCEL),
    },
    Proceeding: {
      '1xx': go('Proceeding', ['pass response'], '§17.1.1.2: any further provisional response is passed'),
      '2xx': go(
        'Accepted',
        [{ stop: 'CANCEL' }, { start: 'M' }, 'pass response'],
        'RFC 6026 §7.2: pass the 2xx, start M',
      ),
      '300-699': go(
        'Completed',
        [{ stop: 'CANCEL' }, 'send ACK', { start: 'D' }, 'pass response'],
        '§17.1.1.2: acknowledge, pass the response, start D',
      ),
      cancel: go(
        'Proceeding',
        ['send CANCEL', { start: 'CANCEL' }],
        '§9.1: send CANCEL; without a final response within 64*T1 the INVITE counts as cancelled',
      ),
      'transport error': go('Terminated', ['report transport error'], '§17.1.4: the response can no longer arrive'),
      'timer A': stay('Proceeding', NOT_STARTED_A_B),
      'timer B': stay('Proceeding', NOT_STARTED_A_B),
      'timer D': stay('Proceeding', NOT_STARTED_D),
      'timer M': stay('Proceeding', NOT_STARTED_M),
      'timer CANCEL': go('Terminated', ['report timeout'], '§9.1: no final response within 64*T1 after CANCEL'),
    },
    Completed: {
      '1xx': stay('Completed', 'a provisional response that was overtaken means nothing any more (§17.1.1.2)'),
      '2xx': go(
        'Completed',
        ['pass stray response'],
        '§16.7 step 5: a proxy forwards the 2xx of another fork even now',
      ),
      '300-699': go('Completed', ['send ACK'], '§17.1.1.2: a retransmission is acknowledged again, not passed'),
      cancel: stay('Completed', '§9.1: CANCEL has no effect once there is a final response'),
      'transport error': go(
        'Terminated',
        [],
        '§17.1.4: the ACK could not leave; the TU has its final response already and is not told',
      ),
      'timer A': stay('Completed', NOT_STARTED_A_B),
      'timer B': stay('Completed', NOT_STARTED_A_B),
      'timer D': go('Terminated', [], '§17.1.1.2: no retransmission can come any more'),
      'timer M': stay('Completed', NOT_STARTED_M),
      'timer CANCEL': stay('Completed', NOT_STARTED_CANCEL),
    },
    Accepted: {
      '1xx': stay('Accepted', 'RFC 6026 §7.2: only 2xx count in Accepted'),
      '2xx': go('Accepted', ['pass stray response'], 'RFC 6026 §7.2: every 2xx is passed, the TU acknowledges each'),
      '300-699': stay('Accepted', 'RFC 6026 §7.2: only 2xx count in Accepted'),
      cancel: stay('Accepted', '§9.1: CANCEL has no effect once there is a final response'),
      'transport error': stay('Accepted', 'RFC 6026 §7.2: nothing is sent here any more, Timer M ends the transaction'),
      'timer A': stay('Accepted', NOT_STARTED_A_B),
      'timer B': stay('Accepted', NOT_STARTED_A_B),
      'timer D': stay('Accepted', NOT_STARTED_D),
      'timer M': go('Terminated', [], 'RFC 6026 §7.2: no 2xx can come any more'),
      'timer CANCEL': stay('Accepted', NOT_STARTED_CANCEL),
    },
    Terminated: {
      '1xx': stay('Terminated', GONE),
      '2xx': stay('Terminated', GONE),
      '300-699': stay('Terminated', GONE),
      cancel: stay('Terminated', GONE),
      'transport error': stay('Terminated', GONE),
      'timer A': stay('Terminated', GONE),
      'timer B': stay('Terminated', GONE),
      'timer D': stay('Terminated', GONE),
      'timer M': stay('Terminated', GONE),
      'timer CANCEL': stay('Terminated', GONE),
    },
  },
};
