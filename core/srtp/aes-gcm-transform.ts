import { readUint32, writeUint32 } from '../rtp/rtp-packet.ts';
import type { SessionKeys } from './key-derivation.ts';
import type { AesGcm, SrtpCrypto } from './srtp-crypto.ts';
import { hasMki, SRTP_AUTH_FAILED, SRTP_MALFORMED, type SrtpTransform } from './srtp-transform.ts';
import type { SrtpSuite } from './suites.ts';

/** Octets of an RTCP packet that stay in clear: header and SSRC (RFC 7714 §9.2). */
const RTCP_CLEAR = 8;
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
  readonly #rtp: AesGcm;
  readonly #rtcp: AesGcm;
  readonly #rtpSalt: Uint8Array;
  readonly #rtcpSalt: Uint8Array;
  readonly #nonce = new Uint8Array(12);
  readonly #rtcpAssociated = new Uint8Array(RTCP_CLEAR + 4);

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
    this.#rtp = crypto.aesGcm(keys.rtp.cipherKey, suite.rtpTagLength);
    this.#rtcp = crypto.aesGcm(keys.rtcp.cipherKey, suite.rtcpTagLength);
    this.#rtpSalt = keys.rtp.salt;
    this.#rtcpSalt = keys.rtcp.salt;
  }

  protectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number {
    this.#setNonce(this.#rtpSalt, ssrc, index);
    const end = length + this.#tagLength;
    this.#rtp.seal(
      this.#nonce,
      packet.subarray(0, headerLength),
      packet.subarray(headerLength, length),
      packet.subarray(length, end),
    );
    packet.set(this.#mki, end);
    return end + this.#mki.length;
  }

  unprotectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number {
    const end = length - this.rtpOverhead;
    if (end < headerLength) return SRTP_MALFORMED;
    if (!hasMki(packet, end + this.#tagLength, this.#mki)) return SRTP_AUTH_FAILED;
    this.#setNonce(this.#rtpSalt, ssrc, index);
    const authentic = this.#rtp.open(
      this.#nonce,
      packet.subarray(0, headerLength),
      packet.subarray(headerLength, end),
      packet.subarray(end, end + this.#tagLength),
    );
    return authentic ? end : SRTP_AUTH_FAILED;
  }

  protectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#setNonce(this.#rtcpSalt, ssrc, index);
    const end = length + this.#tagLength;
    writeUint32(packet, end, E_FLAG + index);
    this.#associateRtcp(packet, end);
    this.#rtcp.seal(
      this.#nonce,
      this.#rtcpAssociated,
      packet.subarray(RTCP_CLEAR, length),
      packet.subarray(length, end),
    );
    packet.set(this.#mki, end + 4);
    return end + 4 + this.#mki.length;
  }

  rtcpIndexOffset(length: number): number {
    return length - this.#mki.length - 4;
  }

  unprotectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const end = length - this.rtcpOverhead;
    if (end < RTCP_CLEAR) return SRTP_MALFORMED;
    const indexAt = end + this.#tagLength;
    if (!hasMki(packet, indexAt + 4, this.#mki)) return SRTP_AUTH_FAILED;
    this.#setNonce(this.#rtcpSalt, ssrc, index);
    this.#associateRtcp(packet, indexAt);
    const authentic = this.#rtcp.open(
      this.#nonce,
      this.#rtcpAssociated,
      packet.subarray(RTCP_CLEAR, end),
      packet.subarray(end, indexAt),
    );
    return authentic ? end : SRTP_AUTH_FAILED;
  }

  wipe(): void {
    this.#rtp.close();
    this.#rtcp.close();
    this.#rtpSalt.fill(0);
    this.#rtcpSalt.fill(0);
  }

  #associateRtcp(packet: Uint8Array, indexAt: number): void {
    for (let at = 0; at < RTCP_CLEAR; at++) this.#rtcpAssociated[at] = packet[at] ?? 0;
    writeUint32(this.#rtcpAssociated, RTCP_CLEAR, readUint32(packet, indexAt));
  }

  /** 16 zero bits, SSRC, and the index in 48 bits, XOR salt (RFC 7714 §8.1, §9.1). */
  #setNonce(salt: Uint8Array, ssrc: number, index: number): void {
    const nonce = this.#nonce;
    nonce.fill(0, 0, 2);
    writeUint32(nonce, 2, ssrc);
    writeUint32(nonce, 6, Math.floor(index / 65_536));
    nonce[10] = index >>> 8;
    nonce[11] = index;
    for (let at = 0; at < 12; at++) nonce[at] = (nonce[at] ?? 0) ^ (salt[at] ?? 0);
  }
}
