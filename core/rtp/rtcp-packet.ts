import { err, ok, type Result } from '../base/result.ts';
import { readUint32, writeUint32 } from './rtp-packet.ts';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME_ITEM = 1;

/** What one receiver says about one source (RFC 3550 §6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Share lost since the last report, in 256ths. */
  readonly fractionLost: number;
  /** Packets lost since the beginning; may be negative where packets came twice. */
  readonly cumulativeLost: number;
  readonly extendedHighest: number;
  /** In timestamp units of the source. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report from the source; 0 for none. */
  readonly lastSenderReport: number;
  /** Time from its arrival to this report, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** The sender's part of a sender report. */
export interface SenderInfo {
  /** NTP time: seconds since 1900, modulo 2^32, and 2^-32 parts of a second. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

/** One packet of a compound; kinds that we have no use for are left out. */
export type RtcpPacket =
  | {
      readonly kind: 'report';
      readonly ssrc: number;
      /** `undefined` in a receiver report. */
      readonly sender: SenderInfo | undefined;
      readonly blocks: readonly ReportBlock[];
    }
  | { readonly kind: 'description'; readonly ssrc: number; readonly cname: string }
  | { readonly kind: 'goodbye'; readonly ssrcs: readonly number[] };

/** What goes into one compound packet of ours. */
export interface CompoundReport {
  readonly ssrc: number;
  /** Given where we sent RTP since the last report: makes it a sender report (RFC 3550 §6.4). */
  readonly sender: SenderInfo | undefined;
  readonly blocks: readonly ReportBlock[];
  readonly cname: string;
  /** Whether we leave (RFC 3550 §6.6). */
  readonly goodbye: boolean;
}

/**
 * Writes report, CNAME and, where we leave, BYE as one compound packet (RFC 3550 §6.1); its length in octets.
 * `octets` needs 64 and 24 for every block, and the CNAME's length.
 */
export function writeCompound(octets: Uint8Array, report: CompoundReport): number {
  const { ssrc, sender, blocks, cname, goodbye } = report;
  let at = 8;
  if (sender !== undefined) {
    const words = [sender.ntpSeconds, sender.ntpFraction, sender.rtpTimestamp, sender.packetCount, sender.octetCount];
    for (const word of words) at = put(octets, at, word);
  }
  for (const block of blocks) {
    at = put(octets, at, block.ssrc);
    const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, block.cumulativeLost));
    at = put(octets, at, (block.fractionLost << 24) | (lost & 0xff_ffff));
    at = put(octets, at, block.extendedHighest);
    at = put(octets, at, block.jitter);
    at = put(octets, at, block.lastSenderReport);
    at = put(octets, at, block.delaySinceLastSenderReport);
  }
  writeHead(octets, 0, at, blocks.length, sender === undefined ? RECEIVER_REPORT : SENDER_REPORT, ssrc);
  at = writeDescription(octets, at, ssrc, cname);
  if (goodbye) {
    writeHead(octets, at, at + 8, 1, GOODBYE, ssrc);
    at += 8;
  }
  return at;
}

function writeDescription(octets: Uint8Array, start: number, ssrc: number, cname: string): number {
  const name = new TextEncoder().encode(cname).subarray(0, 255);
  let at = start + 8;
  octets[at++] = CNAME_ITEM;
  octets[at++] = name.length;
  octets.set(name, at);
  at += name.length;
  // The list ends with one zero at least, and the chunk on a word.
  do octets[at++] = 0;
  while (at % 4 !== 0);
  writeHead(octets, start, at, 1, SOURCE_DESCRIPTION, ssrc);
  return at;
}

function writeHead(octets: Uint8Array, start: number, end: number, count: number, type: number, ssrc: number): void {
  writeUint32(octets, start, (0x8000_0000 | (count << 24) | (type << 16) | ((end - start) / 4 - 1)) >>> 0);
  writeUint32(octets, start + 4, ssrc);
}

function put(octets: Uint8Array, at: number, value: number): number {
  writeUint32(octets, at, value);
  return at + 4;
}

