import type { SipMessage } from '../message/message.ts';

/** What identifies a dialog (RFC 3261 §12). A peer of RFC 2543 has no tag. */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string | undefined;
}

/**
 * The dialog that a message from the other side belongs to (RFC 3261 §12.2.2): in a request our tag is that of To, in a
 * response that of From. `undefined` where our tag is missing: the message is outside any dialog.
 */
export function dialogIdOf(message: SipMessage): DialogId | undefined {
  const isRequest = message.kind === 'request';
  const localTag = isRequest ? message.toTag : message.fromTag;
  if (localTag === undefined) return undefined;
  return { callId: message.callId, localTag, remoteTag: isRequest ? message.fromTag : message.toTag };
}

/** One text for each dialog; a space is in neither Call-ID nor tag. */
export function dialogKey({ callId, localTag, remoteTag }: DialogId): string {
  return `${callId} ${localTag} ${remoteTag ?? ''}`;
}
