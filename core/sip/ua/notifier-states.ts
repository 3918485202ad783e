/** Where a subscription stands at the notifier (RFC 6665 §4.2.1). */
export type NotifierState = 'init' | 'resp_wait' | 'pending' | 'active' | 'terminated';

/**
 * What moves it. `pend` and `accept` are what our side decides; `refuse` a final response that is no 2xx; `terminate` our will,
 * the subscriber's Expires of 0, or time; `notify failed` a NOTIFY that shows that nobody listens (§4.2.2).
 */
export type NotifierInput = 'subscribe' | 'pend' | 'accept' | 'refuse' | 'terminate' | 'notify failed';

interface NotifierCell {
  readonly next: NotifierState;
  /** Section of RFC 6665. */
  readonly rule: string;
}

const OVER: NotifierCell = { next: 'terminated', rule: '§4.2.2: the state of a subscription that ended is gone' };
const NOT_YET: NotifierCell = { next: 'init', rule: '§4.2.1: nobody subscribed yet' };

/** The life of one subscription of somebody else: state × input; every cell is there. */
export const NOTIFIER_TABLE: Readonly<Record<NotifierState, Readonly<Record<NotifierInput, NotifierCell>>>> = {
  init: {
    subscribe: { next: 'resp_wait', rule: '§4.2.1.1: the SUBSCRIBE passed the checks' },
    pend: NOT_YET,
    accept: NOT_YET,
    refuse: NOT_YET,
    terminate: NOT_YET,
    'notify failed': NOT_YET,
  },
  resp_wait: {
    subscribe: { next: 'resp_wait', rule: '§4.2.1: no dialog yet, so no refresh can come' },
    pend: { next: 'pending', rule: '§4.2.1.2: 200 and NOTIFY, without state yet' },
    accept: { next: 'active', rule: '§4.2.1.2: 200 and NOTIFY with the state, at once' },
    refuse: { next: 'terminated', rule: '§4.2.1.3: a final response that is no 2xx' },
    terminate: { next: 'resp_wait', rule: '§4.2.1: what is not answered yet is refused, not ended' },
    'notify failed': { next: 'resp_wait', rule: '§4.2.1: no NOTIFY goes before the answer' },
  },
  pending: {
    subscribe: { next: 'pending', rule: '§4.2.1.4: a refresh gets a NOTIFY' },
    pend: { next: 'pending', rule: '§4.2.2: nothing new' },
    accept: { next: 'active', rule: '§4.2.2: decided, so NOTIFY with the state' },
    refuse: { next: 'pending', rule: '§4.2.1.3: it is answered already; end it instead' },
    terminate: { next: 'terminated', rule: '§4.2.2: the last NOTIFY says why' },
    'notify failed': { next: 'terminated', rule: '§4.2.2: nobody is there any more' },
  },
  active: {
    subscribe: { next: 'active', rule: '§4.2.1.4: a refresh gets a NOTIFY with the whole state' },
    pend: { next: 'active', rule: '§4.2.2: what is accepted stays so, or ends' },
    accept: { next: 'active', rule: '§4.2.2: nothing new' },
    refuse: { next: 'active', rule: '§4.2.1.3: it is answered already; end it instead' },
    terminate: { next: 'terminated', rule: '§4.2.2: the last NOTIFY says why' },
    'notify failed': { next: 'terminated', rule: '§4.2.2: nobody is there any more' },
  },
  terminated: { subscribe: OVER, pend: OVER, accept: OVER, refuse: OVER, terminate: OVER, 'notify failed': OVER },
};
