import { EventEmitter } from 'node:events';

/** Electron's `ipcMain`: messages of all windows, by channel. */
export const ipcMain = new EventEmitter();
