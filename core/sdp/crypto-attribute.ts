import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { findSuite, type SrtpSuite } from '../srtp/suites.ts';

/** One `a=crypto` line (RFC 4568 §9.1) that we can keep: suite known, one inline key, nothing mandatory left unmet. */
export interface CryptoAttribute {
  readonly tag: number;
  readonly suite: SrtpSuite;
  /** Master key followed by master salt. */
  readonly masterKeyAndSalt: Secret<Uint8Array>;
}

/** Why a line cannot be used: a suite we do not have, or a line that is broken or asks for what we do not do. */
export interface CryptoAttributeError {
  readonly kind: 'unknown-suite' | 'malformed' | 'unsupported';
  /** For people; names tag and suite, never the key. */
  readonly detail: string;
}

const LINE = /^(\d{1,9})\s+([A-Za-z0-9_]+)\s+(\S+)((?:\s+\S+)*)\s*$/;

/** Reads the value of an `a=crypto` line. Both spellings of suite names are understood. */
export function parseCryptoAttribute(value: string): Result<CryptoAttribute, CryptoAttributeError> {
  const match = LINE.exec(value);
  if (!match) return err({ kind: 'malformed', detail: 'a=crypto needs a tag, a suite and a key' });
  const [, tagText = '', suiteName = '', keyParameters = '', sessionParameters = ''] = match;
  const tag = Number(tagText);
  const where = `a=crypto:${tag} ${suiteName}`;
  const suite = findSuite(suiteName);
  if (suite === undefined) return err({ kind: 'unknown-suite', detail: `${where}: suite not supported` });
  const unmet = sessionParameters.split(/\s+/).find((parameter) => parameter !== '' && !isHarmless(parameter));
  if (unmet !== undefined) {
    return err({
      kind: 'unsupported',
      detail: `${where}: session parameter ${unmet.split('=')[0] ?? ''} not supported`,
    });
  }
  const key = parseInlineKey(keyParameters, suite.keyLength + suite.saltLength);
  return key.ok
    ? ok({ tag, suite, masterKeyAndSalt: key.value })
    : err({ kind: key.error.kind, detail: `${where}: ${key.error.detail}` });
}

/** RFC 4568 §6.3: a key derivation rate of 0 is the default; parameters that begin with `-` may be ignored. */
function isHarmless(parameter: string): boolean {
  return parameter.startsWith('-') || parameter.toUpperCase() === 'KDR=0';
}

function parseInlineKey(text: string, length: number): Result<Secret<Uint8Array>, CryptoAttributeError> {
  if (text.includes(';')) return err({ kind: 'unsupported', detail: 'several master keys in one line' });
  const match = /^inline:([A-Za-z0-9+/]+={0,2})((?:\|[^|]+)*)$/i.exec(text);
  if (!match) return err({ kind: 'malformed', detail: 'key is not inline base64' });
  const [, base64 = '', extras = ''] = match;
  const octets = decodeBase64(base64);
  if (octets?.length !== length) {
    return err({ kind: 'malformed', detail: `key and salt must be ${length} octets, not ${octets?.length ?? 0}` });
  }
  for (const extra of extras.split('|').slice(1)) {
    if (extra.includes(':')) return err({ kind: 'unsupported', detail: 'master key identifier (MKI)' });
    if (!/^(?:2\^)?\d+$/.test(extra)) return err({ kind: 'malformed', detail: 'lifetime is not a number' });
  }
  return ok(new Secret(octets));
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Writes the value of an `a=crypto` line with the RFC's suite name. The key is in it: it may only go into an SDP body. */
export function formatCryptoAttribute(attribute: CryptoAttribute): string {
  const key = btoa(String.fromCharCode(...attribute.masterKeyAndSalt.reveal()));
  return `${attribute.tag} ${attribute.suite.name} inline:${key}`;
}
