/**
 * How far offer and answer got in one dialog (RFC 3264 §4, RFC 6337 §2.2): nothing agreed, `offered` by us or `asked` by the
 * peer for the first time; then agreed, and offered or asked again.
 */
export type ExchangeState = 'none' | 'offered' | 'asked' | 'agreed' | 'reoffered' | 'reasked';

/** What moves the exchange. `refused`: the offer that is out got no answer, so what was before stands. */
export type ExchangeInput = 'offer-out' | 'offer-in' | 'answer-out' | 'answer-in' | 'refused';

/** What stands against an input: the status for a request that carries it. 488 is an answer that nobody asked for. */
export type ExchangeObstacle = 491 | 500 | 488;

interface ExchangeCell {
  readonly next: ExchangeState;
  readonly obstacle: ExchangeObstacle | undefined;
  readonly rule: string;
}

const go = (next: ExchangeState, rule: string): ExchangeCell => ({ next, obstacle: undefined, rule });
const no = (next: ExchangeState, obstacle: ExchangeObstacle, rule: string): ExchangeCell => ({ next, obstacle, rule });

const GLARE = 'RFC 3261 §14.2, RFC 3311 §5.2: an offer that meets ours gets 491';
const OVERLAP = 'RFC 3311 §5.2: an offer while the last one is unanswered gets 500 with Retry-After';
const OURS_FIRST = 'RFC 3264 §4: no offer while one of ours is unanswered';
const THEIRS_FIRST = 'RFC 3264 §4: no offer while one of the peer is unanswered';
const UNASKED = 'RFC 3264 §4: no offer is out that this could answer';
const OWN = 'RFC 3264 §4: the offerer does not answer';

/** State × input. A field with an obstacle leaves the state as it is. */
export const EXCHANGE_TABLE: Readonly<Record<ExchangeState, Readonly<Record<ExchangeInput, ExchangeCell>>>> = {
  none: {
    'offer-out': go('offered', 'RFC 3261 §13.2.1: the INVITE or its first reliable response may offer'),
    'offer-in': go('asked', 'RFC 3261 §13.2.1: the INVITE or its first reliable response may offer'),
    'answer-out': no('none', 488, UNASKED),
    'answer-in': no('none', 488, UNASKED),
    refused: go('none', 'nothing was out'),
  },
  offered: {
    'offer-out': no('offered', 491, OURS_FIRST),
    'offer-in': no('offered', 491, GLARE),
    'answer-out': no('offered', 488, OWN),
    'answer-in': go('agreed', 'RFC 3261 §13.2.1: the first answer completes the exchange'),
    refused: go('none', 'RFC 3264 §8: nothing is agreed'),
  },
  asked: {
    'offer-out': no('asked', 491, THEIRS_FIRST),
    'offer-in': no('asked', 500, OVERLAP),
    'answer-out': go('agreed', 'RFC 3261 §13.2.1: the first answer completes the exchange'),
    'answer-in': no('asked', 488, OWN),
    refused: go('none', 'RFC 3264 §8: nothing is agreed'),
  },
  agreed: {
    'offer-out': go('reoffered', 'RFC 3264 §8: either side may offer again'),
    'offer-in': go('reasked', 'RFC 3264 §8: either side may offer again'),
    'answer-out': no('agreed', 488, UNASKED),
    'answer-in': no('agreed', 488, UNASKED),
    refused: go('agreed', 'nothing was out'),
  },
  reoffered: {
    'offer-out': no('reoffered', 491, OURS_FIRST),
    'offer-in': no('reoffered', 491, GLARE),
    'answer-out': no('reoffered', 488, OWN),
    'answer-in': go('agreed', 'RFC 3264 §8: the new agreement is in force'),
    refused: go('agreed', 'RFC 3261 §14.1: the session goes on as if the offer had not been made'),
  },
  reasked: {
    'offer-out': no('reasked', 491, THEIRS_FIRST),
    'offer-in': no('reasked', 500, OVERLAP),
    'answer-out': go('agreed', 'RFC 3264 §8: the new agreement is in force'),
    'answer-in': no('reasked', 488, OWN),
    refused: go('agreed', 'RFC 3261 §14.2: the session goes on as if the offer had not been made'),
  },
};

/** The offer/answer exchange of one dialog. */
export class OfferAnswerExchange {
  #state: ExchangeState = 'none';

  get state(): ExchangeState {
    return this.#state;
  }

  /** Takes an input where it is in order, and says what stands against it where not. */
  take(input: ExchangeInput): ExchangeObstacle | undefined {
    const { next, obstacle } = EXCHANGE_TABLE[this.#state][input];
    this.#state = next;
    return obstacle;
  }
}
