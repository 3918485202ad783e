import type { CallView, SecurityView, Snapshot } from '../../core/api/state.ts';
import { plainAddress, remoteLabel } from '../features/call/call-words.ts';

/** One change that a screen reader should say. `urgent` interrupts; a text is made of it by the window's language. */
export type Announcement =
  | {
      readonly kind: 'calling' | 'ringing' | 'early' | 'ended' | 'failed';
      readonly urgent: boolean;
      readonly name: string;
    }
  | {
      readonly kind: 'incoming' | 'connected';
      readonly urgent: boolean;
      readonly name: string;
      readonly security: SecurityView['state'];
    }
  | { readonly kind: 'security'; readonly urgent: boolean; readonly security: SecurityView['state'] }
  | { readonly kind: 'registered' | 'unregistered'; readonly urgent: boolean; readonly address: string }
  | {
      readonly kind: 'held' | 'resumed' | 'heldThere' | 'resumedThere';
      readonly urgent: boolean;
      readonly name: string;
    }
  | {
      readonly kind: 'transferDone' | 'transferFailed' | 'transferAsked';
      readonly urgent: boolean;
      readonly name: string;
      readonly target: string;
    }
  | { readonly kind: 'voicemail'; readonly urgent: boolean; readonly count: number }
  | { readonly kind: 'message' | 'muted' | 'unmuted' | 'audioLost' | 'audioReady'; readonly urgent: boolean };

/** What has changed from one state to the next that must be heard by who does not see it. */
export function announcementsBetween(before: Snapshot, after: Snapshot): readonly Announcement[] {
  return [
    ...ofCalls(before, after),
    ...ofMessages(before, after),
    ...ofAccounts(before, after),
    ...ofAudio(before, after),
  ];
}

function* ofCalls(before: Snapshot, after: Snapshot): Generator<Announcement> {
  for (const call of after.calls) {
    const old = before.calls.find(({ id }) => id === call.id);
    if (old?.state !== call.state) yield* ofCallState(call);
    else if (old.security.state !== call.security.state && call.state === 'connected') {
      yield { kind: 'security', urgent: true, security: call.security.state };
    }
    if (old !== undefined) yield* ofHoldAndTransfer(old, call);
    if (old !== undefined && old.muted !== call.muted) yield { kind: call.muted ? 'muted' : 'unmuted', urgent: false };
  }
}

function* ofHoldAndTransfer(old: CallView, call: CallView): Generator<Announcement> {
  const name = remoteLabel(call);
  const { hold, transfer, transferRequest } = call;
  if (call.state === 'connected') {
    if (old.hold.here !== hold.here) yield { kind: hold.here ? 'held' : 'resumed', urgent: false, name };
    if (old.hold.there !== hold.there) yield { kind: hold.there ? 'heldThere' : 'resumedThere', urgent: true, name };
  }
  if (transfer !== null && old.transfer?.state !== transfer.state) {
    const { state, target } = transfer;
    if (state === 'done' || state === 'failed') {
      yield { kind: state === 'done' ? 'transferDone' : 'transferFailed', urgent: true, name, target };
    }
  }
  if (transferRequest !== null && old.transferRequest === null) {
    yield { kind: 'transferAsked', urgent: true, name, target: plainAddress(transferRequest) };
  }
}

function* ofCallState(call: CallView): Generator<Announcement> {
  const name = remoteLabel(call);
  const security = call.security.state;
  switch (call.state) {
    case 'incoming':
      yield { kind: 'incoming', urgent: true, name, security };
      break;
    case 'connected':
      yield { kind: 'connected', urgent: true, name, security };
      break;
    case 'ended':
      yield { kind: call.diagnosis !== null && call.connectedAt === null ? 'failed' : 'ended', urgent: true, name };
      break;
    case 'ending':
      break;
    case 'calling':
    case 'ringing':
    case 'early':
      yield { kind: call.state, urgent: false, name };
  }
}

function* ofAccounts(before: Snapshot, after: Snapshot): Generator<Announcement> {
  for (const account of after.accounts) {
    const old = before.accounts.find(({ id }) => id === account.id);
    const fresh = account.mailbox?.fresh ?? 0;
    if (fresh > (old?.mailbox?.fresh ?? 0)) yield { kind: 'voicemail', urgent: false, count: fresh };
    if (old?.registration === account.registration) continue;
    const address = plainAddress(account.address);
    if (account.registration === 'registered') yield { kind: 'registered', urgent: false, address };
    else if (account.registration === 'failed') yield { kind: 'unregistered', urgent: false, address };
  }
}

function* ofMessages(before: Snapshot, after: Snapshot): Generator<Announcement> {
  if (after.messages.unseen > before.messages.unseen) yield { kind: 'message', urgent: false };
}

function* ofAudio(before: Snapshot, after: Snapshot): Generator<Announcement> {
  const silent = ({ audio }: Snapshot): boolean => audio.state === 'none' || audio.state === 'lost';
  if (silent(after) && !silent(before)) yield { kind: 'audioLost', urgent: true };
  else if (after.audio.state === 'ready' && silent(before)) yield { kind: 'audioReady', urgent: false };
}
