import { AUDIO_FRAME_SAMPLES } from '../audio/audio-port.ts';
import type { Codec } from '../codec/codec.ts';
import { createCodec } from '../codec/create-codec.ts';
import { estimateMos } from '../rtp/mos.ts';
import { isRtcp, RtpPacket } from '../rtp/rtp-packet.ts';
import type { CodecParameters, StreamParameters } from '../rtp/stream-parameters.ts';
import { SRTP_MAX_OVERHEAD } from '../srtp/srtp-transform.ts';
import { ConferenceMember, type ConferenceRoom } from './conference-room.ts';
import { DelayLine } from './delay-line.ts';
import { LevelMeter } from './level-meter.ts';
import type { ConferenceSeat, StreamStatistics } from './media-plane.ts';
import { PathWatch } from './path-watch.ts';
import { RtcpReporter } from './rtcp-reporter.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { RtpSender } from './rtp-sender.ts';
import { SampleQueue } from './sample-queue.ts';
import { SrtpGuard } from './srtp-guard.ts';
import { authenticationFailed, keyExpired, nothingReceived, replayed } from './stream-diagnoses.ts';
import type { EngineSource, FrameSink, FrameSource, StreamHost, StreamTap } from './stream-host.ts';
import { SymmetricAddress } from './symmetric-address.ts';
import { toneSource } from './tone-generator.ts';

const SILENCE_DIAGNOSIS_MS = 5000;
const DEFAULT_DIGIT_MS = 100;
/** Sound between transcoding streams that is kept at most: three frames. */
const BRIDGE_SAMPLES = 3 * AUDIO_FRAME_SAMPLES;
const RTCP_ROOM = 1024;

/**
 * One RTP stream, sans IO: datagrams and time go in, datagrams and events come out through its host. It owns all state
 * that must not be lost or doubled: SSRC, sequence numbers, keys and rollover counters, decoder, jitter buffer.
 *
 * {@link tick} is one 10 ms frame of the sound's time; a host that was late calls it as often as it missed. Packets
 * handed in are changed in place and must not be used afterwards.
 */
export class StreamEngine {
  readonly #host: StreamHost;
  readonly #rtpAddress = new SymmetricAddress();
  readonly #rtcpAddress = new SymmetricAddress();
  readonly #guard: SrtpGuard;
  readonly #sender: RtpSender;
  readonly #receiver = new RtpReceiver();
  readonly #reporter: RtcpReporter;
  readonly #pathWatch: PathWatch;
  readonly #packet = new RtpPacket();
  readonly #rtcp = new Uint8Array(RTCP_ROOM + SRTP_MAX_OVERHEAD);
  readonly #received = new Int16Array(AUDIO_FRAME_SAMPLES);
  readonly #sent = new Int16Array(AUDIO_FRAME_SAMPLES);
  readonly #levelSent = new LevelMeter();
  readonly #levelReceived = new LevelMeter();
  readonly #codecs = new Map<string, Codec>();
  #parameters: StreamParameters | undefined;
  #configuredMs = 0;
  #heard = false;
  #silenceTold = false;
  #source: FrameSource = silence;
  #sourceEnded = false;
  /** Keeps what is to come back. */
  #echo: DelayLine | 'at once' | undefined;
  #member: ConferenceMember | undefined;
  #sink: FrameSink | undefined;
  #tap: StreamTap | undefined;
  readonly #notice = new Int16Array(AUDIO_FRAME_SAMPLES);
  #muted = false;
  #peer: StreamEngine | undefined;
  /** Decoded sound of the peer, where it cannot be passed on as it is. */
  readonly #bridged = new SampleQueue(BRIDGE_SAMPLES);
  /** Whether what is received now is passed on to the peer undecoded. */
  #passing = false;
  /** Whether its telephone events are, too; if not, their digits are sent anew. */
  #passingEvents = false;
  #closed = false;

