import { isToken } from '../message/characters.ts';
import type { SipRequest } from '../message/message.ts';
import { parseParameters } from '../message/parameters.ts';
import type { DialogId } from '../dialog/dialog-id.ts';

/** The dialog of ours that a request outside it names to show that it may ask (RFC 4538 §7); `undefined` where it names none. */
export function readTargetDialog({ headers }: SipRequest): DialogId | undefined {
  const value = headers.get('Target-Dialog') ?? '';
  const semicolon = value.indexOf(';');
  if (semicolon <= 0) return undefined;
  const parameters = parseParameters(value, semicolon);
  if (!parameters.ok) return undefined;
  // Local and remote are the sender's.
  const localTag = parameters.value.get('remote-tag') ?? '';
  const remoteTag = parameters.value.get('local-tag') ?? '';
  if (!isToken(localTag) || !isToken(remoteTag)) return undefined;
  return { callId: value.slice(0, semicolon).trim(), localTag, remoteTag };
}
