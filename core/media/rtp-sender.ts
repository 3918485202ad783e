import { randomUint32 } from '../base/random.ts';
import { AUDIO_FRAME_MS, AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../audio/audio-port.ts';
import type { Codec, Encoder } from '../codec/codec.ts';
import { createResampler, type Resampler } from '../codec/resampler.ts';
import { RTP_HEADER_LENGTH, RtpPacket } from '../rtp/rtp-packet.ts';
import type { SrtpKeying, StreamParameters } from '../rtp/stream-parameters.ts';
import { EVENT_UPDATE_MS, TELEPHONE_EVENT_LENGTH, TelephoneEventSender } from '../rtp/telephone-event.ts';
import { SrtpSender } from '../srtp/srtp-sender.ts';
import { SRTP_KEY_EXPIRED, SRTP_MAX_OVERHEAD } from '../srtp/srtp-transform.ts';
import { PacketForwarder } from './packet-forwarder.ts';
import { sameKeying, suiteOf } from './srtp-keys.ts';
import type { StreamHost } from './stream-host.ts';
import type { SymmetricAddress } from './symmetric-address.ts';

/** The largest packet made or passed on: Ethernet's size and the tag. */
const MAX_PACKET = 1500 + SRTP_MAX_OVERHEAD;
/** RFC 4568 §6.4: below 2^15, so that no rollover can be missed in the first packets. */
const FIRST_SEQUENCE_MASK = 0x7fff;
/** A new context begins with a rollover counter of zero, so not this close before a rollover (four minutes). */
const REKEY_SEQUENCE_LIMIT = 0xd000;

/**
 * The sending half of a stream: takes a frame every 10 ms, encodes, packs, protects and sends; or passes on packets of
 * another stream. Owns SSRC, sequence numbers, timestamps and sending keys; both kinds of packets and telephone events
 * share them, so none is ever used twice.
 */
export class RtpSender {
  readonly #host: StreamHost;
  readonly #destination: SymmetricAddress;
  readonly #onExpired: () => void;
  readonly #octets = new Uint8Array(MAX_PACKET);
  readonly #packet = new RtpPacket();
  readonly #forwarder = new PacketForwarder();
  readonly #resampled = new Int16Array(AUDIO_FRAME_SAMPLES);
  /** Sound that waits for the packet to be full, at the codec's rate. */
  #sound = new Int16Array(0);
  #soundLength = 0;
  #codec: Codec | undefined;
  #encoder: Encoder | undefined;
  #resampler: Resampler | undefined;
  #packetSamples = 0;
  #payloadType = 0;
  #events: TelephoneEventSender | undefined;
  #eventPayloadType = 0;
  #sinceEventMs = 0;
  #keying: SrtpKeying | undefined;
  #srtp: SrtpSender | undefined;
  #ssrc: number;
  #sequence: number;
  /** Of the first sample that is not sent yet. */
  #timestamp: number;
  #marker = true;
  #sending = false;
  #packetsSent = 0;
  #octetsSent = 0;

  constructor(host: StreamHost, destination: SymmetricAddress, onExpired: () => void) {
    this.#host = host;
    this.#destination = destination;
    this.#onExpired = onExpired;
    this.#ssrc = randomUint32(host.random);
    this.#sequence = randomUint32(host.random) & FIRST_SEQUENCE_MASK;
    this.#timestamp = randomUint32(host.random);
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  get packetsSent(): number {
    return this.#packetsSent;
  }

  /** Octets of payload, as sender reports count them (RFC 3550 §6.4.1). */
  get octetsSent(): number {
    return this.#octetsSent;
  }

  /** Timestamp of the sound taken last, for a sender report. */
  get timestamp(): number {
    return (this.#timestamp + this.#ticksOf(this.#soundLength)) >>> 0;
  }

  get suite(): string | undefined {
    return this.#keying?.suite;
  }

  /** The share of our packets that the peer misses, for codecs that can do something about it. */
  setLoss(share: number): void {
    this.#encoder?.setLoss(share);
  }

  /** Puts parameters in force; `codec` is the one of `parameters.send`. */
  configure(parameters: StreamParameters, codec: Codec): void {
    this.#sending = parameters.direction === 'sendrecv' || parameters.direction === 'sendonly';
    this.#payloadType = parameters.send.payloadType;
    const packetMs = codec.packetTimeMs(parameters.packetTimeMs);
    const packetSamples = (codec.sampleRate / 1000) * packetMs;
    if (codec !== this.#codec || packetSamples !== this.#packetSamples) this.#useCodec(codec, packetSamples);
    const event = parameters.telephoneEventSend;
    if (event === undefined) this.#events = undefined;
    else if (this.#events?.clockRate !== event.clockRate) this.#events = new TelephoneEventSender(event.clockRate);
    this.#eventPayloadType = event?.payloadType ?? 0;
    this.#rekey(parameters.srtp?.send);
  }

  /** Queues digits; they are dropped where the peer takes no telephone events. */
  sendDigits(digits: string, durationMs: number): void {
    this.#events?.queue(digits, durationMs);
  }

  /** Takes the next 10 ms of sound, and sends what became complete. */
  sendFrame(frame: Int16Array): void {
    if (this.#encoder === undefined || this.#resampler === undefined) return;
    const made = this.#resampler.process(frame, AUDIO_FRAME_SAMPLES, this.#resampled);
    this.#sound.set(this.#resampled.subarray(0, made), this.#soundLength);
    this.#soundLength += made;
    const eventsBusy = this.#sendEvents();
    if (this.#soundLength < this.#packetSamples) return;
    if (this.#sending && !eventsBusy) {
      const room = this.#octets.subarray(0, MAX_PACKET - SRTP_MAX_OVERHEAD);
      const length = this.#encoder.encode(this.#sound, this.#packetSamples, room, RTP_HEADER_LENGTH);
      if (length > 0) this.#sendOwn(this.#payloadType, this.#timestamp, this.#marker, length);
      this.#marker = false;
    } else this.#marker = true;
    this.#advance();
  }

  /** 10 ms pass in which another stream's packets are sent, if any. */
  skipFrame(): void {
    if (this.#codec === undefined) return;
    const samples = (this.#codec.sampleRate / 1000) * AUDIO_FRAME_MS;
    this.#sound.fill(0, this.#soundLength, this.#soundLength + samples);
    this.#soundLength += samples;
    this.#sendEvents();
    if (this.#soundLength >= this.#packetSamples) this.#advance();
    this.#marker = true;
  }

  /**
   * Passes on the payload of a packet that another stream received, whose sequence number is extended to never wrap.
   * `event`: it is a telephone event.
   */
  forward(packet: RtpPacket, extendedSequence: number, event: boolean): void {
    if (!this.#sending || (this.#events?.busy ?? false)) return;
    if (packet.payloadLength > MAX_PACKET - SRTP_MAX_OVERHEAD - RTP_HEADER_LENGTH) return;
    const place = this.#forwarder.place(packet, extendedSequence, this.#sequence, this.timestamp);
    if (place < 0) return;
    const from = packet.payloadOffset;
    for (let index = 0; index < packet.payloadLength; index++) {
      this.#octets[RTP_HEADER_LENGTH + index] = packet.octets[from + index] ?? 0;
    }
    const payloadType = event ? this.#eventPayloadType : this.#payloadType;
    this.#send(payloadType, place, this.#forwarder.timestamp, packet.marker, packet.payloadLength);
    const ahead = (place - this.#sequence) & 0xffff;
    if (ahead < 0x8000) this.#sequence = (place + 1) & 0xffff;
  }

  /** What is forwarded next comes from another source, or after a break. */
  restartForwarding(): void {
    this.#forwarder.restart();
  }

  /** Protects a compound RTCP packet with the keys in force; its length, negative where that failed. */
  protectRtcp(packet: Uint8Array, length: number): number {
    return this.#srtp === undefined ? length : this.#srtp.protectRtcp(packet, length);
  }

  /** Frees the encoder and forgets the keys. */
  close(): void {
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#srtp?.wipe();
    this.#sending = false;
  }

  #useCodec(codec: Codec, packetSamples: number): void {
    // Timestamps of another clock must not be mixed under one SSRC (RFC 7160 §4).
    if (this.#codec !== undefined && this.#codec.clockRate !== codec.clockRate)
      this.#ssrc = randomUint32(this.#host.random);
    this.#encoder?.close();
    this.#codec = codec;
    this.#encoder = codec.createEncoder();
    this.#resampler = createResampler(AUDIO_RATE, codec.sampleRate);
    this.#packetSamples = packetSamples;
    this.#sound = new Int16Array(packetSamples + AUDIO_FRAME_SAMPLES);
    this.#soundLength = 0;
    this.#marker = true;
  }

  #rekey(keying: SrtpKeying | undefined): void {
    if (sameKeying(keying, this.#keying)) return;
    this.#srtp?.wipe();
    this.#keying = keying;
    this.#srtp = keying && new SrtpSender(this.#host.crypto, suiteOf(keying), keying.masterKeyAndSalt.reveal(), keying);
    if (this.#sequence >= REKEY_SEQUENCE_LIMIT) {
      this.#sequence &= FIRST_SEQUENCE_MASK;
      this.#forwarder.restart();
    }
  }

  /** Whether digits are being sent, so that sound is not. */
  #sendEvents(): boolean {
    const events = this.#events;
    if (events === undefined) return false;
    const busy = events.busy;
    this.#sinceEventMs += AUDIO_FRAME_MS;
    if (this.#sinceEventMs >= EVENT_UPDATE_MS) {
      this.#sinceEventMs = 0;
      if (events.step(this.timestamp) && this.#sending) {
        this.#octets.set(events.payload, RTP_HEADER_LENGTH);
        this.#sendOwn(this.#eventPayloadType, events.timestamp, events.marker, TELEPHONE_EVENT_LENGTH);
      }
    }
    return busy;
  }

  #sendOwn(payloadType: number, timestamp: number, marker: boolean, payloadLength: number): void {
    this.#send(payloadType, this.#sequence, timestamp, marker, payloadLength);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#forwarder.restart();
  }

  #send(payloadType: number, sequence: number, timestamp: number, marker: boolean, payloadLength: number): void {
    const packet = this.#packet;
    packet.format(this.#octets, payloadLength);
    packet.payloadType = payloadType;
    packet.marker = marker;
    packet.sequence = sequence;
    packet.timestamp = timestamp;
    packet.ssrc = this.#ssrc;
    let length = RTP_HEADER_LENGTH + payloadLength;
    if (this.#srtp !== undefined) length = this.#srtp.protectRtp(this.#octets, length);
    if (length === SRTP_KEY_EXPIRED) this.#onExpired();
    if (length < 0) return;
    this.#packetsSent++;
    this.#octetsSent += payloadLength;
    this.#host.sendRtp(this.#octets, length, this.#destination.address, this.#destination.port);
  }

  #advance(): void {
    this.#timestamp = (this.#timestamp + this.#ticksOf(this.#packetSamples)) >>> 0;
    this.#soundLength -= this.#packetSamples;
    this.#sound.copyWithin(0, this.#packetSamples);
  }

  #ticksOf(samples: number): number {
    return this.#codec === undefined ? 0 : (samples * this.#codec.clockRate) / this.#codec.sampleRate;
  }
}
