import type { CallView } from '../../../core/api/state.ts';

/** The echo test of the built-in switch. */
export const ECHO_TEST = '9196';

/** An address as people read it: without scheme, parameters and headers. */
export function plainAddress(address: string): string {
  return address.replace(/^(sips?|tel):/i, '').replace(/[;?].*$/, '');
}

/** Whom a call is with, in the best words known: the name, else the user, else the address. */
export function remoteLabel({ remoteName, remoteAddress }: Pick<CallView, 'remoteName' | 'remoteAddress'>): string {
  if (remoteName.trim() !== '') return remoteName.trim();
  const plain = plainAddress(remoteAddress);
  return plain.replace(/(?<=.)@.*$/, '');
}

/** One or two letters for a name; `null` for what has no letters, such as a number. */
export function initials(label: string): string | null {
  const words = label.split(/[\s._-]+/).filter((word) => /^\p{L}/u.test(word));
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  if (first === undefined) return null;
  return [first, last].map((word) => (/^\p{L}/u.exec(word ?? '')?.[0] ?? '')).join('').toLocaleUpperCase(); // prettier-ignore
}

/** Whether a call goes on. */
export function isLive(call: CallView): boolean {
  return call.state !== 'ended';
}

/** Whether digits reach the other side. */
export function takesDigits(call: CallView): boolean {
  return call.state === 'early' || call.state === 'connected';
}

/** Who has put a call that goes on on hold; `null` where nobody has. */
export function holdOf({ state, hold }: CallView): 'here' | 'there' | 'both' | null {
  if (state !== 'connected') return null;
  if (hold.here) return hold.there ? 'both' : 'here';
  return hold.there ? 'there' : null;
}

/** How an ended call went. `elsewhere`: another phone took it. */
export type Outcome = 'outgoing' | 'incoming' | 'missed' | 'elsewhere' | 'declined' | 'cancelled' | 'failed';

/** Tells how an ended call went. */
export function outcomeOf(call: CallView): Outcome {
  if (call.connectedAt !== null) return call.direction;
  if (call.answeredElsewhere) return 'elsewhere';
  if (call.direction === 'incoming') return call.diagnosis?.code === 'sip.declined' ? 'declined' : 'missed';
  if (call.diagnosis === null || call.diagnosis.code === 'sip.no-answer') return 'cancelled';
  return 'failed';
}

/** A quality in three words, from the mean opinion score where there is one, else from the loss. */
export function qualityOf(quality: CallView['quality']): 'good' | 'fair' | 'poor' | 'unknown' {
  if (quality === null) return 'unknown';
  const mos = quality.mos ?? (quality.lossPercent < 1 ? 4.3 : quality.lossPercent < 4 ? 3.7 : 3);
  return mos >= 4 ? 'good' : mos >= 3.5 ? 'fair' : 'poor';
}
