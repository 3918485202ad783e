import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../audio/audio-port.ts';
import { MAX_PACKET_MS, type Codec, type Decoder } from '../codec/codec.ts';
import { createResampler, type Resampler } from '../codec/resampler.ts';
import { JitterBuffer } from '../jitter/jitter-buffer.ts';
import { InterarrivalJitter } from '../rtp/interarrival-jitter.ts';
import type { RtpPacket } from '../rtp/rtp-packet.ts';
import { SequenceTracker } from '../rtp/sequence-tracker.ts';
import type { CodecParameters } from '../rtp/stream-parameters.ts';
import { TelephoneEventReceiver, type ReceivedDigit } from '../rtp/telephone-event.ts';
import { SampleQueue } from './sample-queue.ts';

const MAX_SAMPLES = (AUDIO_RATE * MAX_PACKET_MS) / 1000;

/** What a payload type stands for. */
type Format =
  | { readonly kind: 'sound'; readonly parameters: CodecParameters; readonly codec: Codec }
  | { readonly kind: 'event'; readonly parameters: CodecParameters; readonly events: TelephoneEventReceiver };

/** The decoder of one codec, and the way from its rate to ours. */
interface Decoding {
  readonly codec: Codec;
  readonly decoder: Decoder;
  readonly resampler: Resampler;
}

/**
 * The receiving half of a stream, behind SRTP: counts, sorts, decodes. {@link receive} takes packets as they come,
 * {@link readFrame} gives 10 ms of sound whenever asked.
 */
export class RtpReceiver {
  readonly tracker = new SequenceTracker();
  readonly #formats = new Map<number, Format>();
  #jitter = new InterarrivalJitter(8000);
  #clockRate = 0;
  #buffer = new JitterBuffer(8000);
  #decoding: Decoding | undefined;
  readonly #queue = new SampleQueue(2 * MAX_SAMPLES);
  readonly #decoded = new Int16Array(MAX_SAMPLES);
  readonly #resampled = new Int16Array(MAX_SAMPLES);
  #ssrc: number | undefined;
  #octetsReceived = 0;
  #codecName = '';
  #extended = -1;
  #format: Format | undefined;
  /** Counts of buffers before this one. */
  #lateBefore = 0;
  #concealedBefore = 0;

  /** SSRC of the source; `undefined` before its first packet. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  get octetsReceived(): number {
    return this.#octetsReceived;
  }

  /** Name of the codec received last; empty before the first packet. */
  get codecName(): string {
    return this.#codecName;
  }

  get jitter(): InterarrivalJitter {
    return this.#jitter;
  }

  get packetsLate(): number {
    return this.#lateBefore + this.#buffer.late;
  }

  get concealedMs(): number {
    return this.#concealedBefore + this.#buffer.concealedMs;
  }

  get bufferDelayMs(): number {
    return this.#buffer.delayMs;
  }

  /** The extended sequence number of the packet taken last. */
  get extendedSequence(): number {
    return this.#extended;
  }

  /** What the packet taken last was; `undefined` for a payload type that was not agreed on. */
  get format(): Format | undefined {
    return this.#format;
  }

