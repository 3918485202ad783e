import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session } from 'electron';
import type { PhoneRuntime } from '../core/api/phone-runtime.ts';
import { defaultDataFolder } from '../core/io/data-folder.ts';
import { packageRoot } from '../core/shell/package-root.ts';
import { startPhoneRuntime } from '../core/shell/phone-runtime.ts';
import { VERSION } from '../core/shell/version.ts';
import { APP_SCHEME, respondFromFolder } from './app-protocol.ts';
import { confine, denyPermissions } from './guards.ts';
import { openChannel } from './message-bridge.ts';
import { openPhoneWindow } from './phone-window.ts';

/** How long the phone may take to say goodbye to servers and callers when the program ends. */
const QUIT_LIMIT_MS = 3000;

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
  app.on('second-instance', showPhone);

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
  const { webContents } = openPhoneWindow();
  const channel = openChannel(ipcMain, webContents);
  const started = await startPhoneRuntime({
    dataDir: app.getPath('userData'),
    resourcesDir: fileURLToPath(new URL('resources/', packageRoot())),
    version: VERSION,
  });
  if (!started.ok) throw new Error(`${started.error.summary} ${started.error.cure}`);
  const detach = started.value.attach(channel);
  webContents.once('destroyed', detach);
  return started.value;
}

/** Brings the phone to the front when somebody starts it again. */
function showPhone(): void {
  const window = BrowserWindow.getAllWindows()[0];
  if (window === undefined) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
