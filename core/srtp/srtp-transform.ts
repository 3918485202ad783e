/** The octets are no packet, or too few. */
export const SRTP_MALFORMED = -1;
/** The authentication tag, or the MKI, is wrong. */
export const SRTP_AUTH_FAILED = -2;
/** The index was seen already, or is too old to tell. */
export const SRTP_REPLAYED = -3;
/** The master key has protected all the packets it may (RFC 3711 §9.2, RFC 4568 §6.1). */
export const SRTP_KEY_EXPIRED = -4;

/** The most octets that protection adds to a packet, with an MKI of up to 4 octets; buffers need this much room. */
export const SRTP_MAX_OVERHEAD = 24;

/**
 * Encryption and authentication of one suite, without indices' bookkeeping. Packets are changed in place; the result
 * is their new length, or one of the negative codes above. Failing, `unprotect...` leaves the packet as it was.
 */
export interface SrtpTransform {
  readonly rtpOverhead: number;
  readonly rtcpOverhead: number;
  protectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number;
  unprotectRtp(packet: Uint8Array, headerLength: number, length: number, ssrc: number, index: number): number;
  protectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number;
  /** Where the word with E flag and SRTCP index is, in a packet of `length` octets. */
  rtcpIndexOffset(length: number): number;
  unprotectRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number;
  /** Forgets all keys; the transform must not be used afterwards. */
  wipe(): void;
}

/** Whether the MKI of a packet is the one agreed, octet by octet (RFC 3711 §3.1). */
export function hasMki(packet: Uint8Array, at: number, mki: Uint8Array): boolean {
  for (let index = 0; index < mki.length; index++) if (packet[at + index] !== mki[index]) return false;
  return true;
}