  constructor(host: StreamHost, nowMs: number) {
    this.#host = host;
    this.#guard = new SrtpGuard(host.crypto, (alarm, failures) => {
      const diagnose = alarm === 'replayed' ? replayed : authenticationFailed;
      host.emit({ kind: 'diagnosis', diagnosis: diagnose(failures, this.#evidence()) });
    });
    let expiryTold = false;
    this.#sender = new RtpSender(host, this.#rtpAddress, () => {
      if (!expiryTold) host.emit({ kind: 'diagnosis', diagnosis: keyExpired(this.#evidence()) });
      expiryTold = true;
    });
    this.#reporter = new RtcpReporter(this.#sender, this.#receiver, host, nowMs);
    this.#pathWatch = new PathWatch(host.emit, nowMs);
  }

  /** Puts what offer and answer settled in force; again after a re-INVITE. Keys that stay the same go on. */
  configure(parameters: StreamParameters, nowMs: number): void {
    if (this.#closed) return;
    const codec = this.#codecOf(parameters.send);
    if (codec === undefined) throw new RangeError(`no codec ${parameters.send.name}/${parameters.send.clockRate}`);
    this.#parameters = parameters;
    this.#configuredMs = nowMs;
    this.#silenceTold = false;
    this.#rtpAddress.signal(parameters.remoteAddress, parameters.remotePort);
    this.#rtcpAddress.signal(parameters.remoteAddress, parameters.remoteRtcpPort);
    this.#guard.rekey(parameters.srtp?.receive);
    this.#sender.configure(parameters, codec);
    this.#receiver.configure(parameters.receive, (one) => this.#codecOf(one));
    this.#peer?.restartForwarding();
  }

  /** Chooses where the stream's sound comes from while it is not bridged. */
  setSource(source: EngineSource): void {
    this.#echo = undefined;
    this.#sourceEnded = false;
    this.#source = silence;
    if (source.kind === 'frames') this.#source = source.pull;
    else if (source.kind === 'tones') this.#source = toneSource(source.steps, source.loop);
    else if (source.kind === 'echo') {
      const { delayMs = 0 } = source;
      this.#echo = delayMs === 0 ? 'at once' : new DelayLine(delayMs);
    }
  }

  /** Chooses who hears the stream, beside the level meter; `undefined` for nobody. */
  setSink(sink: FrameSink | undefined): void {
    this.#sink = sink;
  }

  /** Lets somebody take what is said both ways, as long as the stream is not passed on undecoded. */
  setTap(tap: StreamTap | undefined): void {
    this.#tap = tap;
  }

  /** Muted, the stream sends silence, whatever its source; others of its conference are heard all the same. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
  }

  /** Queues digits `0-9*#A-D` as telephone events; without effect where the peer takes none. */
  sendDtmf(digits: string, durationMs: number = DEFAULT_DIGIT_MS): void {
    this.#sender.sendDigits(digits, durationMs);
  }

  /** Joins two streams both ways, each parted from what it was joined to before; `null` parts this one. */
  bridge(other: StreamEngine | null): void {
    if (other === this) return;
    this.#leaveConference();
    if (other === this.#peer) return;
    this.#part();
    if (other === null) return;
    other.#leaveConference();
    other.#part();
    this.#peer = other;
    other.#peer = this;
  }

  /** Takes a seat in a conference, or another one, which parts the stream from its peer; without a room it leaves. */
  confer(room: ConferenceRoom | undefined, seat: ConferenceSeat | null): void {
    this.#part();
    if (this.#member !== undefined && room === this.#member.room && seat !== null) {
      this.#member.take(seat);
      return;
    }
    this.#leaveConference();
    if (room !== undefined && seat !== null && !this.#closed) this.#member = new ConferenceMember(room, seat);
  }

  /** The next packet that the other stream passes on begins a new stretch. */
  restartForwarding(): void {
    this.#sender.restartForwarding();
  }

  /** Takes what came in at the RTP port from `address`, which may be RTCP, too (RFC 5761). */
  receiveRtp(octets: Uint8Array, length: number, nowMs: number, address: string, port: number): void {
    if (this.#parameters === undefined || this.#closed) return;
    if (isRtcp(octets, length)) {
      this.receiveRtcp(octets, length, nowMs, address, port);
      return;
    }
    const plainLength = this.#guard.unprotectRtp(octets, length);
    if (plainLength < 0 || !this.#packet.attach(octets, plainLength)) return;
    if (this.#guard.active) this.#rtpAddress.acceptAuthenticated(address, port, nowMs);
    else if (!this.#rtpAddress.acceptPlain(address, port, nowMs)) return;
    if (!this.#receiver.receive(this.#packet, nowMs)) return;
    if (!this.#heard) {
      this.#heard = true;
      this.#host.emit({ kind: 'first-packet', delayMs: nowMs - this.#configuredMs });
    }
    if (this.#mayReceive()) this.#deliver(nowMs);
  }

  /** Takes what came in at the RTCP port. */
  receiveRtcp(octets: Uint8Array, length: number, nowMs: number, address: string, port: number): void {
    if (this.#parameters === undefined || this.#closed) return;
    const plainLength = this.#guard.unprotectRtcp(octets, length);
    if (plainLength < 0) return;
    if (this.#guard.active) this.#rtcpAddress.acceptAuthenticated(address, port, nowMs);
    else if (!this.#rtcpAddress.acceptPlain(address, port, nowMs)) return;
    if (!this.#reporter.receive(octets, plainLength, nowMs)) return;
    if (this.#reporter.remoteLoss !== undefined) this.#sender.setLoss(this.#reporter.remoteLoss);
  }

  /** One frame of 10 ms: plays what was received, sends what is due. */
  tick(nowMs: number): void {
    if (this.#parameters === undefined || this.#closed) return;
    const ended = this.#receiver.expireEvent(nowMs);
    if (ended !== undefined) this.#tellDigit(ended.digit, ended.durationMs);
    this.#playReceived(nowMs);
    this.#sendNext();
    if (this.#reporter.takeDue(nowMs)) this.#sendReport(nowMs, false);
    this.#watch(nowMs);
  }

  /** The figures of now. */
  statistics(): StreamStatistics {
    const { tracker } = this.#receiver;
    const { roundTripMs, remoteLoss } = this.#reporter;
    return {
      packetsSent: this.#sender.packetsSent,
      packetsReceived: tracker.received,
      packetsLost: tracker.lost,
      packetsLate: this.#receiver.packetsLate,
      octetsSent: this.#sender.octetsSent,
      octetsReceived: this.#receiver.octetsReceived,
      authFailures: this.#guard.authFailures,
      replayed: this.#guard.active ? this.#guard.replayed : tracker.duplicates,
      jitterMs: this.#receiver.jitter.milliseconds,
      bufferDelayMs: this.#receiver.bufferDelayMs,
      concealedMs: this.#receiver.concealedMs,
      roundTripMs,
      remoteLoss,
      mos: this.#mos(),
      levelSent: this.#levelSent.level,
      levelReceived: this.#levelReceived.level,
      codec: this.#parameters?.send.name ?? '',
      suite: this.#parameters?.srtp?.send.suite,
    };
  }

  /** Sends RTCP BYE, parts the stream, forgets the keys; the last figures. Nothing has an effect afterwards. */
  close(nowMs: number): StreamStatistics {
    const statistics = this.statistics();
    if (this.#closed) return statistics;
    if (this.#parameters !== undefined) this.#sendReport(nowMs, true);
    this.#part();
    this.#leaveConference();
    this.#closed = true;
    this.#sender.close();
    this.#receiver.close();
    this.#guard.wipe();
    return statistics;
  }

  /** What the packet just received is for: the jitter buffer, the peer, or a digit. */
  #deliver(nowMs: number): void {
    const { format } = this.#receiver;
    const passed = this.#pass(format?.kind === 'sound' ? format.parameters : undefined);
    if (format?.kind === 'event') {
      const digit = this.#receiver.takeEvent(this.#packet, nowMs);
      if (digit !== undefined) this.#tellDigit(digit.digit, digit.durationMs);
    }
    if (!passed || this.#sink !== undefined) this.#receiver.queue(this.#packet, nowMs);
  }

  /** Hands the packet just received to the peer undecoded, where it can be; whether that was so. */
  #pass(sound: CodecParameters | undefined): boolean {
    const peer = this.#peer;
    if (peer === undefined || peer.#muted) return this.#setPassing(false);
    const wanted = peer.#parameters;
    if (wanted === undefined) return this.#setPassing(false);
    const { extendedSequence, format } = this.#receiver;
    if (sound !== undefined) {
      const same = sameCodec(sound, wanted.send) && wanted.packetTimeMs === this.#parameters?.packetTimeMs;
      if (this.#setPassing(same)) peer.#sender.forward(this.#packet, extendedSequence, false);
    } else if (format?.kind === 'event') {
      this.#passingEvents = this.#passing && wanted.telephoneEventSend?.clockRate === format.parameters.clockRate;
      if (this.#passingEvents) peer.#sender.forward(this.#packet, extendedSequence, true);
    }
    return this.#passing;
  }

  #setPassing(passing: boolean): boolean {
    if (passing !== this.#passing) {
      this.#passing = passing;
      this.#peer?.restartForwarding();
      if (passing) this.#receiver.flush();
    }
    return passing;
  }

  #tellDigit(digit: string, durationMs: number): void {
    this.#host.emit({ kind: 'dtmf', digit, durationMs });
    if (!this.#passingEvents) this.#peer?.sendDtmf(digit, durationMs);
  }

  #playReceived(nowMs: number): void {
    const frame = this.#received;
    if (this.#passing && this.#sink === undefined) frame.fill(0);
    else this.#receiver.readFrame(frame, nowMs);
    this.#levelReceived.add(frame);
    if (!this.#mayReceive()) return;
    this.#member?.say(frame);
    this.#sink?.(frame);
    const peer = this.#peer;
    if (peer !== undefined && !this.#passing) peer.#bridged.push(frame, frame.length);
  }

  #sendNext(): void {
    const frame = this.#sent;
    const peer = this.#peer;
    if (peer !== undefined && peer.#passing) {
      frame.fill(0);
      this.#levelSent.add(frame);
      this.#sender.skipFrame();
      return;
    }
    if (peer !== undefined) this.#bridged.shift(frame);
    else this.#pullSource(frame);
    if (this.#muted) frame.fill(0);
    this.#member?.hear(frame);
    if (this.#tap !== undefined) this.#tell(this.#tap, frame);
    this.#levelSent.add(frame);
    this.#sender.sendFrame(frame);
  }

  /** The tone that says so is for the other side, and so is not kept. */
  #tell(tap: StreamTap, frame: Int16Array): void {
    tap.take(this.#received, frame);
    tap.notice(this.#notice);
    for (let index = 0; index < frame.length; index++)
      frame[index] = Math.max(-32_768, Math.min(32_767, (frame[index] ?? 0) + (this.#notice[index] ?? 0)));
  }

  #pullSource(frame: Int16Array): void {
    if (this.#echo === 'at once') frame.set(this.#received);
    else if (this.#echo !== undefined) this.#echo.pass(this.#received, frame);
    else if (this.#sourceEnded) frame.fill(0);
    else if (!this.#source(frame)) {
      this.#sourceEnded = true;
      frame.fill(0);
      this.#host.emit({ kind: 'source-ended' });
    }
  }

  #sendReport(nowMs: number, goodbye: boolean): void {
    const length = this.#sender.protectRtcp(this.#rtcp, this.#reporter.write(this.#rtcp, nowMs, goodbye));
    if (length > 0) this.#host.sendRtcp(this.#rtcp, length, this.#rtcpAddress.address, this.#rtcpAddress.port);
  }

  #watch(nowMs: number): void {
    const { received, lost } = this.#receiver.tracker;
    const { deafReports } = this.#reporter;
    this.#pathWatch.look({ received, lost, deafReports, sending: this.#maySend() }, nowMs, () => this.#evidence());
    this.#watchSilence(nowMs);
  }

  /** Tells once that nothing comes although something should; what fails authentication is told of elsewhere. */
  #watchSilence(nowMs: number): void {
    if (this.#silenceTold || this.#heard || !this.#mayReceive()) return;
    if (nowMs - this.#configuredMs < SILENCE_DIAGNOSIS_MS || this.#guard.authFailures > 0) return;
    this.#silenceTold = true;
    const diagnosis = nothingReceived(SILENCE_DIAGNOSIS_MS / 1000, this.#evidence());
    this.#host.emit({ kind: 'diagnosis', diagnosis });
  }

  #mayReceive(): boolean {
    const direction = this.#parameters?.direction;
    return direction === 'sendrecv' || direction === 'recvonly';
  }

  #maySend(): boolean {
    const direction = this.#parameters?.direction;
    return direction === 'sendrecv' || direction === 'sendonly';
  }

  #mos(): number | undefined {
    const { tracker, codecName, packetsLate, bufferDelayMs } = this.#receiver;
    if (codecName === '') return undefined;
    const missing = tracker.lost + packetsLate;
    const oneWayMs = (this.#reporter.roundTripMs ?? 0) / 2 + bufferDelayMs + (this.#parameters?.packetTimeMs ?? 0);
    return estimateMos(codecName, missing / (tracker.received + tracker.lost), oneWayMs);
  }

  #evidence(): Record<string, string | number> {
    return {
      remoteAddress: this.#rtpAddress.address,
      remotePort: this.#rtpAddress.port,
      packetsSent: this.#sender.packetsSent,
      packetsReceived: this.#receiver.tracker.received,
      authFailures: this.#guard.authFailures,
      suite: this.#guard.suite ?? 'none',
    };
  }

  /** One object for each codec, so that a re-INVITE that changes nothing leaves encoder and decoder alone. */
  #codecOf(parameters: CodecParameters): Codec | undefined {
    const key = `${parameters.name}/${parameters.clockRate}/${parameters.format ?? ''}`;
    const known = this.#codecs.get(key) ?? createCodec(parameters, this.#host.opus);
    if (known !== undefined) this.#codecs.set(key, known);
    return known;
  }

  #leaveConference(): void {
    this.#member?.leave();
    this.#member = undefined;
  }

  #part(): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    for (const one of [this, peer]) {
      one.#peer = undefined;
      one.#passing = false;
      one.#passingEvents = false;
      one.#bridged.clear();
      one.restartForwarding();
    }
  }
}

/** Whether payloads of the one are payloads of the other. Opus tells its channels in every packet. */
function sameCodec(one: CodecParameters, other: CodecParameters): boolean {
  return one.name.toLowerCase() === other.name.toLowerCase() && one.clockRate === other.clockRate;
}

function silence(frame: Int16Array): boolean {
  frame.fill(0);
  return true;
}
