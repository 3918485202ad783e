/** Where one flow of a registration stands. */
export type RegistrationFlowState =
  | 'off'
  /** No connection yet. */
  | 'connecting'
  /** REGISTER is out; nothing is bound yet. */
  | 'registering'
  | 'registered'
  /** REGISTER is out; the binding stands. */
  | 'refreshing'
  /** Failed; the next try is planned. */
  | 'waiting'
  /** Failed for good: somebody has to change something first. */
  | 'refused';

/** What can happen to it. */
export type RegistrationInput =
  /** Somebody wants it, or wants it at once. */
  | 'start'
  | 'stop'
  /** The network changed: the flow is of no use any more, whatever it looks like. */
  | 'renew'
  | 'connected'
  | 'unreachable'
  | '2xx'
  /** 423 with a Min-Expires that can be asked for. */
  | 'too brief'
  /** 3xx with a target that was not tried yet. */
  | 'redirected'
  /** 439: the first hop does not know outbound. */
  | 'no outbound'
  /** 430, 503, or no answer at all: another server may do better. */
  | 'server failed'
  /** Any other answer that time may mend. */
  | 'failed'
  | 'refused'
  | 'flow lost'
  | 'timer';

/** What is done about it, in the order of the field. */
export type RegistrationEffect =
  /** Whatever comes of the request or the dialling under way means nothing any more. */
  | 'abandon'
  | 'connect'
  | 'send'
  | 'bind'
  | 'plan refresh'
  | 'plan retry'
  /** At once where the flow had proved good, else as `plan retry`. */
  | 'plan recovery'
  /** Shows the new state. */
  | 'tell'
  /** What failed before does not count any more, and is not shown any more. */
  | 'clear'
  /** The next try begins at the usual server. */
  | 'start over'
  /** Takes the binding away on its flow. */
  | 'unregister'
  | 'close flow';

/** One field: where it leads, what is done, and where that is written, or why nothing is done. */
interface Cell {
  readonly next: RegistrationFlowState;
  readonly effects: readonly RegistrationEffect[];
  readonly rule: string;
}

const go = (next: RegistrationFlowState, effects: readonly RegistrationEffect[], rule: string): Cell => {
  return { next, effects, rule };
};
const stay = (next: RegistrationFlowState, rule: string): Cell => ({ next, effects: [], rule });

const NOT_WANTED = 'nobody wants a registration';
const UNDER_WAY = 'it is under way (RFC 3261 §10.2: no new REGISTER before the answer to the last)';
const NO_REQUEST = 'no REGISTER is out';
const NO_DIALLING = 'nobody is dialling';
const NO_TIMER = 'no timer runs';
const NOT_WATCHED = 'the request on the flow tells of its end';
const NO_FLOW = 'there is no flow';

/** The answers to a REGISTER where none is out. */
const noAnswer = (state: RegistrationFlowState, rule: string) =>
  ({
    '2xx': stay(state, rule),
    'too brief': stay(state, rule),
    redirected: stay(state, rule),
    'no outbound': stay(state, rule),
    'server failed': stay(state, rule),
    failed: stay(state, rule),
    refused: stay(state, rule),
  }) as const satisfies Partial<Record<RegistrationInput, Cell>>;

