import { useCallback, useEffect, useState } from 'react';
import type { Contact } from '../../../core/api/people.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';

const CHUNK = 200;
const STEP = 50;

interface Loaded {
  readonly total: number;
  readonly offset: number;
  readonly contacts: readonly Contact[];
}

/** The part of the contacts that is seen, anew with each change of them. `total` is null until the first answer. */
export function useContacts(text: string): {
  readonly total: number | null;
  readonly contact: (index: number) => Contact | undefined;
  readonly onSeen: (first: number, last: number) => void;
} {
  const { model } = usePhone();
  const { revision } = useSnapshot().contacts;
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [offset, setOffset] = useState(0);

  useEffect(() => {
    let current = true;
    void model.request('contacts.read', { text, offset, limit: CHUNK }).then((part) => {
      if (current && part.ok) setLoaded({ ...part.value, offset });
    });
    return () => {
      current = false;
    };
  }, [model, text, offset, revision]);

  const onSeen = useCallback((first: number): void => {
    setOffset(Math.max(0, (Math.floor(first / STEP) - 1) * STEP));
  }, []);
  return { total: loaded?.total ?? null, contact: (index) => loaded?.contacts[index - loaded.offset], onSeen };
}
