/**
 * The module `electron` for a main process that runs under Node: what Sotto imports of it, before a real page of a real
 * Chromium. An import that is not here fails by name.
 */
export { app } from './app.ts';
export { ipcMain } from './ipc-main.ts';
export { protocol } from './protocol.ts';
export { session } from './session.ts';
export { BrowserWindow } from './windows.ts';

/** Electron's `Menu`: a headless browser has none. */
export const Menu = {
  setApplicationMenu(): void {
    // Nothing to take away.
  },
};

/** Electron's `dialog`: what it would show goes to standard error. */
export const dialog = {
  showErrorBox(title: string, content: string): void {
    console.error(`${title}: ${content}`);
  },
};
