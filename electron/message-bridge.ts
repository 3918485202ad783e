import type { IpcMain, IpcMainEvent, WebContents } from 'electron';
import type { WindowChannel } from '../core/api/channel.ts';
import { MAX_REQUEST_LENGTH } from '../core/api/contract.ts';
import { isAppUrl } from './app-protocol.ts';

/** Messages kept for a core that is still starting; a window that sends more has something wrong with it. */
const MOST_WAITING = 64;

/** The one channel between window and core, the same in both directions. The preload has it as a literal. */
export const MESSAGE_CHANNEL = 'sotto:message';

/**
 * The channel of one window. A message is dropped, and never reaches the core, unless it is text of bearable length from
 * the main frame of that very window while it shows our own page. What comes before `onMessage` waits for it.
 */
export function openChannel(ipcMain: IpcMain, webContents: WebContents): WindowChannel {
  const waiting: string[] = [];
  let listener: ((text: string) => void) | undefined;
  const receive = (event: IpcMainEvent, text: unknown): void => {
    if (event.sender !== webContents) return;
    const frame = event.senderFrame;
    if (frame === null || frame !== webContents.mainFrame || !isAppUrl(frame.url)) return;
    if (typeof text !== 'string' || text.length > MAX_REQUEST_LENGTH) return;
    if (listener !== undefined) listener(text);
    else if (waiting.length < MOST_WAITING) waiting.push(text);
  };
  ipcMain.on(MESSAGE_CHANNEL, receive);
  webContents.once('destroyed', () => ipcMain.off(MESSAGE_CHANNEL, receive));
  return {
    send: (text) => {
      if (!webContents.isDestroyed()) webContents.send(MESSAGE_CHANNEL, text);
    },
    onMessage: (next) => {
      listener = next;
      for (const text of waiting.splice(0)) next(text);
      return () => {
        listener = undefined;
      };
    },
  };
}
