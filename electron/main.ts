import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  Notification,
  powerSaveBlocker,
  protocol,
  screen,
  session,
} from 'electron';
import { ContractClient } from '../core/api/client.ts';
import type { PhoneRuntime } from '../core/api/phone-runtime.ts';
import { defaultDataFolder } from '../core/io/data-folder.ts';
import { systemClock } from '../core/io/node-clock.ts';
import { packageRoot } from '../core/shell/package-root.ts';
import { startPhoneRuntime } from '../core/shell/phone-runtime.ts';
import { VERSION } from '../core/shell/version.ts';
import { APP_SCHEME, respondFromFolder } from './app-protocol.ts';
import { confine, denyPermissions } from './guards.ts';
import { Desktop, type Note } from './desktop.ts';
import { desktopWords } from './desktop-words.ts';
import { linkIn } from './links.ts';
import { openChannel } from './message-bridge.ts';
import { offering, type OfferingChannel } from './offers.ts';
import { ownChannel } from './own-channel.ts';
import { openPhoneWindow } from './phone-window.ts';
import { fitPlace, keepPlace, readPlace } from './window-place.ts';

/** How long the phone may take to say goodbye to servers and callers when the program ends. */
const QUIT_LIMIT_MS = 3000;

const RESOURCES = fileURLToPath(new URL('resources/', packageRoot()));

/** Where a link goes once the window is there, and one that came before. */
let channel: OfferingChannel | undefined;
let offered: string | undefined;

const options = parseArgs({
  args: process.argv.slice(1),
  options: { data: { type: 'string' } },
  strict: false,
  allowPositionals: true,
}).values;

// The same folder as in the browser and on the command line: one phone, whichever shell shows it.
app.setPath('userData', typeof options.data === 'string' ? options.data : defaultDataFolder());
// What Chromium keeps for itself stays out of the way of what is the phone's.
app.setPath('sessionData', join(app.getPath('userData'), 'window'));

if (app.requestSingleInstanceLock()) run();
else app.quit();

function run(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  app.on('web-contents-created', (_event, contents) => {
    confine(contents);
  });
  app.on('window-all-closed', () => {
    app.quit();
  });
  app.on('second-instance', (_event, args) => {
    showPhone();
    offer(linkIn(args));
  });
  // macOS hands links over so.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    showPhone();
    offer(linkIn([url]));
  });
  offer(linkIn(process.argv.slice(1)));

  const runtime = app.whenReady().then(open);
  runtime.catch((error: unknown) => {
    dialog.showErrorBox('Sotto could not start', error instanceof Error ? error.message : String(error));
    app.exit(1);
  });

  let ending = false;
  app.on('will-quit', (event) => {
    event.preventDefault();
    if (ending) return;
    ending = true;
    const late = setTimeout(() => {
      app.exit(0);
    }, QUIT_LIMIT_MS);
    void runtime
      .then((phone) => phone.close())
      .catch((error: unknown) => {
        console.error('Sotto did not end cleanly:', error);
      })
      .finally(() => {
        clearTimeout(late);
        app.exit(0);
      });
  });
}

async function open(): Promise<PhoneRuntime> {
  const files = join(import.meta.dirname, '../renderer');
  protocol.handle(APP_SCHEME, (request) => respondFromFolder(files, request));
  denyPermissions(session.defaultSession);
  Menu.setApplicationMenu(null);

  // The window draws while the core starts; what it asks meanwhile waits in the channel.
  const placeFile = join(app.getPath('userData'), 'window.json');
  const screens = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = openPhoneWindow(fitPlace(readPlace(placeFile), screens));
  window.on('close', () => {
    keepPlace(placeFile, window.getNormalBounds());
  });
  const { webContents } = window;
  channel = offering(openChannel(ipcMain, webContents));
  offer(offered);
  const started = await startPhoneRuntime({
    dataDir: app.getPath('userData'),
    resourcesDir: RESOURCES,
    version: VERSION,
  });
  if (!started.ok) throw new Error(`${started.error.summary} ${started.error.cure}`);
  const detach = started.value.attach(channel);
  webContents.once('destroyed', detach);
  showOnDesktop(started.value, window);
  return started.value;
}

/** Puts a link into the dial field: now, or once there is one. */
function offer(link: string | undefined): void {
  if (link === undefined) return;
  if (channel === undefined) offered = link;
  else channel.offer(link);
}

/** Follows the phone for notes, badge and sleep. */
function showOnDesktop(phone: PhoneRuntime, window: BrowserWindow): void {
  const { core, shell } = ownChannel();
  const detach = phone.attach(core);
  const client = new ContractClient(shell, systemClock);
  const desktop = new Desktop({
    isWatched: () => !window.isDestroyed() && window.isFocused(),
    raise: () => {
      if (window.isDestroyed()) return;
      window.showInactive();
      window.flashFrame(true);
    },
    notify: (note) => notify(note, showPhone),
    setBadge: (count) => void app.setBadgeCount(count),
    keepAwake: () => {
      const id = powerSaveBlocker.start('prevent-app-suspension');
      return { end: () => void powerSaveBlocker.stop(id) };
    },
    answer: (callId) => {
      showPhone();
      void client.request('call.answer', { callId });
    },
    decline: (callId) => void client.request('call.decline', { callId }),
    words: desktopWords(RESOURCES, app.getLocale()),
  });
  client.subscribe(() => {
    if (client.view.snapshot !== null) desktop.follow(client.view.snapshot);
  });
  app.once('will-quit', () => {
    desktop.close();
    client.close();
    detach();
  });
}

/** Shows a note; without a service for notes nothing is shown, and the window was raised all the same. */
function notify({ title, body, actions }: Note, onClick: () => void): { close(): void } {
  if (!Notification.isSupported()) return { close: () => undefined };
  const buttons = actions.map(({ text }) => ({ type: 'button' as const, text }));
  // The phone rings by itself.
  const note = new Notification({ title, body, silent: true, actions: buttons });
  note.on('click', onClick);
  note.on('action', (_event, index) => {
    actions[index]?.run();
  });
  note.show();
  return {
    close: () => {
      note.close();
    },
  };
}

/** Brings the phone to the front when somebody starts it again. */
function showPhone(): void {
  const window = BrowserWindow.getAllWindows()[0];
  if (window === undefined) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
