import { describe, expect, it } from 'vitest';
import {
  EXCHANGE_TABLE,
  OfferAnswerExchange,
  type ExchangeInput,
  type ExchangeState,
} from '../../../../core/sip/ua/offer-answer-state.ts';

const STATES = Object.keys(EXCHANGE_TABLE) as ExchangeState[];
const INPUTS: readonly ExchangeInput[] = ['offer-out', 'offer-in', 'answer-out', 'answer-in', 'refused'];

/** Who owes an answer in a state. */
const OWES: Readonly<Record<ExchangeState, 'nobody' | 'peer' | 'us'>> = {
  none: 'nobody',
  offered: 'peer',
  asked: 'us',
  agreed: 'nobody',
  reoffered: 'peer',
  reasked: 'us',
};

function after(...inputs: ExchangeInput[]): OfferAnswerExchange {
  const exchange = new OfferAnswerExchange();
  for (const input of inputs) exchange.take(input);
  return exchange;
}

describe('RFC 3264 offer and answer of one dialog', () => {
  it.each(STATES.flatMap((state) => INPUTS.map((input) => [state, input] as const)))(
    'RFC 6337 §2.2: %s meets %s as the table says, with the rule for it',
    (state, input) => {
      const { next, obstacle, rule } = EXCHANGE_TABLE[state][input];
      expect(rule).toMatch(/RFC \d+ §\d|nothing was out/);
      if (obstacle !== undefined) expect(next).toBe(state);
      const owes = OWES[state];
      const isOffer = input.startsWith('offer');
      const inOrder =
        input === 'refused' || (isOffer ? owes === 'nobody' : owes === (input === 'answer-in' ? 'peer' : 'us'));
      expect(obstacle === undefined).toBe(inOrder);
    },
  );

  it('RFC 3261 §14.2 an offer that meets ours MUST get 491, first or later', () => {
    expect(after('offer-out').take('offer-in')).toBe(491);
    expect(after('offer-out', 'answer-in', 'offer-out').take('offer-in')).toBe(491);
  });

  it('RFC 3311 §5.2 an offer while the last one of the peer is unanswered MUST get 500', () => {
    expect(after('offer-in').take('offer-in')).toBe(500);
    expect(after('offer-in', 'answer-out', 'offer-in').take('offer-in')).toBe(500);
  });

  it('RFC 3261 §14.1 a refused offer leaves what was agreed', () => {
    expect(after('offer-out', 'answer-in', 'offer-out', 'refused').state).toBe('agreed');
    expect(after('offer-in', 'answer-out', 'offer-in', 'refused').state).toBe('agreed');
    expect(after('offer-out', 'refused').state).toBe('none');
  });
});
