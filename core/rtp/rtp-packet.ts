/** Length of the fixed header (RFC 3550 §5.1), octets. */
export const RTP_HEADER_LENGTH = 12;

/**
 * Length of the header of an RTP packet with its CSRC list and extension, in octets; -1 where the octets are no RTP
 * packet of version 2 or end too early. It does not look at the padding, which SRTP encrypts.
 */
export function rtpHeaderLength(packet: Uint8Array, length: number): number {
  if (length < RTP_HEADER_LENGTH || length > packet.length) return -1;
  const first = packet[0] ?? 0;
  if (first >> 6 !== 2) return -1;
  let end = RTP_HEADER_LENGTH + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (end + 4 > length) return -1;
    end += 4 + 4 * (((packet[end + 2] ?? 0) << 8) | (packet[end + 3] ?? 0));
  }
  return end > length ? -1 : end;
}

/** Whether a datagram on a port for both is RTCP: packet types 192 to 223 (RFC 5761 §4). */
export function isRtcp(packet: Uint8Array, length: number): boolean {
  return length >= 8 && (packet[0] ?? 0) >> 6 === 2 && ((packet[1] ?? 0) & 0xe0) === 0xc0;
}

/** SSRC of an RTP packet of at least {@link RTP_HEADER_LENGTH} octets. */
export function rtpSsrc(packet: Uint8Array): number {
  return readUint32(packet, 8);
}

/** Sequence number of an RTP packet of at least {@link RTP_HEADER_LENGTH} octets. */
export function rtpSequence(packet: Uint8Array): number {
  return ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
}

/**
 * An RTP packet (RFC 3550 §5.1) seen in the caller's octets. One view serves for any number of packets, one after the
 * other; nothing is copied or allocated. Setting a field writes it.
 */
export class RtpPacket {
  #octets: Uint8Array = new Uint8Array(RTP_HEADER_LENGTH);
  #payloadOffset = RTP_HEADER_LENGTH;
  #payloadLength = 0;

  /** Looks at the first `length` octets of `octets`; `false`, and the view as it was, where they are no RTP packet. */
  attach(octets: Uint8Array, length: number): boolean {
    const header = rtpHeaderLength(octets, length);
    if (header < 0) return false;
    let padding = 0;
    if (((octets[0] ?? 0) & 0x20) !== 0) {
      padding = octets[length - 1] ?? 0;
      if (padding === 0 || header + padding > length) return false;
    }
    this.#octets = octets;
    this.#payloadOffset = header;
    this.#payloadLength = length - header - padding;
    return true;
  }

  /** Begins a packet in `octets` with a plain header, whose fields are set next; its payload goes after the header. */
  format(octets: Uint8Array, payloadLength: number): void {
    octets[0] = 0x80;
    octets[1] = 0;
    this.#octets = octets;
    this.#payloadOffset = RTP_HEADER_LENGTH;
    this.#payloadLength = payloadLength;
  }

  get octets(): Uint8Array {
    return this.#octets;
  }

  /** Where the payload begins in {@link octets}. */
  get payloadOffset(): number {
    return this.#payloadOffset;
  }

  /** Octets of payload, without padding. */
  get payloadLength(): number {
    return this.#payloadLength;
  }

  get marker(): boolean {
    return ((this.#octets[1] ?? 0) & 0x80) !== 0;
  }

  set marker(marker: boolean) {
    this.#octets[1] = (marker ? 0x80 : 0) | this.payloadType;
  }

  get payloadType(): number {
    return (this.#octets[1] ?? 0) & 0x7f;
  }

  set payloadType(payloadType: number) {
    this.#octets[1] = ((this.#octets[1] ?? 0) & 0x80) | (payloadType & 0x7f);
  }

  get sequence(): number {
    return rtpSequence(this.#octets);
  }

  set sequence(sequence: number) {
    this.#octets[2] = sequence >>> 8;
    this.#octets[3] = sequence;
  }

  get timestamp(): number {
    return readUint32(this.#octets, 4);
  }

  set timestamp(timestamp: number) {
    writeUint32(this.#octets, 4, timestamp);
  }

  get ssrc(): number {
    return readUint32(this.#octets, 8);
  }

  set ssrc(ssrc: number) {
    writeUint32(this.#octets, 8, ssrc);
  }

  /** Contributing sources in the list. */
  get csrcCount(): number {
    return (this.#octets[0] ?? 0) & 0x0f;
  }

  /** The contributing source number `index`, which must be below {@link csrcCount}. */
  csrc(index: number): number {
    return readUint32(this.#octets, RTP_HEADER_LENGTH + 4 * index);
  }

  /** The 16 bits "defined by profile" of the header extension (RFC 3550 §5.3.1); `undefined` where there is none. */
  get extensionProfile(): number | undefined {
    if (((this.#octets[0] ?? 0) & 0x10) === 0) return undefined;
    return readUint32(this.#octets, RTP_HEADER_LENGTH + 4 * this.csrcCount) >>> 16;
  }

  /** Where the extension's content begins; it ends at {@link payloadOffset}. Only where there is an extension. */
  get extensionOffset(): number {
    return RTP_HEADER_LENGTH + 4 * this.csrcCount + 4;
  }
}

/** A big-endian unsigned integer of 32 bits. */
export function readUint32(octets: Uint8Array, at: number): number {
  return (
    (((octets[at] ?? 0) << 24) |
      ((octets[at + 1] ?? 0) << 16) |
      ((octets[at + 2] ?? 0) << 8) |
      (octets[at + 3] ?? 0)) >>>
    0
  );
}

/** Writes the low 32 bits of `value`, big-endian. */
export function writeUint32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}
