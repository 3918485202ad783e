import type { PersonHit } from '../../../core/api/people.ts';
import type { WindowModel } from '../../app/window-model.ts';

/** What the core makes of a text in the dial field: the address that would be called, and the people it fits. */
export interface DialReading {
  readonly text: string;
  /** Null where it cannot be called as it stands. */
  readonly address: string | null;
  readonly hits: readonly PersonHit[];
}

export const EMPTY_DIAL: DialReading = { text: '', address: null, hits: [] };

/** Asks the core about a text; nothing is called. */
export async function readDial(
  model: Pick<WindowModel, 'request'>,
  text: string,
  accountId: string | null,
): Promise<DialReading> {
  if (text.trim() === '') return { ...EMPTY_DIAL, text };
  const [resolved, found] = await Promise.all([
    model.request('dial.resolve', { target: text, accountId }),
    model.request('people.search', { text: text.trim().slice(0, 256) }),
  ]);
  return { text, address: resolved.ok ? resolved.value.address : null, hits: found.ok ? found.value.hits : [] };
}

/** Whether a text is rather a name to look for than something to call: it has neither digits nor the signs of an address. */
export function isNameLike(text: string): boolean {
  return !/[\d*#@:]/.test(text);
}
