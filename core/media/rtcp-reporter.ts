import { middleBits, ntpTime, roundTripMs } from '../rtp/ntp-time.ts';
import { ReportScheduler } from '../rtp/report-scheduler.ts';
import { parseCompound, writeCompound, type ReportBlock, type SenderInfo } from '../rtp/rtcp-packet.ts';
import type { Random } from '../base/random.ts';
import type { RtpReceiver } from './rtp-receiver.ts';
import type { RtpSender } from './rtp-sender.ts';

/** The largest fraction that a report block can hold, in 256ths. */
const ALL_LOST = 255;
/** Packets between two reports of the peer that are enough to expect a word about them. */
const ENOUGH_SENT = 25;

/**
 * The RTCP of one stream (RFC 3550 §6): when to report and what, and what the peer reports about us. It sees compound
 * packets in clear.
 */
export class RtcpReporter {
  readonly #sender: RtpSender;
  readonly #receiver: RtpReceiver;
  readonly #cname: string;
  readonly #wallOffsetMs: number;
  readonly #scheduler: ReportScheduler;
  #packetsReported = 0;
  /** Middle bits of the NTP time in the peer's last sender report, and when it came. */
  #lastSenderReport = 0;
  #lastSenderReportMs = 0;
  #roundTripMs: number | undefined;
  #remoteLoss: number | undefined;
  #deafReports = 0;
  #packetsAtLastReport = 0;
  #goodbye = false;

  constructor(
    sender: RtpSender,
    receiver: RtpReceiver,
    options: { readonly cname: string; readonly wallOffsetMs: number; readonly random: Random },
    nowMs: number,
  ) {
    this.#sender = sender;
    this.#receiver = receiver;
    this.#cname = options.cname;
    this.#wallOffsetMs = options.wallOffsetMs;
    this.#scheduler = new ReportScheduler(options.random, nowMs);
  }

  /** `undefined` before the first report about us that came back. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Share of our packets that the peer lost lately, 0 to 1; `undefined` before its first report. */
  get remoteLoss(): number | undefined {
    return this.#remoteLoss;
  }

  /** Reports of the peer in a row that say that nothing arrives there of what we sent. */
  get deafReports(): number {
    return this.#deafReports;
  }

  /** Whether the peer said BYE. */
  get goodbye(): boolean {
    return this.#goodbye;
  }

  /** Whether a report is to be sent now. */
  takeDue(nowMs: number): boolean {
    return this.#scheduler.takeDue(nowMs);
  }

  /** Writes the next report, with BYE where the stream ends; its length. */
  write(octets: Uint8Array, nowMs: number, goodbye: boolean): number {
    const block = this.#block(nowMs);
    return writeCompound(octets, {
      ssrc: this.#sender.ssrc,
      sender: this.#senderInfo(nowMs),
      blocks: block === undefined ? [] : [block],
      cname: this.#cname,
      goodbye,
    });
  }

  /** Takes a compound packet of the peer; `false` where it was broken. */
  receive(octets: Uint8Array, length: number, nowMs: number): boolean {
    const packets = parseCompound(octets, length);
    if (!packets.ok) return false;
    for (const packet of packets.value) {
      if (packet.kind === 'goodbye') this.#goodbye ||= packet.ssrcs.includes(this.#receiver.ssrc ?? -1);
      if (packet.kind !== 'report') continue;
      if (packet.sender !== undefined) {
        this.#lastSenderReport = middleBits(packet.sender.ntpSeconds, packet.sender.ntpFraction);
        this.#lastSenderReportMs = nowMs;
      }
      const block = packet.blocks.find(({ ssrc }) => ssrc === this.#sender.ssrc);
      if (block !== undefined) this.#learn(block, nowMs);
      this.#countDeaf(block);
    }
    return true;
  }

  /** Counts only reports before which we sent enough that some of it should have been there. */
  #countDeaf(block: ReportBlock | undefined): void {
    const sent = this.#sender.packetsSent - this.#packetsAtLastReport;
    this.#packetsAtLastReport = this.#sender.packetsSent;
    if (block !== undefined && block.fractionLost < ALL_LOST) this.#deafReports = 0;
    else if (sent >= ENOUGH_SENT) this.#deafReports++;
  }

  #learn(block: ReportBlock, nowMs: number): void {
    this.#remoteLoss = block.fractionLost / 256;
    const { ntpSeconds, ntpFraction } = ntpTime(nowMs + this.#wallOffsetMs);
    const now = middleBits(ntpSeconds, ntpFraction);
    this.#roundTripMs = roundTripMs(now, block.lastSenderReport, block.delaySinceLastSenderReport) ?? this.#roundTripMs;
  }

  #senderInfo(nowMs: number): SenderInfo | undefined {
    const { packetsSent, octetsSent, timestamp } = this.#sender;
    const active = packetsSent > this.#packetsReported;
    this.#packetsReported = packetsSent;
    if (!active) return undefined;
    return {
      ...ntpTime(nowMs + this.#wallOffsetMs),
      rtpTimestamp: timestamp,
      packetCount: packetsSent,
      octetCount: octetsSent,
    };
  }

  #block(nowMs: number): ReportBlock | undefined {
    const { ssrc, tracker, jitter } = this.#receiver;
    if (ssrc === undefined) return undefined;
    const known = this.#lastSenderReport !== 0;
    return {
      ssrc,
      fractionLost: tracker.takeFractionLost(),
      cumulativeLost: tracker.lost,
      extendedHighest: tracker.extendedHighest,
      jitter: jitter.timestampUnits,
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: known ? Math.round(((nowMs - this.#lastSenderReportMs) * 65_536) / 1000) : 0,
    };
  }
}
