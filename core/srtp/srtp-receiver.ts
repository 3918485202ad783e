import { readUint32, rtpHeaderLength, rtpSequence, rtpSsrc } from '../rtp/rtp-packet.ts';
import { createTransform, type SrtpOptions } from './create-transform.ts';
import { SourceTable } from './source-table.ts';
import type { SrtpCrypto } from './srtp-crypto.ts';
import { SRTP_AUTH_FAILED, SRTP_MALFORMED, SRTP_REPLAYED, type SrtpTransform } from './srtp-transform.ts';
import type { SrtpSuite } from './suites.ts';

/**
 * Checks and decrypts what comes in under one master key (RFC 3711): any number of SSRCs, each with rollover counter
 * and a replay window of 128. Only genuine packets change its state. A packet refused stays as it was.
 */
export class SrtpReceiver {
  readonly #transform: SrtpTransform;
  readonly #sources = new SourceTable();

  constructor(
    crypto: SrtpCrypto,
    suite: SrtpSuite,
    masterKeyAndSalt: Uint8Array,
    options: Pick<SrtpOptions, 'mki'> = {},
  ) {
    this.#transform = createTransform(crypto, suite, masterKeyAndSalt, options.mki);
  }

  /**
   * Decrypts the first `length` octets of `packet` in place; the length of the RTP packet, or `SRTP_MALFORMED`,
   * `SRTP_REPLAYED`, `SRTP_AUTH_FAILED`.
   */
  unprotectRtp(packet: Uint8Array, length: number): number {
    const headerLength = rtpHeaderLength(packet, length);
    if (headerLength < 0 || headerLength + this.#transform.rtpOverhead > length) return SRTP_MALFORMED;
    const ssrc = rtpSsrc(packet);
    const source = this.#sources.find(ssrc);
    const index = source.guessIndex(rtpSequence(packet));
    if (index < 0 || !source.window.isFresh(index)) return SRTP_REPLAYED;
    const plainLength = this.#transform.unprotectRtp(packet, headerLength, length, ssrc, index);
    if (plainLength < 0) return plainLength;
    if (!this.#sources.keep(ssrc)) return SRTP_MALFORMED;
    source.window.add(index);
    return plainLength;
  }

  /** Decrypts a compound RTCP packet in place; results as of {@link unprotectRtp}. Unencrypted SRTCP is refused. */
  unprotectRtcp(packet: Uint8Array, length: number): number {
    if (length > packet.length || length < 8 + this.#transform.rtcpOverhead) return SRTP_MALFORMED;
    const ssrc = readUint32(packet, 4);
    const word = readUint32(packet, this.#transform.rtcpIndexOffset(length));
    if (word < 0x8000_0000) return SRTP_AUTH_FAILED;
    const index = word - 0x8000_0000;
    const source = this.#sources.find(ssrc);
    if (!source.rtcpWindow.isFresh(index)) return SRTP_REPLAYED;
    const plainLength = this.#transform.unprotectRtcp(packet, length, ssrc, index);
    if (plainLength < 0) return plainLength;
    if (!this.#sources.keep(ssrc)) return SRTP_MALFORMED;
    source.rtcpWindow.add(index);
    return plainLength;
  }

  /** Forgets the keys. The receiver must not be used afterwards. */
  wipe(): void {
    this.#transform.wipe();
  }
}
