import type { CallView } from '../../../core/api/state.ts';
import { plainAddress } from '../call/call-words.ts';

/**
 * What a text in the dial field is: `target` can be called as it stands; `word` could be a name or a user of the own
 * server; `name` cannot be called, only looked up.
 */
export type DialText = 'empty' | 'target' | 'word' | 'name';

/** Tells what a text in the dial field is. */
export function classifyDialText(text: string): DialText {
  const trimmed = text.trim();
  if (trimmed === '') return 'empty';
  if (/^(sips?|tel|callto):/i.test(trimmed) || /^[^\s@]+@[^\s@]+$/.test(trimmed)) return 'target';
  if (/^[\d\s()+*#./-]+$/.test(trimmed) && /[\d*#]/.test(trimmed)) return 'target';
  return /\s/.test(trimmed) ? 'name' : 'word';
}

/** How many hits are offered at most. */
const MOST_HITS = 6;

/** The people of earlier calls whose name or address holds the text, newest first, each address once. */
export function findHits(calls: readonly CallView[], text: string): readonly CallView[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (wanted === '') return [];
  const found = new Map<string, CallView>();
  for (const call of calls.toSorted((a, b) => b.startedAt - a.startedAt)) {
    const address = plainAddress(call.remoteAddress);
    // Everybody at a domain would be a hit for its letters: it counts only once an @ is typed.
    const parts = [call.remoteName, wanted.includes('@') ? address : address.replace(/@.*$/, '')];
    const matches = parts.some((part) => part.toLocaleLowerCase().includes(wanted));
    if (matches && !found.has(call.remoteAddress)) found.set(call.remoteAddress, call);
  }
  return [...found.values()].slice(0, MOST_HITS);
}