  /** Says what payload types mean; decoders of codecs that stay go on. */
  configure(parameters: readonly CodecParameters[], codecOf: (parameters: CodecParameters) => Codec | undefined): void {
    const before = new Map(this.#formats);
    this.#formats.clear();
    for (const one of parameters) {
      if (one.name.toLowerCase() === 'telephone-event') {
        const old = before.get(one.payloadType);
        const events =
          old?.kind === 'event' && old.parameters.clockRate === one.clockRate
            ? old.events
            : new TelephoneEventReceiver(one.clockRate);
        this.#formats.set(one.payloadType, { kind: 'event', parameters: one, events });
      } else {
        const codec = codecOf(one);
        if (codec !== undefined) this.#formats.set(one.payloadType, { kind: 'sound', parameters: one, codec });
      }
    }
  }

  /**
   * Counts a packet; `false` where it came twice or makes no sense, and must be dropped. {@link format} and
   * {@link extendedSequence} then say what it is.
   */
  receive(packet: RtpPacket, nowMs: number): boolean {
    if (packet.ssrc !== this.#ssrc) this.#beginSource(packet.ssrc);
    const extended = this.tracker.update(packet.sequence);
    if (extended < 0) return false;
    this.#extended = extended;
    this.#octetsReceived += packet.payloadLength;
    this.#format = this.#formats.get(packet.payloadType);
    if (this.#format?.kind === 'sound') {
      this.#codecName = this.#format.codec.name;
      this.#useClock(this.#format.codec.clockRate);
      this.#jitter.update(packet.timestamp, nowMs);
    }
    return true;
  }

  /** Queues the packet just received to be played. */
  queue(packet: RtpPacket, nowMs: number): void {
    const format = this.#format;
    if (format?.kind !== 'sound') {
      this.#buffer.putSilent(this.#extended);
      return;
    }
    const { codec } = format;
    const samples = codec.samplesIn(packet.octets, packet.payloadOffset, packet.payloadLength);
    const ticks = (samples * codec.clockRate) / codec.sampleRate;
    if (ticks < 1 || samples > (codec.sampleRate / 1000) * MAX_PACKET_MS) this.#buffer.putSilent(this.#extended);
    else {
      this.#buffer.put(
        this.#extended,
        packet.timestamp,
        ticks,
        packet.payloadType,
        packet.octets,
        packet.payloadOffset,
        packet.payloadLength,
        nowMs,
      );
    }
  }

  /** Takes the telephone event just received; the digit that ended, if one did. */
  takeEvent(packet: RtpPacket, nowMs: number): ReceivedDigit | undefined {
    if (this.#format?.kind !== 'event') return undefined;
    const { octets, payloadOffset, payloadLength } = packet;
    return this.#format.events.receive(packet.timestamp, octets, payloadOffset, payloadLength, nowMs);
  }

  /** The digit whose end was lost, if there is one. */
  expireEvent(nowMs: number): ReceivedDigit | undefined {
    for (const format of this.#formats.values()) {
      const digit = format.kind === 'event' ? format.events.expire(nowMs) : undefined;
      if (digit !== undefined) return digit;
    }
    return undefined;
  }

  /** Fills the next 10 ms; `false`, and silence, where nothing is to be played. */
  readFrame(frame: Int16Array, nowMs: number): boolean {
    while (this.#queue.length < AUDIO_FRAME_SAMPLES) {
      const action = this.#buffer.get(nowMs);
      if (action === 'wait') break;
      const made = action === 'packet' ? this.#decode() : this.#conceal();
      // A broken packet gives nothing, and the one behind it may not be there yet.
      if (made <= 0) break;
    }
    return this.#queue.shift(frame);
  }

  /** Sound that was not played yet is not to be played any more. */
  flush(): void {
    this.#buffer.reset();
    this.#queue.clear();
  }

  /** Frees the decoder. */
  close(): void {
    this.#decoding?.decoder.close();
    this.#decoding = undefined;
  }

  #beginSource(ssrc: number): void {
    if (this.#ssrc !== undefined) {
      this.tracker.restart();
      this.#buffer.reset();
      for (const format of this.#formats.values()) if (format.kind === 'event') format.events.restart();
      if (this.#clockRate > 0) this.#jitter = new InterarrivalJitter(this.#clockRate);
    }
    this.#ssrc = ssrc;
  }

  #useClock(clockRate: number): void {
    if (clockRate === this.#clockRate) return;
    this.#lateBefore += this.#buffer.late;
    this.#concealedBefore += this.#buffer.concealedMs;
    this.#clockRate = clockRate;
    this.#buffer = new JitterBuffer(clockRate);
    this.#jitter = new InterarrivalJitter(clockRate);
  }

  #decode(): number {
    const packet = this.#buffer.packet;
    const format = packet && this.#formats.get(packet.payloadType);
    if (packet === undefined || format?.kind !== 'sound') return -1;
    const { decoder } = this.#decodingOf(format.codec);
    const samples = decoder.decode(packet.payload, 0, packet.length, this.#decoded);
    return this.#enqueue(samples);
  }

  #conceal(): number {
    const decoding = this.#decoding;
    if (decoding === undefined) return -1;
    const { codec, decoder } = decoding;
    const samples = Math.min(MAX_SAMPLES, (this.#buffer.concealTicks * codec.sampleRate) / codec.clockRate);
    const next = this.#buffer.recovery;
    return this.#enqueue(
      next === undefined
        ? decoder.conceal(samples, this.#decoded)
        : decoder.recover(next.payload, 0, next.length, samples, this.#decoded),
    );
  }

  #enqueue(samples: number): number {
    if (samples <= 0 || this.#decoding === undefined) return samples;
    const made = this.#decoding.resampler.process(this.#decoded, samples, this.#resampled);
    this.#queue.push(this.#resampled, made);
    return made;
  }

  #decodingOf(codec: Codec): Decoding {
    if (this.#decoding?.codec !== codec) {
      this.#decoding?.decoder.close();
      const resampler = createResampler(codec.sampleRate, AUDIO_RATE);
      this.#decoding = { codec, decoder: codec.createDecoder(), resampler };
    }
    return this.#decoding;
  }
}
