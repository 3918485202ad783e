import type { Diagnosis } from '../base/diagnosis.ts';
import type { Random } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import { OfferAnswer, type MediaCapabilities, type NegotiatedStream, type Refusal } from '../sdp/offer-answer.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { MediaPlane, MediaStream } from './media-plane.ts';

const CONTENT_TYPE = 'application/sdp';

/** A session description with its type, as the SIP side carries it. */
interface Body {
  readonly contentType: string;
  readonly content: Uint8Array;
}

/**
 * The sound of one leg of a call: a stream of the media plane, and the offer/answer that steers it. It is the session
 * description handler of its leg.
 */
export class MediaSession {
  readonly stream: MediaStream;
  readonly #offerAnswer: OfferAnswer;
  readonly #tracer: Tracer;
  readonly #call: string;
  readonly #onNegotiated: (negotiated: NegotiatedStream) => void;
  readonly #onRefused: (refusal: Refusal) => void;
  #held = false;

  private constructor(stream: MediaStream, offerAnswer: OfferAnswer, options: MediaSessionOptions) {
    this.stream = stream;
    this.#offerAnswer = offerAnswer;
    this.#tracer = options.tracer;
    this.#call = options.call;
    this.#onNegotiated = options.onNegotiated ?? (() => undefined);
    this.#onRefused = options.onRefused ?? (() => undefined);
  }

  /** Opens the ports. */
  static async open(options: MediaSessionOptions): Promise<Result<MediaSession, Diagnosis>> {
    const { plane, address, portMin, portMax, call } = options;
    const stream = await plane.open({ address, portMin, portMax, call });
    if (!stream.ok) return stream;
    const { port, rtcpPort } = stream.value;
    const offerAnswer = new OfferAnswer({ ...options, local: { address, port, rtcpPort } });
    return ok(new MediaSession(stream.value, offerAnswer, options));
  }

  /** What is in force; `undefined` before the first agreement. */
  get negotiated(): NegotiatedStream | undefined {
    return this.#offerAnswer.negotiated;
  }

  /** Keeps what is agreed from taking effect: before a call is answered, nothing may be sent (RFC 3264 §5.1, RFC 3261 §13.3.1). */
  hold(): void {
    this.#held = true;
  }

  /** Puts what was agreed meanwhile in force. */
  release(): void {
    this.#held = false;
    if (this.negotiated !== undefined) this.stream.configure(this.negotiated.parameters);
  }

  /** Answers with this codec alone where the offer has it, so that a relay need not transcode. */
  preferCodec(name: string): void {
    this.#offerAnswer.preferCodec(name);
  }

  createOffer(): Promise<Result<Body, Refusal>> {
    const offer = this.#offerAnswer.createOffer();
    return Promise.resolve(offer.ok ? ok(this.#body('sdp.offer', offer.value)) : this.#refused(offer));
  }

  receiveAnswer(body: Body): Promise<Result<void, Refusal>> {
    const text = textOf(body);
    const stream = text.ok ? this.#offerAnswer.receiveAnswer(text.value) : text;
    if (!stream.ok) return Promise.resolve(this.#refused(stream));
    this.#settle(stream.value);
    return Promise.resolve(ok(undefined));
  }

  receiveOffer(body: Body): Promise<Result<Body, Refusal>> {
    const text = textOf(body);
    const answered = text.ok ? this.#offerAnswer.receiveOffer(text.value) : text;
    if (!answered.ok) return Promise.resolve(this.#refused(answered));
    this.#settle(answered.value.stream);
    return Promise.resolve(ok(this.#body('sdp.answer', answered.value.answer)));
  }

  #refused<T extends { readonly ok: false; readonly error: Refusal }>(refusal: T): T {
    this.#onRefused(refusal.error);
    return refusal;
  }

  #settle(negotiated: NegotiatedStream): void {
    const { suite, parameters } = negotiated;
    if (!this.#held) this.stream.configure(parameters);
    if (suite !== undefined) this.#tracer.emit('srtp', 5, 'srtp.keyed', { call: this.#call, suite });
    this.#onNegotiated(negotiated);
  }

  #body(kind: 'sdp.offer' | 'sdp.answer', text: string): Body {
    this.#tracer.emit('soa', 5, kind, {
      call: this.#call,
      sdp: text.replace(/(inline:)[A-Za-z0-9+/=]+/g, '$1[secret]'),
    });
    return { contentType: CONTENT_TYPE, content: new TextEncoder().encode(text) };
  }
}

export interface MediaSessionOptions {
  readonly plane: MediaPlane;
  readonly tracer: Tracer;
  readonly random: Random;
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  readonly call: string;
  readonly capabilities: MediaCapabilities;
  /** Whether this leg's signalling runs over TLS. */
  readonly encryptedSignalling: boolean;
  readonly onNegotiated?: (negotiated: NegotiatedStream) => void;
  readonly onRefused?: (refusal: Refusal) => void;
}

function textOf(body: Body): Result<string, Refusal> {
  if (body.contentType === CONTENT_TYPE) return ok(new TextDecoder().decode(body.content));
  const summary = `A body of type ${body.contentType} cannot describe a session.`;
  return {
    ok: false,
    error: {
      status: 415,
      warning: `304 "${CONTENT_TYPE} expected"`,
      diagnosis: {
        code: 'sip.parse',
        side: 'there',
        summary,
        cure: 'Report it to the maker of the other end, with the saved trace.',
        evidence: { contentType: body.contentType },
      },
    },
  };
}
