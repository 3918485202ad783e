import type { DialogId } from '../dialog/dialog-id.ts';
import { readDialogReference, type DialogReference } from '../message/dialog-reference.ts';
import type { SipRequest } from '../message/message.ts';
import { InviteClientSession } from './invite-client-session.ts';
import type { InviteSession } from './invite-session.ts';

/** What an INVITE with Replaces or Join asks for: a call of ours, or the status that it costs. */
export type RelatedCall =
  | { readonly kind: 'none' }
  | { readonly kind: 'replaces' | 'join'; readonly session: InviteSession }
  | { readonly kind: 'refused'; readonly status: 400 | 481 | 486 | 603 };

/** Where calls are found by their dialogs. */
export interface CallsByDialog {
  get(id: DialogId): InviteSession | undefined;
  /** Whether there was such a dialog a short while ago. */
  hadUntilLately(id: DialogId): boolean;
}

/** Finds the call that an INVITE replaces or joins, by the rules of RFC 3891 §3 and RFC 3911 §4. */
export function relatedCall(invite: SipRequest, calls: CallsByDialog): RelatedCall {
  const replaces = readDialogReference(invite, 'Replaces');
  const join = readDialogReference(invite, 'Join');
  if (!replaces.ok || !join.ok || (replaces.value !== undefined && join.value !== undefined)) return refused(400);
  const reference = replaces.value ?? join.value;
  if (reference === undefined) return { kind: 'none' };
  const kind = replaces.value === undefined ? 'join' : 'replaces';
  const session = find(reference, calls);
  if (session === undefined) return refused(isOver(reference, calls) ? 603 : 481);
  switch (session.state) {
    case 'established':
      return reference.earlyOnly ? refused(486) : { kind, session };
    case 'ending':
    case 'ended':
      return refused(603);
    default:
      // RFC 3891 §3: an early dialog can be replaced only where we called, since then it is we who may take the call back.
      return kind === 'join' || session instanceof InviteClientSession ? { kind, session } : refused(481);
  }
}

function refused(status: 400 | 481 | 486 | 603): RelatedCall {
  return { kind: 'refused', status };
}

function find(reference: DialogReference, calls: CallsByDialog): InviteSession | undefined {
  return candidates(reference).map((id) => calls.get(id)).find((session) => session !== undefined); // prettier-ignore
}

function isOver(reference: DialogReference, calls: CallsByDialog): boolean {
  return candidates(reference).some((id) => calls.hadUntilLately(id));
}

/** A tag of 0 stands for none, too, as with peers of RFC 2543 (RFC 3891 §3); our own tag is always there. */
function candidates({ callId, toTag, fromTag }: DialogReference): readonly DialogId[] {
  const id = { callId, localTag: toTag, remoteTag: fromTag };
  return fromTag === '0' ? [id, { ...id, remoteTag: undefined }] : [id];
}
