import { readUint32, writeUint32 } from '../rtp/rtp-packet.ts';
import { Gcm } from './gcm.ts';
import type { SessionKeys } from './key-derivation.ts';
import type { SrtpCrypto } from './srtp-crypto.ts';
import { hasMki, SRTP_AUTH_FAILED, SRTP_MALFORMED, type SrtpTransform } from './srtp-transform.ts';
import type { SrtpSuite } from './suites.ts';

/** Octets of an RTCP packet that stay in clear: header and SSRC (RFC 7714 §9.2). */
const RTCP_CLEAR = 8;
const RTCP_ASSOCIATED = RTCP_CLEAR + 4;
const E_FLAG = 0x8000_0000;

/**
 * AES in Galois/Counter mode (RFC 7714):
 *
 *     RTP    header | encrypted payload | tag | MKI               header is associated data
 *     RTCP   header | encrypted rest    | tag | E, index | MKI    header and E, index are
 */
export class AesGcmTransform implements SrtpTransform {
  readonly rtpOverhead: number;
  readonly rtcpOverhead: number;
  readonly #tagLength: number;
  readonly #mki: Uint8Array;
  readonly #rtp: Gcm;
  readonly #rtcp: Gcm;
  readonly #rtcpAssociated = new Uint8Array(RTCP_ASSOCIATED);

  constructor(
    crypto: SrtpCrypto,
    suite: SrtpSuite,
    keys: { readonly rtp: SessionKeys; readonly rtcp: SessionKeys },
    mki: Uint8Array,
  ) {
    this.#tagLength = suite.rtpTagLength;
    this.#mki = mki;
    this.rtpOverhead = suite.rtpTagLength + mki.length;
    this.rtcpOverhead = suite.rtcpTagLength + 4 + mki.length;
    this.#rtp = new Gcm(crypto, keys.rtp);
    this.#rtcp = new Gcm(crypto, keys.rtcp);
  }

  protectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number {
    this.#rtp.seal(packet, headerLength, packet, headerLength, length, this.#tagLength, ssrc, index);
    packet.set(this.#mki, length + this.#tagLength);
    return length + this.rtpOverhead;
  }

  unprotectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number {
    const end = length - this.rtpOverhead;
    if (end < headerLength) return SRTP_MALFORMED;
    if (!hasMki(packet, end + this.#tagLength, this.#mki)) return SRTP_AUTH_FAILED;
    const authentic = this.#rtp.open(packet, headerLength, packet, headerLength, end, this.#tagLength, ssrc, index);
    return authentic ? end : SRTP_AUTH_FAILED;
  }

  protectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const indexAt = length + this.#tagLength;
    writeUint32(packet, indexAt, E_FLAG + index);
    this.#associateRtcp(packet, indexAt);
    const associated = this.#rtcpAssociated;
    this.#rtcp.seal(associated, RTCP_ASSOCIATED, packet, RTCP_CLEAR, length, this.#tagLength, ssrc, index);
    packet.set(this.#mki, indexAt + 4);
    return length + this.rtcpOverhead;
  }

  rtcpIndexOffset(length: number): number {
    return length - this.#mki.length - 4;
  }

  unprotectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const end = length - this.rtcpOverhead;
    if (end < RTCP_CLEAR) return SRTP_MALFORMED;
    const indexAt = end + this.#tagLength;
    if (!hasMki(packet, indexAt + 4, this.#mki)) return SRTP_AUTH_FAILED;
    this.#associateRtcp(packet, indexAt);
    const associated = this.#rtcpAssociated;
    const authentic = this.#rtcp.open(
      associated,
      RTCP_ASSOCIATED,
      packet,
      RTCP_CLEAR,
      end,
      this.#tagLength,
      ssrc,
      index,
    );
    return authentic ? end : SRTP_AUTH_FAILED;
  }

  wipe(): void {
    this.#rtp.wipe();
    this.#rtcp.wipe();
  }

  #associateRtcp(packet: Uint8Array, indexAt: number): void {
    for (let at = 0; at < RTCP_CLEAR; at++) this.#rtcpAssociated[at] = packet[at] ?? 0;
    writeUint32(this.#rtcpAssociated, RTCP_CLEAR, readUint32(packet, indexAt));
  }
}
