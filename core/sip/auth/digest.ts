import type { Secret } from '../../base/secret.ts';

/** The hash functions of digest authentication, the stronger ones first (RFC 7616 §3.2, RFC 8760 §2.1). */
export const DIGEST_HASHES = ['SHA-512-256', 'SHA-256', 'MD5'] as const;
export type DigestHashName = (typeof DIGEST_HASHES)[number];

/** Hashing, which the core does not do itself. */
export interface DigestHash {
  /** The hash of `octets` in lower-case hexadecimal digits. */
  hex(name: DigestHashName, octets: Uint8Array): string;
}

/** A hash, and whether A1 is that of a session (`-sess`). */
export interface DigestAlgorithm {
  readonly hash: DigestHashName;
  readonly session: boolean;
}

/** Quality of protection: `auth-int` covers the body too. */
export type DigestQop = 'auth' | 'auth-int';

/** What a response is computed from (RFC 7616 §3.4). */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly username: string;
  readonly realm: string;
  readonly password: Secret;
  readonly nonce: string;
  readonly cnonce: string;
  /** Eight hexadecimal digits. Without `qop` it does not count (RFC 2617 §3.2.2.1). */
  readonly nonceCount: string;
  readonly qop: DigestQop | undefined;
  readonly method: string;
  /** As in the credentials, which need not be the Request-URI. */
  readonly uri: string;
  readonly body: Uint8Array;
}

const encoder = new TextEncoder();

/** Reads `algorithm`; absent means MD5 (RFC 7616 §3.3). `undefined` for one that we do not know: its challenge is skipped. */
export function parseDigestAlgorithm(text = 'MD5'): DigestAlgorithm | undefined {
  const upper = text.toUpperCase();
  const session = upper.endsWith('-SESS');
  const name = session ? upper.slice(0, -'-SESS'.length) : upper;
  const hash = DIGEST_HASHES.find((known) => known === name);
  return hash === undefined ? undefined : { hash, session };
}

/** Writes `algorithm` as the RFCs print it. */
export function formatDigestAlgorithm({ hash, session }: DigestAlgorithm): string {
  return session ? `${hash}-sess` : hash;
}

/** The `response` of credentials (RFC 7616 §3.4.1; without qop RFC 2617 §3.2.2.1). */
export function digestResponse(hasher: DigestHash, input: DigestInput): string {
  const hex = (text: string): string => hasher.hex(input.algorithm.hash, encoder.encode(text));
  const { username, realm, password, nonce, cnonce, nonceCount, qop, method, uri } = input;
  const plainA1 = hex(`${username}:${realm}:${password.reveal()}`);
  const a1 = input.algorithm.session ? hex(`${plainA1}:${nonce}:${cnonce}`) : plainA1;
  const bodyPart = qop === 'auth-int' ? `:${hasher.hex(input.algorithm.hash, input.body)}` : '';
  const a2 = hex(`${method}:${uri}${bodyPart}`);
  if (qop === undefined) return hex(`${a1}:${nonce}:${a2}`);
  return hex(`${a1}:${nonce}:${nonceCount}:${cnonce}:${qop}:${a2}`);
}

/** Whether two texts are equal, in a time that tells nothing but their lengths. */
export function equalInConstantTime(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}
