/** What an SRTP crypto suite fixes (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14.2). Lengths in octets. */
export interface SrtpSuite {
  /** The registered name; the one we write. */
  readonly name: string;
  readonly cipher: 'aes-cm' | 'aes-gcm';
  readonly keyLength: number;
  readonly saltLength: number;
  readonly rtpTagLength: number;
  /** SRTCP keeps 80 bits even where RTP has 32 (RFC 4568 §6.2.2). */
  readonly rtcpTagLength: number;
  /** Whether IANA knows it; the others are never offered by default. */
  readonly registered: boolean;
  /** Other spellings seen on the wire, which we read and never write. */
  readonly aliases: readonly string[];
}

/** All suites we have, strongest first, the way we offer them. None is without authentication. */
export const SRTP_SUITES: readonly SrtpSuite[] = [
  gcm('AEAD_AES_256_GCM', 32, 16),
  gcm('AEAD_AES_128_GCM', 16, 16),
  counter('AES_256_CM_HMAC_SHA1_80', 32, 10, 'AES_CM_256_HMAC_SHA1_80'),
  counter('AES_192_CM_HMAC_SHA1_80', 24, 10, 'AES_CM_192_HMAC_SHA1_80'),
  counter('AES_CM_128_HMAC_SHA1_80', 16, 10, 'AES_128_CM_HMAC_SHA1_80'),
  counter('AES_256_CM_HMAC_SHA1_32', 32, 4, 'AES_CM_256_HMAC_SHA1_32'),
  counter('AES_192_CM_HMAC_SHA1_32', 24, 4, 'AES_CM_192_HMAC_SHA1_32'),
  counter('AES_CM_128_HMAC_SHA1_32', 16, 4, 'AES_128_CM_HMAC_SHA1_32'),
  gcm('AEAD_AES_256_GCM_8', 32, 8),
  gcm('AEAD_AES_128_GCM_8', 16, 8),
];

const BY_NAME = new Map(SRTP_SUITES.flatMap((suite) => [suite.name, ...suite.aliases].map((name) => [name, suite])));

/** The suite with this name, in either spelling and any case; `undefined` where we have none. */
export function findSuite(name: string): SrtpSuite | undefined {
  return BY_NAME.get(name.toUpperCase());
}

function counter(name: string, keyLength: number, rtpTagLength: number, alias: string): SrtpSuite {
  return {
    name,
    cipher: 'aes-cm',
    keyLength,
    saltLength: 14,
    rtpTagLength,
    rtcpTagLength: 10,
    registered: true,
    aliases: [alias],
  };
}

/** FreeSWITCH's variants with a tag of 8 octets are not in RFC 7714, which has 16 only. */
function gcm(name: string, keyLength: number, tagLength: 8 | 16): SrtpSuite {
  return {
    name,
    cipher: 'aes-gcm',
    keyLength,
    saltLength: 12,
    rtpTagLength: tagLength,
    rtcpTagLength: tagLength,
    registered: tagLength === 16,
    aliases: [],
  };
}
