import type { Channel, WindowChannel } from '../core/api/channel.ts';

/** Two ends of a channel within the main process: the shell asks the phone as a window does. */
export function ownChannel(): { readonly core: WindowChannel; readonly shell: Channel } {
  const toCore = new Set<(text: string) => void>();
  const toShell = new Set<(text: string) => void>();
  const end = (mine: Set<(text: string) => void>, other: Set<(text: string) => void>): WindowChannel => ({
    send: (text) => {
      // In order, and never within the call that sends.
      queueMicrotask(() => {
        for (const listener of other) listener(text);
      });
    },
    onMessage: (listener) => {
      mine.add(listener);
      return () => mine.delete(listener);
    },
  });
  return {
    core: end(toCore, toShell),
    shell: {
      ...end(toShell, toCore),
      onState: (listener) => {
        listener('open');
        return () => undefined;
      },
    },
  };
}
