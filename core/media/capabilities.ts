import type { CodecParameters } from '../rtp/stream-parameters.ts';
import type { MediaCapabilities, SecureMedia } from '../sdp/offer-answer.ts';
import { findSuite, SRTP_SUITES, type SrtpSuite } from '../srtp/suites.ts';

/** Every voice codec that we have, with the payload type our offers give it (96 to 127: RFC 3551 §3). */
const CODECS: readonly CodecParameters[] = [
  { name: 'opus', payloadType: 107, clockRate: 48_000, channels: 2, format: 'useinbandfec=1;stereo=0;sprop-stereo=0' },
  // The clock rate is a mistake of RFC 1890 that RFC 3551 §4.5.2 keeps: the sound has 16 kHz.
  { name: 'G722', payloadType: 9, clockRate: 8000, channels: 1, format: undefined },
  { name: 'PCMA', payloadType: 8, clockRate: 8000, channels: 1, format: undefined },
  { name: 'PCMU', payloadType: 0, clockRate: 8000, channels: 1, format: undefined },
];

export const CODEC_NAMES: readonly string[] = CODECS.map(({ name }) => name);

/** The codecs with these names, in that order; names that we do not have are left out. */
export function codecsByName(names: readonly string[]): readonly CodecParameters[] {
  return names.flatMap((name) => CODECS.find((codec) => codec.name.toLowerCase() === name.toLowerCase()) ?? []);
}

/** The suites with these names, in that order; names that we do not have are left out. */
export function suitesByName(names: readonly string[]): readonly SrtpSuite[] {
  return names.flatMap((name) => findSuite(name) ?? []);
}

/** What is offered where nobody chose: AES-128 first, since every peer has it, then the stronger ones. */
export const DEFAULT_SUITES: readonly SrtpSuite[] = [
  ...suitesByName(['AES_CM_128_HMAC_SHA1_80']),
  ...SRTP_SUITES.filter(
    ({ name, registered }) => registered && name !== 'AES_CM_128_HMAC_SHA1_80' && !name.endsWith('_32'),
  ),
];

/** Capabilities with our defaults for whatever is left out. */
export function mediaCapabilities(options: {
  readonly codecs?: readonly string[] | undefined;
  readonly suites?: readonly string[] | undefined;
  readonly secureMedia: SecureMedia;
}): MediaCapabilities {
  return {
    codecs: codecsByName(options.codecs ?? CODEC_NAMES),
    telephoneEventPayloadType: 101,
    packetTimeMs: 20,
    secureMedia: options.secureMedia,
    suites: options.suites === undefined ? DEFAULT_SUITES : suitesByName(options.suites),
    allowKeysInClear: false,
  };
}
