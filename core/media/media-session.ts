import type { Diagnosis } from '../base/diagnosis.ts';
import type { Random } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import {
  OfferAnswer,
  type LocalMediaAddress,
  type MediaCapabilities,
  type NegotiatedStream,
  type Refusal,
} from '../sdp/offer-answer.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { MediaPlane, MediaStream } from './media-plane.ts';

const CONTENT_TYPE = 'application/sdp';

/** A session description with its type, as the SIP side carries it. */
interface Body {
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** What an offer is to change: the peer put on hold or taken off, fresh keys. */
interface OfferWish {
  readonly held?: boolean;
  readonly rekey?: boolean;
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
  #withheld = false;
  #heldHere = false;
  /** As in the offer that is out; in force with its answer. */
  #holding = false;

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
    const offerAnswer = new OfferAnswer({ ...options, local: localAddress(stream.value) });
    return ok(new MediaSession(stream.value, offerAnswer, options));
  }

  /** What is in force; `undefined` before the first agreement. */
  get negotiated(): NegotiatedStream | undefined {
    return this.#offerAnswer.negotiated;
  }

  /** Keeps what is agreed from taking effect: before a call is answered, nothing may be sent (RFC 3264 §5.1, RFC 3261 §13.3.1). */
  withhold(): void {
    this.#withheld = true;
  }

  /** Puts what was agreed meanwhile in force. */
  release(): void {
    this.#withheld = false;
    if (this.negotiated !== undefined) this.#configure(this.negotiated);
  }

  /** Who holds the call (RFC 3264 §8.4): the peer does where we may not send. */
  get holdState(): { readonly here: boolean; readonly there: boolean } {
    const direction = this.negotiated?.parameters.direction ?? 'sendrecv';
    return { here: this.#heldHere, there: direction === 'recvonly' || direction === 'inactive' };
  }

  /** Takes the sound to another address of this machine; an offer then has to tell the peer. */
  async moveTo(address: string): Promise<Result<void, Diagnosis>> {
    const moved = await this.stream.moveTo(address);
    if (moved.ok) this.#offerAnswer.moveTo(localAddress(this.stream));
    return moved;
  }

  /** Answers with the codec of `other` alone where the offer has it, so that a relay between the two need not transcode. */
  preferCodecOf(other: MediaSession): void {
    const codec = other.negotiated?.parameters.send.name;
    if (codec !== undefined) this.#offerAnswer.preferCodec(codec);
  }

  createOffer({ held = this.#heldHere, rekey = false }: OfferWish = {}): Promise<Result<Body, Refusal>> {
    this.#holding = held;
    const offer = this.#offerAnswer.createOffer(held ? 'sendonly' : 'sendrecv', rekey);
    return Promise.resolve(offer.ok ? ok(this.#body('sdp.offer', offer.value)) : this.#refused(offer));
  }

  receiveAnswer(body: Body): Promise<Result<void, Refusal>> {
    const text = textOf(body);
    const stream = text.ok ? this.#offerAnswer.receiveAnswer(text.value) : text;
    if (!stream.ok) return Promise.resolve(this.#refused(stream));
    this.#heldHere = this.#holding;
    this.#settle(stream.value);
    return Promise.resolve(ok(undefined));
  }

  withdrawOffer(): void {
    this.#holding = this.#heldHere;
    this.#offerAnswer.withdrawOffer();
  }

  refuseOffer(body: Body): Body | undefined {
    const text = textOf(body);
    const answer = text.ok ? this.#offerAnswer.refuseOffer(text.value) : undefined;
    return answer === undefined ? undefined : this.#body('sdp.answer', answer);
  }

  receiveOffer(body: Body): Promise<Result<Body, Refusal>> {
    const text = textOf(body);
    const answered = text.ok
      ? this.#offerAnswer.receiveOffer(text.value, this.#heldHere ? 'sendonly' : 'sendrecv')
      : text;
    if (!answered.ok) return Promise.resolve(this.#refused(answered));
    this.#settle(answered.value.stream);
    return Promise.resolve(ok(this.#body('sdp.answer', answered.value.answer)));
  }

  #refused<T extends { readonly ok: false; readonly error: Refusal }>(refusal: T): T {
    this.#onRefused(refusal.error);
    return refusal;
  }

  #settle(negotiated: NegotiatedStream): void {
    const { suite } = negotiated;
    if (!this.#withheld) this.#configure(negotiated);
    if (suite !== undefined) this.#tracer.emit('srtp', 5, 'srtp.keyed', { call: this.#call, suite });
    this.#onNegotiated(negotiated);
  }

  /** While we hold, nothing is sent, although the peer would take it: there is no music here. */
  #configure({ parameters }: NegotiatedStream): void {
    this.stream.configure(this.#heldHere ? { ...parameters, direction: 'inactive' } : parameters);
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

function localAddress({ address, port, rtcpPort }: MediaStream): LocalMediaAddress {
  return { address, port, rtcpPort };
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
