import { isNumericHost } from '../base/address.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { SubjectNames } from './certificate-options.ts';

/** Names sorted by their type. */
export type SortedNames = { -readonly [K in keyof Required<SubjectNames>]: string[] };

/**
 * Reads alternative names as OpenSSL and gentls_cert write them: `DNS:a.example,URI:sip:a.example,IP:192.0.2.1`. What has no
 * prefix is taken for what it looks like. The error names the part that cannot be read.
 */
export function parseAlternativeNames(text: string): Result<SortedNames, string> {
  const names: SortedNames = { dns: [], ips: [], uris: [] };
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, prefix = '', value = ''] = /^(DNS|URI|IP|IP Address):(.*)$/i.exec(part) ?? ['', '', part];
    const list = LISTS[prefix.toUpperCase()] ?? guess(value);
    if (value === '' || list === undefined) return err(part);
    names[list].push(list === 'ips' ? value.replace(/[[\]]/g, '') : value);
  }
  return ok(names);
}

const LISTS: Readonly<Record<string, keyof SortedNames>> = {
  DNS: 'dns',
  URI: 'uris',
  IP: 'ips',
  'IP ADDRESS': 'ips',
};

/** `email:` and other prefixes that we do not write are not guessed to be URIs. */
function guess(value: string): keyof SortedNames | undefined {
  if (isNumericHost(value)) return 'ips';
  if (/^sips?:/i.test(value)) return 'uris';
  return value.includes(':') ? undefined : 'dns';
}
