import type { CodecParameters } from '../rtp/stream-parameters.ts';

/** Payload types from here on need a=rtpmap (RFC 3551 §6). */
const FIRST_DYNAMIC = 96;
const LAST = 127;

/** What makes two codecs the same one. */
export function codecKey({ name, clockRate, channels }: CodecParameters): string {
  return `${name.toLowerCase()}/${clockRate}/${channels}`;
}

/** Which payload type stands for which codec in what we announce: within one session that does not change (RFC 3264 §8.3.2). */
export class PayloadTypes {
  readonly #own: readonly CodecParameters[];
  readonly #announced = new Map<string, number>();

  /** `own`: our codecs, whose payload types no other codec is given. */
  constructor(own: readonly CodecParameters[]) {
    this.#own = own;
  }

  /** Notes what an answer of ours announced. */
  note(codecs: readonly CodecParameters[]): void {
    for (const codec of codecs) this.#announced.set(codecKey(codec), codec.payloadType);
  }

  /** The codec with the payload type that it was announced with, else with its own or the next one that is free. */
  numbered(codec: CodecParameters): CodecParameters {
    const key = codecKey(codec);
    let payloadType = this.#announced.get(key);
    if (payloadType === undefined) {
      const taken = new Set(this.#announced.values());
      for (const own of this.#own) if (codecKey(own) !== key) taken.add(own.payloadType);
      payloadType = codec.payloadType;
      while (taken.has(payloadType)) payloadType = payloadType === LAST ? FIRST_DYNAMIC : payloadType + 1;
      this.#announced.set(key, payloadType);
    }
    return { ...codec, payloadType };
  }
}
