import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toAppUrl, toBrowserUrl } from './app-url.ts';
import { app } from './app.ts';
import type { CdpEvent, CdpObject } from './chromium.ts';
import { ElectronEmitter } from './emitter.ts';
import { ipcMain } from './ipc-main.ts';
import { bridgeScript, INCOMING_FUNCTION, OUTGOING_BINDING, PRELOAD_WORLD, preloadScript } from './page-worlds.ts';
import { respond } from './protocol.ts';
import { permissionSettings } from './session.ts';

interface WindowOptions {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly show?: boolean;
  readonly webPreferences?: Readonly<Record<string, unknown>> & { readonly preload?: string };
}

const windows = new Set<BrowserWindow>();

/** The page of a window, as the main process sees it. */
export class WebContents extends ElectronEmitter {
  readonly #preferences: Readonly<Record<string, unknown>>;
  /** The frame that messages come from; the same object for all of a page's messages. */
  readonly mainFrame = { url: 'about:blank' };
  targetId = '';
  #sessionId = '';
  /** The world of the preload, where there is one. */
  #preloadContext: number | undefined;
  #mainFrameId = '';
  #expectedUrl = '';
  #destroyed = false;
  #openHandler: ((details: { url: string }) => { action: 'allow' | 'deny' }) | undefined;

  constructor(preferences: Readonly<Record<string, unknown>>) {
    super();
    this.#preferences = preferences;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  getLastWebPreferences(): Readonly<Record<string, unknown>> {
    return this.#preferences;
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'allow' | 'deny' }): void {
    this.#openHandler = handler;
  }

  /** Sends to the listeners of the preload. */
  send(channel: string, ...args: unknown[]): void {
    if (this.#preloadContext === undefined) return;
    const expression = `${INCOMING_FUNCTION}(...${JSON.stringify([channel, ...args])})`;
    // A page that has just gone loses its messages, as in Electron.
    this.#command('Runtime.evaluate', { expression, contextId: this.#preloadContext }).catch(() => undefined);
  }

  /** Opens the page, empty, with its preload waiting for the first document. */
  async open(options: WindowOptions): Promise<void> {
    const { chromium } = app;
    const { width = 800, height = 600 } = options;
    const url = 'about:blank';
    const created = await chromium.send('Target.createTarget', { url, newWindow: true, width, height });
    this.targetId = String(created.targetId);
    const attached = await chromium.send('Target.attachToTarget', { targetId: this.targetId, flatten: true });
    this.#sessionId = String(attached.sessionId);
    chromium.onEvent((event) => {
      if (event.sessionId === this.#sessionId) this.#take(event);
      else if (event.sessionId === undefined) this.#takeFromBrowser(event);
    });
    await chromium.send('Target.setDiscoverTargets', { discover: true });
    for (const [name, setting] of permissionSettings()) {
      await chromium.send('Browser.setPermission', { permission: { name }, setting });
    }
    const tree = (await this.#command('Page.getFrameTree')) as { frameTree: { frame: { id: string } } };
    this.#mainFrameId = tree.frameTree.frame.id;
    // A headless window has bars that a window of Electron has not.
    await this.#command('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await this.#command('Page.enable');
    await this.#command('Runtime.enable');
    await this.#command('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
    await this.#command('Runtime.addBinding', { name: OUTGOING_BINDING, executionContextName: PRELOAD_WORLD });
    const token = randomUUID();
    const preload = options.webPreferences?.preload;
    await this.#command('Page.addScriptToEvaluateOnNewDocument', { source: bridgeScript(token) });
    await this.#command('Page.addScriptToEvaluateOnNewDocument', {
      source: preloadScript(token, preload === undefined ? '' : readFileSync(preload, 'utf8')),
      worldName: PRELOAD_WORLD,
    });
  }

  /** Loads a page on behalf of the program; nobody is asked. */
  async load(url: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.once('did-finish-load', () => {
      resolve(undefined);
    });
    this.#expectedUrl = toBrowserUrl(url);
    await this.#command('Page.navigate', { url: this.#expectedUrl });
    await promise;
  }

  #command(method: string, params: CdpObject = {}): Promise<CdpObject> {
    return app.chromium.send(method, params, this.#sessionId);
  }

  #take({ method, params }: CdpEvent): void {
    switch (method) {
      case 'Runtime.executionContextCreated':
        this.#noteContext(params.context as ExecutionContext);
        break;
      case 'Runtime.bindingCalled':
        this.#receive(params as unknown as BindingCall);
        break;
      case 'Runtime.exceptionThrown':
        console.error('exception in the page:', JSON.stringify(params.exceptionDetails));
        break;
      case 'Page.frameNavigated':
        this.#noteNavigation(params.frame as { id: string; url: string });
        break;
      case 'Page.loadEventFired':
        this.emit('did-finish-load');
        break;
      case 'Fetch.requestPaused':
        void this.#answer(params as unknown as PausedRequest);
        break;
      default:
    }
  }

  #takeFromBrowser({ method, params }: CdpEvent): void {
    if (method === 'Target.targetDestroyed' && params.targetId === this.targetId) {
      this.#destroyed = true;
      this.emit('destroyed');
    } else if (method === 'Target.targetCreated') {
      const info = params.targetInfo as { openerId?: string; targetId: string; type: string; url: string };
      if (info.type !== 'page' || info.openerId !== this.targetId) return;
      if (this.#openHandler?.({ url: info.url }).action !== 'deny') return;
      void app.chromium.send('Target.closeTarget', { targetId: info.targetId });
    }
  }

  #noteContext({ id, name, auxData }: ExecutionContext): void {
    if (name === PRELOAD_WORLD && auxData.frameId === this.#mainFrameId) this.#preloadContext = id;
  }

  #noteNavigation({ id, url }: { id: string; url: string }): void {
    if (id === this.#mainFrameId) this.mainFrame.url = toAppUrl(url);
  }

  #receive({ executionContextId, payload }: BindingCall): void {
    const { channel, args } = JSON.parse(payload) as { channel: string; args: unknown[] };
    const ofMainFrame = executionContextId === this.#preloadContext;
    const senderFrame = ofMainFrame ? this.mainFrame : { url: 'about:srcdoc' };
    ipcMain.emit(channel, { sender: this, senderFrame }, ...args);
  }

  /** Every request of the page comes here: navigation is asked about, `app:` answered by its handler, the rest let see nothing. */
  async #answer({ requestId, request, resourceType, frameId }: PausedRequest): Promise<void> {
    const details = { url: toAppUrl(request.url), isMainFrame: frameId === this.#mainFrameId };
    if (resourceType === 'Document' && request.url !== this.#expectedUrl) {
      const prevented =
        this.emitPreventable('will-frame-navigate', details) ||
        (details.isMainFrame && this.emitPreventable('will-navigate', details));
      if (prevented) {
        await this.#command('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
        return;
      }
    }
    this.#expectedUrl = '';
    await this.#command('Fetch.fulfillRequest', { requestId, ...(await respond(details.url, request.method)) });
  }
}

