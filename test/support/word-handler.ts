import { err, ok, type Result } from '../../core/base/result.ts';
import type {
  Body,
  BodyRefusal,
  HoldState,
  OfferWish,
  SessionDescriptionHandler,
} from '../../core/sip/ua/session-description-handler.ts';

const REFUSAL: BodyRefusal = {
  status: 488,
  warning: '305 "these words mean nothing here"',
  diagnosis: { code: 'sip.no-common-codec', side: 'there', summary: 'words', cure: '', evidence: {} },
};

/** A body of words. */
export function words(text: string): Body {
  return { contentType: 'application/sdp', content: new TextEncoder().encode(text) };
}

/**
 * Offers and answers that are only words: enough for the SIP side, which never looks inside. `held` in an offer holds the
 * other side, `nonsense` is refused.
 */
export class WordHandler implements SessionDescriptionHandler {
  /** What was taken, in order: `offered offer`, `answered answer`; `withdrew` where an offer of ours came to nothing. */
  readonly heard: string[];
  #holds = { here: false, there: false };
  #holding = false;
  #agreed = '';

  constructor(heard: string[] = []) {
    this.heard = heard;
  }

  get holdState(): HoldState {
    return this.#holds;
  }

  /** The words of the last answer that was given or taken. */
  get agreed(): string {
    return this.#agreed;
  }

  createOffer({ held = this.#holds.here, rekey = false }: OfferWish = {}): Promise<Result<Body, BodyRefusal>> {
    this.#holding = held;
    return Promise.resolve(ok(words(`offer${held ? ' held' : ''}${rekey ? ' rekeyed' : ''}`)));
  }

  receiveAnswer(body: Body): Promise<Result<void, BodyRefusal>> {
    const answer = this.#hear('answered', body);
    if (answer === 'nonsense') return Promise.resolve(err(REFUSAL));
    this.#holds = { ...this.#holds, here: this.#holding };
    this.#agreed = answer;
    return Promise.resolve(ok(undefined));
  }

  receiveOffer(body: Body): Promise<Result<Body, BodyRefusal>> {
    const offer = this.#hear('offered', body);
    if (offer === 'nonsense') return Promise.resolve(err(REFUSAL));
    const held = offer.includes('held');
    this.#holds = { ...this.#holds, there: held };
    this.#agreed = held ? 'answer held' : 'answer';
    return Promise.resolve(ok(words(this.#agreed)));
  }

  withdrawOffer(): void {
    this.heard.push('withdrew');
    this.#holding = this.#holds.here;
  }

  refuseOffer(): Body {
    return words('none');
  }

  #hear(what: string, { content }: Body): string {
    const text = new TextDecoder().decode(content);
    this.heard.push(`${what} ${text}`);
    return text;
  }
}
