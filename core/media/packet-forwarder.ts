import type { RtpPacket } from '../rtp/rtp-packet.ts';

/** A jump of this many packets is not passed on: the numbers go on where they were. */
const MAX_JUMP = 3000;

/**
 * Gives packets of one stream their place in another: sequence numbers and timestamps moved by a constant, so that
 * loss, order and timing come through as they are.
 */
export class PacketForwarder {
  /** The first packet since the last restart; what is older has no place. `-1`: the next one is the first. */
  #first = -1;
  #last = 0;
  #ssrc = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;
  #timestamp = 0;

  /** The timestamp of the packet just placed. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /**
   * The sequence number that the packet gets; -1 where it must be dropped. `nextSequence` and `timestamp` say where the
   * outgoing stream is now.
   */
  place(packet: RtpPacket, extendedSequence: number, nextSequence: number, timestamp: number): number {
    const jump = Math.abs(extendedSequence - this.#last) > MAX_JUMP;
    if (this.#first < 0 || packet.ssrc !== this.#ssrc || jump) {
      this.#first = extendedSequence;
      this.#last = extendedSequence;
      this.#ssrc = packet.ssrc;
      this.#sequenceOffset = nextSequence - extendedSequence;
      this.#timestampOffset = timestamp - packet.timestamp;
    }
    if (extendedSequence < this.#first) return -1;
    this.#last = Math.max(this.#last, extendedSequence);
    this.#timestamp = (packet.timestamp + this.#timestampOffset) >>> 0;
    return (extendedSequence + this.#sequenceOffset) & 0xffff;
  }

  /** The next packet begins anew where the outgoing stream is. */
  restart(): void {
    this.#first = -1;
  }
}