/** The life of one flow of a registration (RFC 3261 §10.2, RFC 5626 §4), every field of it. */
export const REGISTRATION_TABLE: Readonly<Record<RegistrationFlowState, Readonly<Record<RegistrationInput, Cell>>>> = {
  off: {
    start: go('connecting', ['clear', 'tell', 'connect'], 'RFC 5626 §4.2: form a flow'),
    stop: stay('off', NOT_WANTED),
    renew: stay('off', NOT_WANTED),
    connected: stay('off', NOT_WANTED),
    unreachable: stay('off', NOT_WANTED),
    ...noAnswer('off', NOT_WANTED),
    'flow lost': stay('off', NOT_WANTED),
    timer: stay('off', NO_TIMER),
  },
  connecting: {
    start: stay('connecting', UNDER_WAY),
    stop: go('off', ['abandon', 'start over', 'tell'], 'nothing is bound'),
    renew: go('connecting', ['abandon', 'connect'], 'dialled from the new network'),
    connected: go('registering', ['send'], 'RFC 3261 §10.2.1, RFC 5626 §4.2: register on the new flow'),
    unreachable: go('waiting', ['start over', 'tell', 'plan retry'], 'RFC 5626 §4.5: wait before the next try'),
    ...noAnswer('connecting', NO_REQUEST),
    'flow lost': stay('connecting', NO_FLOW),
    timer: stay('connecting', NO_TIMER),
  },
  registering: {
    start: stay('registering', UNDER_WAY),
    stop: go('off', ['abandon', 'start over', 'tell'], 'nothing is known to be bound'),
    renew: go('connecting', ['abandon', 'close flow', 'connect'], 'RFC 5626 §4.5: a new flow replaces the old'),
    connected: stay('registering', NO_DIALLING),
    unreachable: stay('registering', NO_DIALLING),
    '2xx': go('registered', ['bind', 'plan refresh'], 'RFC 3261 §10.2.4'),
    'too brief': go('registering', ['send'], 'RFC 3261 §10.2.8: ask again for Min-Expires'),
    redirected: go('connecting', ['connect'], 'RFC 3261 §8.1.3.4: to the Contact of the 3xx'),
    'no outbound': go('registering', ['send'], 'RFC 5626 §4.2.1: register again without outbound'),
    'server failed': go('connecting', ['connect'], 'RFC 3263 §4.3: the next server of the list'),
    failed: go('waiting', ['start over', 'tell', 'plan retry'], 'RFC 5626 §4.5, RFC 3261 §20.33'),
    refused: go('refused', ['start over', 'tell'], 'RFC 3261 §10.3: the same request would fare no better'),
    'flow lost': stay('registering', NOT_WATCHED),
    timer: stay('registering', NO_TIMER),
  },
  registered: {
    start: go('refreshing', ['send'], 'RFC 3261 §10.2.4: refresh'),
    stop: go('off', ['unregister', 'start over', 'tell'], 'RFC 3261 §10.2.2'),
    renew: go('connecting', ['close flow', 'clear', 'tell', 'connect'], 'RFC 5626 §4.5: a new flow replaces the old'),
    connected: stay('registered', NO_DIALLING),
    unreachable: stay('registered', NO_DIALLING),
    ...noAnswer('registered', NO_REQUEST),
    'flow lost': go('waiting', ['start over', 'tell', 'plan recovery'], 'RFC 5626 §4.5: a new flow replaces the old'),
    timer: go('refreshing', ['send'], 'RFC 3261 §10.2.4: refresh before it ends'),
  },
  refreshing: {
    start: stay('refreshing', UNDER_WAY),
    stop: go('off', ['abandon', 'unregister', 'start over', 'tell'], 'RFC 3261 §10.2.2'),
    renew: go(
      'connecting',
      ['abandon', 'close flow', 'clear', 'tell', 'connect'],
      'RFC 5626 §4.5: a new flow replaces the old',
    ),
    connected: stay('refreshing', NO_DIALLING),
    unreachable: stay('refreshing', NO_DIALLING),
    '2xx': go('registered', ['bind', 'plan refresh'], 'RFC 3261 §10.2.4'),
    'too brief': go('refreshing', ['send'], 'RFC 3261 §10.2.8: ask again for Min-Expires'),
    redirected: go('connecting', ['tell', 'connect'], 'RFC 3261 §8.1.3.4: to the Contact of the 3xx'),
    'no outbound': go('refreshing', ['send'], 'RFC 5626 §4.2.1: register again without outbound'),
    'server failed': go('connecting', ['tell', 'connect'], 'RFC 3263 §4.3: the next server of the list'),
    failed: go('waiting', ['start over', 'tell', 'plan retry'], 'RFC 5626 §4.5, RFC 3261 §20.33'),
    refused: go('refused', ['start over', 'tell'], 'RFC 3261 §10.3: the same request would fare no better'),
    'flow lost': stay('refreshing', NOT_WATCHED),
    timer: stay('refreshing', NO_TIMER),
  },
  waiting: {
    start: go('connecting', ['clear', 'tell', 'connect'], 'a person wants it at once'),
    stop: go('off', ['start over', 'tell'], 'nothing is bound'),
    renew: go('connecting', ['clear', 'tell', 'connect'], 'another network may do better, at once'),
    connected: stay('waiting', NO_DIALLING),
    unreachable: stay('waiting', NO_DIALLING),
    ...noAnswer('waiting', NO_REQUEST),
    'flow lost': stay('waiting', NO_FLOW),
    timer: go('connecting', ['tell', 'connect'], 'RFC 5626 §4.5: the wait is over'),
  },
  refused: {
    start: go('connecting', ['clear', 'tell', 'connect'], 'a person changed something'),
    stop: go('off', ['start over', 'tell'], 'nothing is bound'),
    renew: stay('refused', 'the server said no, and it is the same server in another network'),
    connected: stay('refused', NO_DIALLING),
    unreachable: stay('refused', NO_DIALLING),
    ...noAnswer('refused', NO_REQUEST),
    'flow lost': stay('refused', NO_FLOW),
    timer: stay('refused', NO_TIMER),
  },
};
