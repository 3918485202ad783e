import { go, stay, type StateTable } from './state-table.ts';

export type NonInviteClientState = 'Trying' | 'Proceeding' | 'Completed' | 'Terminated';
export type NonInviteClientInput = '1xx' | '200-699' | 'cancel' | 'transport error';
export type NonInviteClientEffect = 'send request' | 'pass response' | 'report timeout' | 'report transport error';
export type NonInviteClientTimer = 'E' | 'F' | 'K';

const NO_CANCEL = '§9.1: CANCEL SHOULD NOT be sent for a request other than INVITE';
const NOT_STARTED_E_F = 'cannot fire: stopped on entering Completed (§17.1.2.2)';
const NOT_STARTED_K = 'cannot fire: started on entering Completed only (§17.1.2.2)';
const GONE = 'the transaction is over (§17.1.2.2)';

/** RFC 3261 §17.1.2.2 (figure 6). */
export const NON_INVITE_CLIENT_TABLE: StateTable<
  NonInviteClientState,
  NonInviteClientInput,
  NonInviteClientEffect,
  NonInviteClientTimer
> = {
  name: 'NonInviteClientTransaction',
  begin: go('Trying', ['send request', { start: 'E' }, { start: 'F' }], '§17.1.2.2: send the request, start E and F'),
  states: {
    Trying: {
      '1xx': go('Proceeding', ['pass response'], '§17.1.2.2: E and F go on running'),
      '200-699': go(
        'Completed',
        [{ stop: 'E' }, { stop: 'F' }, { start: 'K' }, 'pass response'],
        '§17.1.2.2: pass the response, start K',
      ),
      cancel: stay('Trying', NO_CANCEL),
      'transport error': go('Terminated', ['report transport error'], '§17.1.4: inform the TU'),
      'timer E': go('Trying', ['send request', { start: 'E' }], '§17.1.2.2: send again, double E up to T2'),
      'timer F': go('Terminated', ['report timeout'], '§17.1.2.2: inform the TU'),
      'timer K': stay('Trying', NOT_STARTED_K),
    },
    Proceeding: {
      '1xx': go('Proceeding', ['pass response'], '§17.1.2.2: any further provisional response is passed'),
      '200-699': go(
        'Completed',
        [{ stop: 'E' }, { stop: 'F' }, { start: 'K' }, 'pass response'],
        '§17.1.2.2: pass the response, start K',
      ),
      cancel: stay('Proceeding', NO_CANCEL),
      'transport error': go('Terminated', ['report transport error'], '§17.1.4: inform the TU'),
      'timer E': go('Proceeding', ['send request', { start: 'E', at: 't2' }], '§17.1.2.2: send again, E becomes T2'),
      'timer F': go('Terminated', ['report timeout'], '§17.1.2.2: inform the TU'),
      'timer K': stay('Proceeding', NOT_STARTED_K),
    },
    Completed: {
      '1xx': stay('Completed', 'a provisional response that was overtaken means nothing any more (§17.1.2.2)'),
      '200-699': stay('Completed', '§17.1.2.2: retransmissions of the response are absorbed'),
      cancel: stay('Completed', NO_CANCEL),
      'transport error': stay('Completed', '§17.1.2.2: nothing is sent here any more, Timer K ends the transaction'),
      'timer E': stay('Completed', NOT_STARTED_E_F),
      'timer F': stay('Completed', NOT_STARTED_E_F),
      'timer K': go('Terminated', [], '§17.1.2.2: no retransmission can come any more'),
    },
    Terminated: {
      '1xx': stay('Terminated', GONE),
      '200-699': stay('Terminated', GONE),
      cancel: stay('Terminated', GONE),
      'transport error': stay('Terminated', GONE),
      'timer E': stay('Terminated', GONE),
      'timer F': stay('Terminated', GONE),
      'timer K': stay('Terminated', GONE),
    },
  },
};
