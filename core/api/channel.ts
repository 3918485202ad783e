/** Whether text can pass now. A channel that reconnects by itself goes back and forth between the two. */
export type ChannelState = 'open' | 'closed';

/**
 * A way for texts between a window and the core: Electron IPC, or a WebSocket on loopback. It delivers whole texts in
 * order while it is open, and nothing of what was sent while it was closed.
 */
export interface Channel {
  /** Sends one text; does nothing while closed. */
  send(text: string): void;
  /** Calls back for each text that arrives; the result stops it. */
  onMessage(listener: (text: string) => void): () => void;
  /** Calls back at once with the state now, then with each change; the result stops it. */
  onState(listener: (state: ChannelState) => void): () => void;
}

/** The core's end of one window's channel: it ends when the window is detached, so it has no state. */
export type WindowChannel = Pick<Channel, 'send' | 'onMessage'>;
