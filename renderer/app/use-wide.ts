import { useSyncExternalStore } from 'react';

// The same width as in styles/window.css.
const query = matchMedia('(min-width: 640px)');

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** Whether the window has room for a second column. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
