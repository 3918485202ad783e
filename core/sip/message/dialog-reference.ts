import { err, ok, type Result } from '../../base/result.ts';
import type { SipMessage } from './message.ts';
import { isToken } from './characters.ts';
import { parseParameters } from './parameters.ts';

/** A dialog as Replaces and Join name it, from the view of who receives the header (RFC 3891 §6.1, RFC 3911 §7.1). */
export interface DialogReference {
  readonly callId: string;
  /** Our tag; `0` stands for none, too (RFC 3891 §3). */
  readonly toTag: string;
  /** The other one's tag; `0` stands for none, too. */
  readonly fromTag: string;
  /** Only where the dialog is early (RFC 3891 §6.1); never in Join. */
  readonly earlyOnly: boolean;
}

/** The characters of `callid` (RFC 3261 §25.1), at each side of its `@`. */
const CALL_ID = /^[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}]+(?:@[A-Za-z0-9\-.!%*_+`'~()<>:\\"/[\]?{}]+)?$/;

/** Reads the value of Replaces or Join. Both tags must be there, once (RFC 3891 §6.1). */
export function parseDialogReference(text: string): Result<DialogReference, string> {
  const semicolon = text.indexOf(';');
  const callId = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (semicolon < 0 || !CALL_ID.test(callId)) return err('malformed call identity');
  const parameters = parseParameters(text, semicolon);
  if (!parameters.ok) return parameters;
  const toTag = parameters.value.get('to-tag') ?? '';
  const fromTag = parameters.value.get('from-tag') ?? '';
  if (!isToken(toTag) || !isToken(fromTag)) return err('a dialog needs to-tag and from-tag');
  return ok({ callId, toTag, fromTag, earlyOnly: parameters.value.has('early-only') });
}

/**
 * The dialog that a message names in Replaces or Join: `undefined` where it names none. More than one, or one that cannot be
 * read, is an error, for a 400 (RFC 3891 §3, RFC 3911 §4).
 */
export function readDialogReference(
  { headers }: SipMessage,
  header: 'Replaces' | 'Join',
): Result<DialogReference | undefined, string> {
  const [value, ...more] = headers.getAll(header);
  if (value === undefined) return ok(undefined);
  if (more.length > 0 || value.includes(',')) return err(`more than one ${header}`);
  return parseDialogReference(value);
}

/** Writes the value of Replaces or Join. */
export function formatDialogReference({ callId, toTag, fromTag, earlyOnly }: DialogReference): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`;
}