/**
 * Reads a compound packet, checked as RFC 3550 A.2 says. One that begins with something else than a report is taken,
 * too (RFC 5506); unknown packet types are passed over.
 */
export function parseCompound(octets: Uint8Array, length: number): Result<readonly RtcpPacket[], string> {
  const packets: RtcpPacket[] = [];
  if (length < 4 || length > octets.length) return err('shorter than a header');
  for (let at = 0; at < length;) {
    if (at + 4 > length) return err('ends within a header');
    const head = readUint32(octets, at);
    if (head >>> 30 !== 2) return err('not version 2');
    let end = at + 4 * ((head & 0xffff) + 1);
    const next = end;
    if (end > length) return err('packet longer than its compound');
    if ((head & 0x2000_0000) !== 0) {
      const padding = octets[end - 1] ?? 0;
      if (next !== length || padding === 0 || padding > end - at - 4) return err('broken padding');
      end -= padding;
    }
    const packet = parsePacket(octets, at, end, (head >>> 24) & 0x1f, (head >>> 16) & 0xff);
    if (packet === undefined) return err('packet too short for what it announces');
    packets.push(...packet);
    at = next;
  }
  return ok(packets);
}

/** The packets of interest in one RTCP packet; `undefined` where it is too short. */
function parsePacket(
  octets: Uint8Array,
  start: number,
  end: number,
  count: number,
  type: number,
): readonly RtcpPacket[] | undefined {
  if (type === SENDER_REPORT || type === RECEIVER_REPORT) {
    const first = start + (type === SENDER_REPORT ? 28 : 8);
    if (first + 24 * count > end) return undefined;
    const blocks = Array.from({ length: count }, (_, index) => parseBlock(octets, first + 24 * index));
    const sender = type === SENDER_REPORT ? parseSender(octets, start + 8) : undefined;
    return [{ kind: 'report', ssrc: readUint32(octets, start + 4), sender, blocks }];
  }
  if (type === SOURCE_DESCRIPTION) return parseDescription(octets, start + 4, end, count);
  if (type === GOODBYE) {
    if (start + 4 + 4 * count > end) return undefined;
    return [
      {
        kind: 'goodbye',
        ssrcs: Array.from({ length: count }, (_, index) => readUint32(octets, start + 4 + 4 * index)),
      },
    ];
  }
  return [];
}

function parseSender(octets: Uint8Array, at: number): SenderInfo {
  return {
    ntpSeconds: readUint32(octets, at),
    ntpFraction: readUint32(octets, at + 4),
    rtpTimestamp: readUint32(octets, at + 8),
    packetCount: readUint32(octets, at + 12),
    octetCount: readUint32(octets, at + 16),
  };
}

function parseBlock(octets: Uint8Array, at: number): ReportBlock {
  const loss = readUint32(octets, at + 4);
  return {
    ssrc: readUint32(octets, at),
    fractionLost: loss >>> 24,
    cumulativeLost: (loss << 8) >> 8,
    extendedHighest: readUint32(octets, at + 8),
    jitter: readUint32(octets, at + 12),
    lastSenderReport: readUint32(octets, at + 16),
    delaySinceLastSenderReport: readUint32(octets, at + 20),
  };
}

function parseDescription(
  octets: Uint8Array,
  start: number,
  end: number,
  count: number,
): readonly RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  let at = start;
  for (let chunk = 0; chunk < count; chunk++) {
    if (at + 4 > end) return undefined;
    const ssrc = readUint32(octets, at);
    at += 4;
    for (let type = octets[at] ?? 0; at < end && type !== 0; type = octets[at] ?? 0) {
      const itemEnd = at + 2 + (octets[at + 1] ?? 0);
      if (itemEnd > end) return undefined;
      if (type === CNAME_ITEM) {
        packets.push({ kind: 'description', ssrc, cname: new TextDecoder().decode(octets.subarray(at + 2, itemEnd)) });
      }
      at = itemEnd;
    }
    at = start + Math.ceil((at + 1 - start) / 4) * 4;
  }
  return packets;
}
