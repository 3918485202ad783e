import { EventEmitter } from 'node:events';

/**
 * The module `electron` for a main process that runs under Node: what Sotto imports of it, before a real page of a real
 * Chromium. An import that is not here fails by name.
 */
export { app } from './app.ts';
export { ipcMain } from './ipc-main.ts';
export { protocol } from './protocol.ts';
export { session } from './session.ts';
export { BrowserWindow } from './windows.ts';

/** Electron's `Notification`: kept, so that a test can look at it and press its buttons. */
export class Notification extends EventEmitter {
  static readonly shown: Notification[] = [];

  static isSupported(): boolean {
    return true;
  }

  readonly options: { readonly title: string; readonly body: string };

  constructor(options: { readonly title: string; readonly body: string }) {
    super();
    this.options = options;
  }

  show(): void {
    Notification.shown.push(this);
  }

  close(): void {
    Notification.shown.splice(Notification.shown.indexOf(this), 1);
  }
}

/** Electron's `powerSaveBlocker`: counts who keeps the machine awake. */
export const powerSaveBlocker = {
  running: new Set<number>(),
  start(): number {
    const id = this.running.size + 1;
    this.running.add(id);
    return id;
  },
  stop(id: number): boolean {
    return this.running.delete(id);
  },
};

/** Electron's `screen`: one, of a usual size. */
export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
};

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