interface ExecutionContext {
  readonly id: number;
  readonly name: string;
  readonly auxData: { readonly frameId: string };
}

interface BindingCall {
  readonly executionContextId: number;
  readonly payload: string;
}

interface PausedRequest {
  readonly requestId: string;
  readonly request: { readonly url: string; readonly method: string };
  readonly resourceType: string;
  readonly frameId: string;
}

/** A window: a page of the headless browser, and whether it would be seen. */
export class BrowserWindow extends ElectronEmitter {
  static getAllWindows(): BrowserWindow[] {
    return [...windows];
  }

  readonly webContents: WebContents;
  readonly #opened: Promise<void>;
  readonly #options: WindowOptions;
  #visible: boolean;
  #focused = 0;

  constructor(options: WindowOptions = {}) {
    super();
    this.#options = options;
    const preferences = options.webPreferences ?? {};
    if (preferences.sandbox !== true || preferences.contextIsolation !== true || preferences.nodeIntegration === true) {
      throw new Error('this harness has no windows but sandboxed and isolated ones');
    }
    this.webContents = new WebContents(preferences);
    this.#visible = options.show ?? true;
    windows.add(this);
    app.emit('web-contents-created', {}, this.webContents);
    this.#opened = this.webContents.open(options);
    this.webContents.once('destroyed', () => {
      windows.delete(this);
      this.emit('closed');
      if (windows.size === 0 && !app.quitting) app.emit('window-all-closed');
    });
  }

  async loadURL(url: string): Promise<void> {
    await this.#opened;
    await this.webContents.load(url);
    this.emit('ready-to-show');
  }

  /** Where it stands: a headless browser has no desktop. */
  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    const { x = 0, y = 0, width = 800, height = 600 } = this.#options;
    return { x, y, width, height };
  }

  isDestroyed(): boolean {
    return this.webContents.isDestroyed();
  }

  isFocused(): boolean {
    return false;
  }

  /** How often it came up without taking the keyboard. */
  timesRaised = 0;

  showInactive(): void {
    this.#visible = true;
    this.timesRaised += 1;
  }

  flashFrame(): void {
    // Nothing flashes.
  }

  show(): void {
    this.#visible = true;
  }

  isVisible(): boolean {
    return this.#visible;
  }

  isMinimized(): boolean {
    return false;
  }

  focus(): void {
    this.#focused += 1;
  }

  /** How often the program asked for the focus; Electron has no such figure, a headless browser no focus. */
  get timesFocused(): number {
    return this.#focused;
  }

  async close(): Promise<void> {
    await this.#opened;
    if (this.webContents.isDestroyed()) return;
    this.emit('close');
    const gone = new Promise((resolve) => this.webContents.once('destroyed', resolve));
    await app.chromium.send('Target.closeTarget', { targetId: this.webContents.targetId });
    await gone;
  }
}

app.closeWindows = async () => {
  await Promise.all([...windows].map((window) => window.close()));
};
