import { readUint32, rtpHeaderLength, rtpSequence, rtpSsrc } from '../rtp/rtp-packet.ts';
import { createTransform, type SrtpOptions } from './create-transform.ts';
import { SourceTable } from './source-table.ts';
import type { SrtpCrypto } from './srtp-crypto.ts';
import { SRTP_KEY_EXPIRED, SRTP_MALFORMED, SRTP_REPLAYED, type SrtpTransform } from './srtp-transform.ts';
import type { SrtpSuite } from './suites.ts';

/** Packets that a master key may protect (RFC 3711 §9.2). */
const MAX_RTP_PACKETS = 2 ** 48;
const MAX_RTCP_PACKETS = 2 ** 31;

/**
 * Protects what one end sends under one master key (RFC 3711): any number of SSRCs, rollover counters from zero. It
 * never uses an index twice, whatever it is given, as that would use a key stream twice. Packets may come a little out
 * of order. Nothing is allocated per packet beyond what the cipher does.
 */
export class SrtpSender {
  readonly #transform: SrtpTransform;
  readonly #sources = new SourceTable();
  #rtpPacketsLeft: number;

  constructor(crypto: SrtpCrypto, suite: SrtpSuite, masterKeyAndSalt: Uint8Array, options: SrtpOptions = {}) {
    this.#transform = createTransform(crypto, suite, masterKeyAndSalt, options.mki);
    this.#rtpPacketsLeft = Math.min(options.lifetimePackets ?? MAX_RTP_PACKETS, MAX_RTP_PACKETS);
  }

  /**
   * Protects the first `length` octets of `packet` in place; the new length, or `SRTP_MALFORMED` (no RTP, or no room),
   * `SRTP_REPLAYED` (index used), `SRTP_KEY_EXPIRED`.
   */
  protectRtp(packet: Uint8Array, length: number): number {
    const headerLength = rtpHeaderLength(packet, length);
    if (headerLength < 0 || packet.length < length + this.#transform.rtpOverhead) return SRTP_MALFORMED;
    if (this.#rtpPacketsLeft <= 0) return SRTP_KEY_EXPIRED;
    const ssrc = rtpSsrc(packet);
    const source = this.#sources.find(ssrc);
    const index = source.guessIndex(rtpSequence(packet));
    if (index < 0 || !source.window.isFresh(index)) return SRTP_REPLAYED;
    if (index >= MAX_RTP_PACKETS || !this.#sources.keep(ssrc)) return SRTP_KEY_EXPIRED;
    source.window.add(index);
    this.#rtpPacketsLeft--;
    return this.#transform.protectRtp(packet, headerLength, length, ssrc, index);
  }

  /** Protects a compound RTCP packet in place; results as of {@link protectRtp}. */
  protectRtcp(packet: Uint8Array, length: number): number {
    if (length < 8 || packet.length < length + this.#transform.rtcpOverhead) return SRTP_MALFORMED;
    const ssrc = readUint32(packet, 4);
    const source = this.#sources.find(ssrc);
    const index = source.rtcpWindow.highest + 1;
    if (index >= MAX_RTCP_PACKETS || !this.#sources.keep(ssrc)) return SRTP_KEY_EXPIRED;
    source.rtcpWindow.add(index);
    return this.#transform.protectRtcp(packet, length, ssrc, index);
  }

  /** Forgets the keys. The sender must not be used afterwards. */
  wipe(): void {
    this.#rtpPacketsLeft = 0;
    this.#transform.wipe();
  }
}
