import { useCallback, useEffect, useState } from 'react';
import type { HistoryDay, HistoryEntry, HistoryQuery } from '../../../core/api/people.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';

/** Rows fetched at a time; more than any window shows. */
const CHUNK = 200;
const STEP = 50;

interface Loaded {
  readonly days: readonly HistoryDay[];
  readonly offset: number;
  readonly entries: readonly HistoryEntry[];
}

/** The part of the history that is seen, anew with each change of it. `days` is null until the first answer. */
export function useHistory({ filter, text }: HistoryQuery): {
  readonly days: readonly HistoryDay[] | null;
  readonly entry: (index: number) => HistoryEntry | undefined;
  readonly onSeen: (first: number, last: number) => void;
} {
  const { model } = usePhone();
  const { revision } = useSnapshot().history;
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [offset, setOffset] = useState(0);

  useEffect(() => {
    let current = true;
    const read = async (): Promise<void> => {
      const query = { filter, text };
      const [days, part] = await Promise.all([
        model.request('history.days', query),
        model.request('history.read', { ...query, offset, limit: CHUNK }),
      ]);
      if (current && days.ok && part.ok) setLoaded({ days: days.value.days, offset, entries: part.value.entries });
    };
    void read();
    return () => {
      current = false;
    };
  }, [model, filter, text, offset, revision]);

  const onSeen = useCallback((first: number): void => {
    setOffset(Math.max(0, (Math.floor(first / STEP) - 1) * STEP));
  }, []);
  return { days: loaded?.days ?? null, entry: (index) => loaded?.entries[index - loaded.offset], onSeen };
}
