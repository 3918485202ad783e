import { err, ok, type Result } from '../base/result.ts';
import { formatHost } from '../base/address.ts';
import { isSipUri, parseUri, type SipUri } from '../sip/message/uri.ts';
import { decodeText } from './contacts-file.ts';
import type { StoredAccount } from './phone-store.ts';

/** An account of another phone; without a password where the file does not have it in the clear. */
export type FoundAccount = Omit<StoredAccount, 'id' | 'password'> & { readonly password: string };

/** One account of a file, or what it is called there where it cannot be used. */
export type AccountFileEntry =
  { readonly account: FoundAccount } | { readonly name: string; readonly reason: 'no-address' };

/** Of an INI file: section, key, value. */
type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Most accounts of one file that are taken. */
const MOST_ACCOUNTS = 32;

/**
 * Reads the accounts out of MicroSIP.ini or linphonerc. The server is verified whatever the file says: MicroSIP never asks
 * for it, and who switched it off in Linphone can do so here, on purpose. The error is a reason in words.
 */
export function readAccountsFile(octets: Uint8Array): Result<readonly AccountFileEntry[], string> {
  const { text } = decodeText(octets);
  if (text.includes('\0')) return err('it is no text');
  const sections = readSections(text);
  const names = [...sections.keys()];
  const proxies = names.filter((name) => /^proxy_\d+$/i.test(name)).slice(0, MOST_ACCOUNTS);
  // [Account] is what one account is called in the oldest MicroSIP.
  const accounts = names.filter((name) => /^account\d*$/i.test(name)).slice(0, MOST_ACCOUNTS);
  if (proxies.length > 0) return ok(proxies.map((name) => linphoneAccount(sections, name)));
  if (accounts.length > 0) return ok(accounts.map((name) => microsipAccount(name, sections.get(name) ?? new Map())));
  return err('there is no account in it');
}

/** Values are taken as they stand: neither program quotes, escapes, or ends one at a semicolon, which passwords may hold. */
function readSections(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    const name = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) {
      current = sections.get(name) ?? new Map<string, string>();
      sections.set(name, current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0) current.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1));
  }
  return sections;
}

function microsipAccount(section: string, values: ReadonlyMap<string, string>): AccountFileEntry {
  const value = (key: string): string => values.get(key)?.trim() ?? '';
  const server = value('server') || value('proxy');
  const domain = value('domain') || server.replace(/:\d+$/, '');
  const user = value('username');
  const uri = parseUri(`sip:${user}@${domain}`);
  if (user === '' || !uri.ok) return { name: value('label') || section, reason: 'no-address' };
  const transport = value('transport').toLowerCase();
  const outbound = value('proxy') || server;
  return {
    account: {
      address: `sip:${user}@${domain}`,
      authorizationUser: value('authid') || user,
      displayName: value('displayname'),
      server: outbound === domain ? '' : outbound,
      // Nothing chosen is UDP and TCP with MicroSIP.
      transport: transport === 'tls' || transport === 'tcp' ? transport : 'udp',
      srtp: protection(value('srtp').toLowerCase(), transport === 'tls'),
      trust: '',
      verify: true,
      // With its size beside it, it is encrypted for one user of one Windows.
      password: values.has('passwordsize') ? '' : (values.get('password') ?? ''),
    },
  };
}

function linphoneAccount(sections: Sections, section: string): AccountFileEntry {
  const values = sections.get(section) ?? new Map<string, string>();
  const identity = nameAddress(values.get('reg_identity') ?? '');
  const proxy = nameAddress(values.get('reg_proxy') ?? '');
  const user = identity?.uri.user;
  if (identity === undefined || user === undefined) return { name: section, reason: 'no-address' };
  const { uri, displayName } = identity;
  const credentials = [...sections]
    .filter(([name]) => /^auth_info_\d+$/i.test(name))
    .map(([, auth]) => auth)
    .filter((auth) => auth.get('username')?.trim() === user);
  const realm = (auth: ReadonlyMap<string, string>): boolean =>
    [auth.get('domain'), auth.get('realm')].some((text) => text?.trim().replaceAll('"', '') === uri.host);
  const own = credentials.find(realm) ?? credentials[0];
  const login = own?.get('userid')?.trim() ?? '';
  const chosen = proxy?.uri.parameters.get('transport')?.toLowerCase();
  const transport = proxy?.uri.scheme === 'sips' ? 'tls' : chosen;
  const sip = sections.get('sip');
  const wanted = sip?.get('media_encryption')?.trim().toLowerCase() === 'srtp';
  const mandatory = sip?.get('media_encryption_mandatory')?.trim() === '1';
  return {
    account: {
      address: `sip:${user}@${formatHost(uri.host)}`,
      authorizationUser: login === '' ? user : login,
      displayName,
      server: proxy === undefined || hostPortOf(proxy.uri) === uri.host ? '' : hostPortOf(proxy.uri),
      transport: transport === 'tls' || transport === 'tcp' ? transport : 'udp',
      srtp: protection(wanted ? (mandatory ? 'mandatory' : 'optional') : '', transport === 'tls'),
      trust: '',
      verify: true,
      // Where there is ha1 only, nobody knows the password.
      password: own?.get('passwd') ?? '',
    },
  };
}

/** What the file asks for; keys that go over TLS cost nobody anything, and so are offered where it asks for none. */
function protection(word: string, overTls: boolean): StoredAccount['srtp'] {
  if (word === 'mandatory' || word === 'optional') return word;
  return overTls ? 'optional' : 'off';
}

/** `"Name" <sip:…>` or `sip:…`. */
function nameAddress(text: string): { readonly uri: SipUri; readonly displayName: string } | undefined {
  const [, name = '', address = ''] = /^\s*(?:"?([^"<]*)"?\s*)<([^>]*)>\s*$/.exec(text) ?? [text, '', text];
  const uri = parseUri(address.trim());
  return uri.ok && isSipUri(uri.value) ? { uri: uri.value, displayName: name.trim() } : undefined;
}

function hostPortOf({ host, port }: SipUri): string {
  return port === undefined ? formatHost(host) : `${formatHost(host)}:${port}`;
}
