import { readUint32, writeUint32 } from '../rtp/rtp-packet.ts';
import { HmacSha1 } from './hmac-sha1.ts';
import type { SessionKeys } from './key-derivation.ts';
import { COUNTER_MODE, KeyStream } from './key-stream.ts';
import type { SrtpCrypto } from './srtp-crypto.ts';
import { hasMki, SRTP_AUTH_FAILED, SRTP_MALFORMED, type SrtpTransform } from './srtp-transform.ts';
import type { SrtpSuite } from './suites.ts';

/** Octets of an RTCP packet that stay in clear: header and SSRC (RFC 3711 §3.4). */
const RTCP_CLEAR = 8;
const E_FLAG = 0x8000_0000;

/**
 * AES counter mode with HMAC-SHA1 (RFC 3711 §4, RFC 6188):
 *
 *     RTP    header | encrypted payload |           MKI | tag      tag over header, payload and ROC
 *     RTCP   header | encrypted rest    | E, index | MKI | tag      tag over everything before the MKI
 */
export class AesCmTransform implements SrtpTransform {
  readonly rtpOverhead: number;
  readonly rtcpOverhead: number;
  readonly #rtpTagLength: number;
  readonly #rtcpTagLength: number;
  readonly #mki: Uint8Array;
  readonly #rtpStream: KeyStream;
  readonly #rtcpStream: KeyStream;
  readonly #rtpAuth: HmacSha1;
  readonly #rtcpAuth: HmacSha1;
  readonly #tag = new Uint8Array(10);

  constructor(
    crypto: SrtpCrypto,
    suite: SrtpSuite,
    keys: { readonly rtp: SessionKeys; readonly rtcp: SessionKeys },
    mki: Uint8Array,
  ) {
    this.#rtpTagLength = suite.rtpTagLength;
    this.#rtcpTagLength = suite.rtcpTagLength;
    this.#mki = mki;
    this.rtpOverhead = mki.length + suite.rtpTagLength;
    this.rtcpOverhead = 4 + mki.length + suite.rtcpTagLength;
    this.#rtpStream = new KeyStream(crypto.aesBlocks(keys.rtp.cipherKey), COUNTER_MODE, keys.rtp.salt);
    this.#rtcpStream = new KeyStream(crypto.aesBlocks(keys.rtcp.cipherKey), COUNTER_MODE, keys.rtcp.salt);
    this.#rtpAuth = new HmacSha1(keys.rtp.authKey);
    this.#rtcpAuth = new HmacSha1(keys.rtcp.authKey);
  }

  protectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number {
    this.#rtpStream.apply(packet, headerLength, length, ssrc, index);
    // The ROC is authenticated but not sent: it stands where MKI and tag come to stand.
    writeUint32(packet, length, Math.floor(index / 65_536));
    const tagAt = length + this.#mki.length;
    this.#rtpAuth.sign(packet, length + 4, packet, tagAt, this.#rtpTagLength);
    packet.set(this.#mki, length);
    return tagAt + this.#rtpTagLength;
  }

  unprotectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number {
    const end = length - this.rtpOverhead;
    if (end < headerLength) return SRTP_MALFORMED;
    if (!hasMki(packet, end, this.#mki)) return SRTP_AUTH_FAILED;
    this.#takeTag(packet, length, this.#rtpTagLength);
    const trailer = readUint32(packet, end);
    writeUint32(packet, end, Math.floor(index / 65_536));
    const authentic = this.#rtpAuth.verify(packet, end + 4, this.#tag, this.#rtpTagLength);
    writeUint32(packet, end, trailer);
    if (!authentic) return SRTP_AUTH_FAILED;
    this.#rtpStream.apply(packet, headerLength, end, ssrc, index);
    return end;
  }

  protectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    this.#rtcpStream.apply(packet, RTCP_CLEAR, length, ssrc, index);
    writeUint32(packet, length, E_FLAG + index);
    packet.set(this.#mki, length + 4);
    const tagAt = length + 4 + this.#mki.length;
    this.#rtcpAuth.sign(packet, length + 4, packet, tagAt, this.#rtcpTagLength);
    return tagAt + this.#rtcpTagLength;
  }

  rtcpIndexOffset(length: number): number {
    return length - this.rtcpOverhead;
  }

  unprotectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number {
    const end = length - this.rtcpOverhead;
    if (end < RTCP_CLEAR) return SRTP_MALFORMED;
    if (!hasMki(packet, end + 4, this.#mki)) return SRTP_AUTH_FAILED;
    this.#takeTag(packet, length, this.#rtcpTagLength);
    if (!this.#rtcpAuth.verify(packet, end + 4, this.#tag, this.#rtcpTagLength)) return SRTP_AUTH_FAILED;
    this.#rtcpStream.apply(packet, RTCP_CLEAR, end, ssrc, index);
    return end;
  }

  wipe(): void {
    this.#rtpStream.wipe();
    this.#rtcpStream.wipe();
    this.#rtpAuth.wipe();
    this.#rtcpAuth.wipe();
  }

  #takeTag(packet: Uint8Array, length: number, tagLength: number): void {
    for (let at = 0; at < tagLength; at++) this.#tag[at] = packet[length - tagLength + at] ?? 0;
  }
}
