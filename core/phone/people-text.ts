import { isSipUri, parseUri } from '../sip/message/uri.ts';

/** Letters as they are compared: small, without accents, `ß` as `ss`. */
export function foldText(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss');
}

/** The words of a search, folded, at most eight; digits of one number may stand apart. */
export function searchWords(text: string): readonly string[] {
  const folded = foldText(text).trim();
  if (folded === '') return [];
  const digits = numberDigits(folded);
  return digits === undefined ? folded.split(/\s+/).slice(0, 8) : [digits];
}

/** Digits enough to tell a number by, however it is prefixed: `+49 30 901820`, `0049 30 901820`, `030 901820`. */
const TELLING_DIGITS = 8;

/** The digits of a text that is a number and nothing else. */
export function numberDigits(text: string): string | undefined {
  const bare = text.replace(/\(0\)/, '').replace(/[\s().\-/]/g, '');
  return /^\+?[0-9*#]+$/.test(bare) ? bare.replace('+', '') : undefined;
}

/**
 * By what the other side of a call is recognised: its address whole, and where the user is a number, that by its last digits,
 * wherever it is called.
 */
export function callKeys(address: string): readonly string[] {
  const digits = numberDigits(address);
  if (digits !== undefined) return [numberKey(digits)];
  const uri = parseUri(/^[a-z]+:/i.test(address) ? address : `sip:${address}`);
  if (!uri.ok) return [];
  if (uri.value.scheme === 'tel') return [numberKey(numberDigits(uri.value.number) ?? uri.value.number)];
  if (!isSipUri(uri.value) || uri.value.user === undefined) return [];
  const { user, host } = uri.value;
  const number = numberDigits(user);
  const whole = `a:${foldText(user)}@${host.toLowerCase()}`;
  return number === undefined ? [whole] : [whole, numberKey(number)];
}

/** The same for an address of a contact: a short number at a host means that host's, and no other's. */
export function contactKeys(address: string): readonly string[] {
  const keys = callKeys(address);
  return keys.length === 2 ? keys.filter((key) => key.startsWith('a:') || key.length === TELLING_DIGITS + 2) : keys;
}

function numberKey(digits: string): string {
  return `n:${digits.slice(-TELLING_DIGITS)}`;
}

/** What a search looks into: name, user and digits. The host is left out: everybody at a domain would be a hit. */
export function searchText(name: string, addresses: readonly string[]): string {
  const parts = addresses.flatMap((address) => {
    const user = address.replace(/^[a-z]+:/i, '').replace(/@.*$/, '');
    return [user, numberDigits(user) ?? ''];
  });
  return foldText([name, ...parts].join('\n'));
}
