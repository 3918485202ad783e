import { err, ok, type Result } from '../base/result.ts';
import { TLS_VERSIONS, type TlsVersion } from './tls-security.ts';

/** A range of versions, and what whoever knows FreeSWITCH should hear about it. */
export interface TranslatedVersions {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly notices: readonly string[];
}

const WORDS: Readonly<Record<string, TlsVersion | 'ssl'>> = {
  sslv2: 'ssl',
  sslv3: 'ssl',
  sslv23: 'ssl',
  tlsv1: 'TLSv1',
  'tlsv1.0': 'TLSv1',
  'tlsv1.1': 'TLSv1.1',
  'tlsv1.2': 'TLSv1.2',
  'tlsv1.3': 'TLSv1.3',
};

/**
 * Translates FreeSWITCH's `tls-version` (`sip_tls_version`), a list joined by commas, into a range. There the list only
 * switches versions up to 1.2 off, so that its words do not mean what they say; the notices tell the difference. The error is
 * a sentence.
 */
export function translateTlsVersions(list: string): Result<TranslatedVersions, string> {
  const words = list.split(',').map((word) => word.trim().toLowerCase());
  const unknown = words.find((word) => !Object.hasOwn(WORDS, word));
  if (unknown !== undefined) {
    return err(
      unknown === ''
        ? 'a version is missing; FreeSWITCH would take an empty list for TLS 1.3 alone'
        : `"${unknown}" is no version (tlsv1, tlsv1.1, tlsv1.2, tlsv1.3); FreeSWITCH would ignore it`,
    );
  }
  const named = TLS_VERSIONS.filter((version) => words.some((word) => WORDS[word] === version));
  const notices = words.includes('sslv23') ? [SSLV23] : words.some((word) => WORDS[word] === 'ssl') ? [SSL] : [];
  const [minVersion] = named;
  const highest = named.at(-1);
  if (minVersion === undefined || highest === undefined) {
    return ok({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', notices });
  }
  const between = TLS_VERSIONS.slice(TLS_VERSIONS.indexOf(minVersion), TLS_VERSIONS.indexOf(highest));
  const holes = between.filter((version) => !named.includes(version));
  if (holes.length > 0) {
    notices.push(
      `${holes.join(' and ')} is not in the list but between two that are: FreeSWITCH refuses it, here the range is whole.`,
    );
  }
  // OpenSSL has TLS 1.3 on in FreeSWITCH whatever the list says.
  if (highest !== 'TLSv1.3') notices.push(NO_SWITCH);
  if (minVersion === 'TLSv1' || minVersion === 'TLSv1.1') notices.push(LEGACY);
  return ok({ minVersion, maxVersion: 'TLSv1.3', notices });
}

const SSLV23 =
  'sslv23 means "SSL 2 and 3 only" to current FreeSWITCH, which leaves TLS 1.3 alone and turns most phones away; here the SSL versions do not exist, and TLS 1.2 and 1.3 are on unless other versions are named.';
const SSL = 'SSL 2 and 3 do not exist here, nor in the OpenSSL of current FreeSWITCH; the word has no effect.';
const NO_SWITCH =
  'FreeSWITCH cannot switch TLS 1.3 off, so it is on here, too; use tls-max-version to limit it on purpose.';
const LEGACY =
  'TLS 1.0 and 1.1 are weak (RFC 8996) and on only because the list names them; with OpenSSL 3 FreeSWITCH refuses them unless its ciphers carry @SECLEVEL=0.';
