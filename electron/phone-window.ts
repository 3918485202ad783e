import { join } from 'node:path';
import { BrowserWindow } from 'electron';
import { APP_PAGE } from './app-protocol.ts';
import type { Place } from './window-place.ts';

/** The size of the phone at first, in CSS pixels: a dialer beside other work. */
const SIZE = { width: 340, height: 560 } as const;

/**
 * Makes the window of the phone; it shows itself once its page has drawn. Its page is sandboxed and sees of the program
 * what the preload shows it.
 */
export function openPhoneWindow(place: Place | undefined): BrowserWindow {
  const window = new BrowserWindow({
    ...SIZE,
    ...place,
    minWidth: 300,
    minHeight: 440,
    // A remembered place has the frame around it.
    useContentSize: place === undefined,
    show: false,
    title: 'Sotto',
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(import.meta.dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => {
    window.show();
  });
  void window.loadURL(APP_PAGE);
  return window;
}
