import { isIPv6, type SocketAddress } from '../base/address.ts';
import { randomUint32, type Random } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { formatCryptoAttribute } from '../sdp/crypto-attribute.ts';
import { parseSessionDescription } from '../sdp/session-description.ts';
import { findSuite } from '../srtp/suites.ts';

/** One kind of offer that a number may take. */
export interface MediaOffer {
  /** As it stands in the report. */
  readonly name: string;
  readonly profile: string;
  /** SDES suites (RFC 4568). */
  readonly suites: readonly string[];
  /** DTLS-SRTP (RFC 5763). */
  readonly fingerprint: boolean;
}

/** Plain RTP. */
export const PLAIN_OFFER: MediaOffer = { name: 'RTP/AVP', profile: 'RTP/AVP', suites: [], fingerprint: false };

/** What is tried, the best protection that is common first. */
export const MEDIA_OFFERS: readonly MediaOffer[] = [
  { name: 'RTP/SAVP', profile: 'RTP/SAVP', suites: ['AES_CM_128_HMAC_SHA1_80'], fingerprint: false },
  { name: 'RTP/AVP+crypto', profile: 'RTP/AVP', suites: ['AES_CM_128_HMAC_SHA1_80'], fingerprint: false },
  { name: 'RTP/SAVP+GCM', profile: 'RTP/SAVP', suites: ['AEAD_AES_256_GCM', 'AEAD_AES_128_GCM'], fingerprint: false },
  { name: 'UDP/TLS/RTP/SAVP', profile: 'UDP/TLS/RTP/SAVP', suites: [], fingerprint: true },
  PLAIN_OFFER,
];

/** The discard port: nobody listens for the sound of a call that is over before it begins. */
const NOWHERE = 9;

const encoder = new TextEncoder();

/** The body of an offer, with keys that are used for nothing. */
export function offerBody(
  { profile, suites, fingerprint }: MediaOffer,
  { address }: SocketAddress,
  random: Random,
): { readonly contentType: string; readonly content: Uint8Array } {
  const where = `IN ${isIPv6(address) ? 'IP6' : 'IP4'} ${address}`;
  const lines = [
    'v=0',
    `o=- ${randomUint32(random)} 1 ${where}`,
    's=-',
    `c=${where}`,
    't=0 0',
    `m=audio ${NOWHERE} ${profile} 8 0 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    ...suites.flatMap((name, index) => cryptoLine(index + 1, name, random)),
    ...(fingerprint ? [`a=fingerprint:sha-256 ${fingerprintFrom(random)}`, 'a=setup:actpass'] : []),
    '',
  ];
  return { contentType: 'application/sdp', content: encoder.encode(lines.join('\r\n')) };
}

/** Whether an answer takes the sound as it was offered: encrypted where the offer had keys. */
export function takesOffer({ profile, suites, fingerprint }: MediaOffer, answer: string): boolean {
  const parsed = parseSessionDescription(answer);
  const audio = parsed.ok ? parsed.value.media.find(({ type }) => type === 'audio') : undefined;
  if (audio === undefined || audio.port === 0 || audio.profile !== profile) return false;
  if (fingerprint) return /^a=fingerprint:/m.test(answer);
  return suites.length === 0 || audio.crypto.some((line) => suites.some((name) => line.toUpperCase().includes(name)));
}

function cryptoLine(tag: number, name: string, random: Random): readonly string[] {
  const suite = findSuite(name);
  if (suite === undefined) return [];
  const masterKeyAndSalt = new Secret(random.bytes(suite.keyLength + suite.saltLength));
  return [`a=crypto:${formatCryptoAttribute({ tag, suite, masterKeyAndSalt })}`];
}

function fingerprintFrom(random: Random): string {
  return [...random.bytes(32)].map((octet) => octet.toString(16).toUpperCase().padStart(2, '0')).join(':');
}
