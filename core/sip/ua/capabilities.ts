import { splitList } from '../message/lists.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';

/** The methods that we understand, for Allow (RFC 3261 §20.5). */
export const ALLOWED_METHODS =
  'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, MESSAGE, NOTIFY, REFER, SUBSCRIBE';

/** The extensions that we understand, for Supported and for what a Require may ask of us (RFC 3261 §20.37, §8.2.2.3). */
export const SUPPORTED_OPTIONS: readonly string[] = [
  '100rel', 'explicitsub', 'join', 'norefersub', 'nosub', 'replaces', 'tdialog', 'timer',
]; // prettier-ignore

/** What every INVITE, UPDATE and their 2xx say of us (RFC 3261 §13.2.1, §13.3.1.4, RFC 3311 §4). */
export const CAPABILITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Allow', ALLOWED_METHODS],
  ['Supported', SUPPORTED_OPTIONS.join(', ')],
];

/** The option tags that a header such as Require or Supported lists, in lower case. */
export function optionTags(
  { headers }: SipMessage,
  header: 'Require' | 'Supported' | 'Proxy-Require' | 'Unsupported',
): string[] {
  return headers.getAll(header).flatMap((value) => splitList(value).map((option) => option.toLowerCase()));
}

/** What a registrar understands beside (RFC 3327, RFC 5626, RFC 5627). */
export const REGISTRAR_OPTIONS: readonly string[] = ['path', 'outbound', 'gruu'];

/** What a request requires that we do not understand, as it goes into Unsupported with a 420 (RFC 3261 §8.2.2.3). */
export function unsupportedOptions(request: SipRequest): string[] {
  const understood = request.method === 'REGISTER' ? [...SUPPORTED_OPTIONS, ...REGISTRAR_OPTIONS] : SUPPORTED_OPTIONS;
  return optionTags(request, 'Require').filter((option) => !understood.includes(option));
}

/** Header fields without these option tags in Require, Proxy-Require and Supported (RFC 3261 §8.1.3.5). */
export function withoutOptions(
  fields: readonly (readonly [name: string, value: string])[],
  unwanted: readonly string[],
): readonly (readonly [name: string, value: string])[] {
  return fields.flatMap(([name, value]) => {
    if (!/^(?:proxy-require|require|supported)$/i.test(name)) return [[name, value] as const];
    const kept = splitList(value).filter((option) => !unwanted.includes(option.toLowerCase()));
    return kept.length === 0 ? [] : [[name, kept.join(', ')] as const];
  });
}
