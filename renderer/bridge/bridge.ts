import type { Channel } from '../../core/api/channel.ts';
import { browserClock } from './browser-clock.ts';
import { preloadChannel, type PreloadBridge } from './preload-channel.ts';
import { takeSessionToken } from './session-token.ts';
import { WebSocketChannel } from './websocket-channel.ts';

declare global {
  interface Window {
    readonly sotto?: PreloadBridge;
  }
}

/** The way to the core, and a wish to try it again at once. */
export interface Bridge {
  readonly channel: Channel;
  readonly reconnect: () => void;
}

/** Electron's bridge where the preload script offers one, else a WebSocket to where the page came from. */
export function openBridge(): Bridge {
  if (window.sotto !== undefined) return { channel: preloadChannel(window.sotto), reconnect: () => undefined };
  const url = `ws://${location.host}/api?token=${encodeURIComponent(takeSessionToken())}`;
  const channel = new WebSocketChannel(url, browserClock);
  return {
    channel,
    reconnect: () => {
      channel.reconnect();
    },
  };
}
