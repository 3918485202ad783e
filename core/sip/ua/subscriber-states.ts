/** Where a subscription stands at the subscriber (RFC 6665 §4.1.2). */
export type SubscriberState = 'init' | 'notify_wait' | 'pending' | 'active' | 'terminated';

/**
 * What moves it. `subscribe`: our first SUBSCRIBE or REFER left. `refused`: a response that ends it (§4.1.2.3). `timer N`: no
 * NOTIFY within 64 × T1. `expired`: the time granted is over.
 */
export type SubscriberInput =
  'subscribe' | 'notify pending' | 'notify active' | 'notify terminated' | 'refused' | 'timer N' | 'expired';

interface SubscriberCell {
  readonly next: SubscriberState;
  /** Section of RFC 6665. */
  readonly rule: string;
}

const OVER: SubscriberCell = { next: 'terminated', rule: '§4.1.3: a subscription that ended needs a new one' };
const NOT_YET: SubscriberCell = { next: 'init', rule: '§4.1.2: nothing was asked for yet' };

/** The life of one subscription of ours: state × input; every cell is there. */
export const SUBSCRIBER_TABLE: Readonly<Record<SubscriberState, Readonly<Record<SubscriberInput, SubscriberCell>>>> = {
  init: {
    subscribe: { next: 'notify_wait', rule: '§4.1.2.4: Timer N starts when the SUBSCRIBE leaves' },
    'notify pending': NOT_YET,
    'notify active': NOT_YET,
    'notify terminated': NOT_YET,
    refused: NOT_YET,
    'timer N': NOT_YET,
    expired: NOT_YET,
  },
  notify_wait: {
    subscribe: { next: 'notify_wait', rule: '§4.1.2.1: again with other credentials or a longer time' },
    'notify pending': { next: 'pending', rule: '§4.4.1: the NOTIFY makes the dialog, not the 2xx' },
    'notify active': { next: 'active', rule: '§4.4.1: the NOTIFY makes the dialog, not the 2xx' },
    'notify terminated': { next: 'terminated', rule: '§4.4.3: one NOTIFY was all, as in a poll' },
    refused: { next: 'terminated', rule: '§4.1.2.1: a final response that is no 2xx' },
    'timer N': { next: 'terminated', rule: '§4.1.2.4: no NOTIFY is as good as a refusal' },
    expired: { next: 'terminated', rule: '§4.1.2.2: nothing refreshed it in time' },
  },
  pending: {
    subscribe: { next: 'pending', rule: '§4.1.2.2: a refresh changes no state' },
    'notify pending': { next: 'pending', rule: '§4.1.3: still nothing decided' },
    'notify active': { next: 'active', rule: '§4.1.3: accepted' },
    'notify terminated': { next: 'terminated', rule: '§4.1.3: the notifier ended it' },
    refused: { next: 'terminated', rule: '§4.1.2.2: 481 and its like end a subscription' },
    'timer N': { next: 'terminated', rule: '§4.1.2.2: no NOTIFY after a refresh ends it, too' },
    expired: { next: 'terminated', rule: '§4.1.2.2: nothing refreshed it in time' },
  },
  active: {
    subscribe: { next: 'active', rule: '§4.1.2.2: a refresh changes no state' },
    'notify pending': { next: 'pending', rule: '§4.1.3: the notifier thinks again' },
    'notify active': { next: 'active', rule: '§4.1.3: news' },
    'notify terminated': { next: 'terminated', rule: '§4.1.3: the notifier ended it' },
    refused: { next: 'terminated', rule: '§4.1.2.2: 481 and its like end a subscription' },
    'timer N': { next: 'terminated', rule: '§4.1.2.2: no NOTIFY after a refresh ends it, too' },
    expired: { next: 'terminated', rule: '§4.1.2.2: nothing refreshed it in time' },
  },
  terminated: {
    subscribe: OVER,
    'notify pending': OVER,
    'notify active': OVER,
    'notify terminated': OVER,
    refused: OVER,
    'timer N': OVER,
    expired: OVER,
  },
};
