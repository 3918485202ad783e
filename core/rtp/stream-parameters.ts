import type { Secret } from '../base/secret.ts';

/** A codec as one m-line names it. */
export interface CodecParameters {
  /** `PCMU`, `PCMA`, `opus`, `telephone-event`, ...; compares without case. */
  readonly name: string;
  readonly payloadType: number;
  /** RTP clock rate in Hz, as in a=rtpmap (opus: 48000). */
  readonly clockRate: number;
  readonly channels: number;
  /** The a=fmtp value, `undefined` where there is none. */
  readonly format: string | undefined;
}

/** The SRTP protection of one direction: suite by its RFC 4568 name and master key with salt. */
export interface SrtpKeying {
  readonly suite: string;
  /** Master key followed by master salt, octets (RFC 4568 §6.1). */
  readonly masterKeyAndSalt: Secret<Uint8Array>;
  /** Master key identifier that every packet carries (RFC 3711 §3.1), where the peer's line has one. */
  readonly mki?: Uint8Array | undefined;
  /** RTP packets that the key may protect (RFC 4568 §6.1), where the line says so. */
  readonly lifetimePackets?: number | undefined;
}

export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What offer and answer settled for one audio stream. */
export interface StreamParameters {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** RTCP port of the peer: RTP port + 1 unless a=rtcp says otherwise. */
  readonly remoteRtcpPort: number;
  /** As seen from here. */
  readonly direction: MediaDirection;
  /** What we send. */
  readonly send: CodecParameters;
  /** What we may be sent, by the payload types that we announced. */
  readonly receive: readonly CodecParameters[];
  /** telephone-event (RFC 4733), where both ends have it. */
  readonly telephoneEventSend: CodecParameters | undefined;
  readonly packetTimeMs: number;
  /** `undefined`: plain RTP (RTP/AVP). */
  readonly srtp: { readonly send: SrtpKeying; readonly receive: SrtpKeying } | undefined;
}
