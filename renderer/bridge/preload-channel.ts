import type { Channel } from '../../core/api/channel.ts';

/** What Electron's preload script puts at `window.sotto`. */
export interface PreloadBridge {
  send(text: string): void;
  onMessage(listener: (text: string) => void): unknown;
}

/** The channel to Electron's main process. It lives as long as the window does, so it is always open. */
export function preloadChannel(bridge: PreloadBridge): Channel {
  const listeners = new Set<(text: string) => void>();
  bridge.onMessage((text) => {
    for (const listener of listeners) listener(text);
  });
  return {
    send: (text) => {
      bridge.send(text);
    },
    onMessage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onState: (listener) => {
      listener('open');
      return () => undefined;
    },
  };
}
