import type { SipMessage } from '../message/message.ts';
import { isToken, skipToken } from '../message/characters.ts';
import { splitList } from '../message/lists.ts';
import { formatParameters, parseParameters } from '../message/parameters.ts';
import { quote } from '../message/quoted-string.ts';

/** One value of a Reason header (RFC 3326 §2): `SIP;cause=200;text="Call completed elsewhere"`. */
export interface Reason {
  /** `SIP` for a status code, `Q.850` for a cause of ISDN, or another token. */
  readonly protocol: string;
  readonly cause?: number | undefined;
  readonly text?: string | undefined;
}

/** The reasons that a request or response gives, in order; what cannot be read is left out. */
export function readReasons({ headers }: SipMessage): readonly Reason[] {
  return headers.getAll('Reason').flatMap((field) => splitList(field).flatMap((value) => readReason(value) ?? []));
}

function readReason(value: string): Reason | undefined {
  const end = skipToken(value, 0);
  const parameters = parseParameters(value, end);
  if (end === 0 || !parameters.ok) return undefined;
  const cause = parameters.value.get('cause') ?? '';
  return {
    protocol: value.slice(0, end),
    cause: /^\d{1,9}$/.test(cause) ? Number(cause) : undefined,
    text: parameters.value.get('text') ?? undefined,
  };
}

/** Header fields that give `reason`; none for `undefined` or where the protocol is no token. */
export function reasonHeaders(reason: Reason | undefined): readonly (readonly [name: string, value: string])[] {
  if (reason === undefined || !isToken(reason.protocol)) return [];
  const { protocol, cause, text } = reason;
  const parameters = cause === undefined ? '' : formatParameters(new Map([['cause', String(cause)]]));
  return [['Reason', `${protocol}${parameters}${text === undefined ? '' : `;text=${quote(text)}`}`]];
}
