/**
 * What runs inside the page: the world of the preload, apart from the page's own as Electron keeps it, and the near end of
 * its context bridge in the page's world. The worlds share the document and no object, so the bridge calls across by
 * events whose names only the two know. The functions are sent as text: they use nothing from outside of themselves.
 */

/** The name of the world that the preload runs in. */
export const PRELOAD_WORLD = 'electron-preload';

/** The function, in that world only, through which messages leave the page. */
export const OUTGOING_BINDING = 'electronHarnessSend';

/** The function, in that world only, through which messages enter it. */
export const INCOMING_FUNCTION = 'electronHarnessDeliver';

/** The script for the page's own world. `token` names the events of the bridge. */
export function bridgeScript(token: string): string {
  return `(${openBridge.toString()})(${JSON.stringify(token)})`;
}

/** The script for the world of the preload. */
export function preloadScript(token: string, preload: string): string {
  const names = JSON.stringify({ token, outgoing: OUTGOING_BINDING, incoming: INCOMING_FUNCTION });
  return `(${runPreload.toString()})(${names}, function (require, module, exports, process) {${preload}\n})`;
}

/** The window of a page: the object that both worlds share. */
type PageWindow = EventTarget & Record<string, AnyFunction>;

type AnyFunction = (...args: unknown[]) => unknown;

function openBridge(token: string): void {
  const page = globalThis as unknown as PageWindow;
  const callbacks: AnyFunction[] = [];
  const returned: string[] = [];
  const dispatch = (name: string, detail: unknown): void => {
    page.dispatchEvent(new CustomEvent(`${token}:${name}`, { detail: JSON.stringify(detail) }));
  };
  const listen = (name: string, take: (detail: string) => void): void => {
    page.addEventListener(`${token}:${name}`, (event) => {
      take((event as CustomEvent<string>).detail);
    });
  };

  listen('expose', (detail) => {
    const { key, members } = JSON.parse(detail) as { key: string; members: Record<string, number> };
    if (key in globalThis) throw new Error('Cannot bind an API on top of an existing property on the window object');
    const proxies = Object.entries(members).map(([name, id]): [string, AnyFunction] => [
      name,
      (...args) => {
        const carried = args.map((value) =>
          typeof value === 'function' ? { callback: callbacks.push(value as AnyFunction) - 1 } : { value },
        );
        dispatch('call', { id, args: carried });
        const result = returned.pop();
        return result === undefined ? undefined : (JSON.parse(result) as unknown);
      },
    ]);
    Object.defineProperty(globalThis, key, { value: Object.freeze(Object.fromEntries(proxies)), enumerable: true });
  });
  listen('return', (detail) => returned.push(detail));
  listen('callback', (detail) => {
    const { id, args } = JSON.parse(detail) as { id: number; args: unknown[] };
    callbacks[id]?.(...args);
  });
}

function runPreload(
  names: { token: string; outgoing: string; incoming: string },
  preload: (require: unknown, module: unknown, exports: unknown, process: unknown) => void,
): void {
  const page = globalThis as unknown as PageWindow;
  const functions: AnyFunction[] = [];
  const listeners = new Map<string, AnyFunction[]>();
  const dispatch = (name: string, detail: unknown): void => {
    page.dispatchEvent(new CustomEvent(`${names.token}:${name}`, { detail: JSON.stringify(detail) }));
  };
  const callbackOf =
    (id: number): AnyFunction =>
    (...args) => {
      dispatch('callback', { id, args });
    };

  page.addEventListener(`${names.token}:call`, (event) => {
    const { id, args } = JSON.parse((event as CustomEvent<string>).detail) as {
      id: number;
      args: { callback?: number; value?: unknown }[];
    };
    const result = functions[id]?.(
      ...args.map(({ callback, value }) => (callback === undefined ? value : callbackOf(callback))),
    );
    if (result !== undefined) dispatch('return', result);
  });

  const electron = {
    contextBridge: {
      exposeInMainWorld(key: string, api: Record<string, AnyFunction>): void {
        const members = Object.entries(api).map(([name, member]) => [name, functions.push(member) - 1] as const);
        dispatch('expose', { key, members: Object.fromEntries(members) });
      },
    },
    ipcRenderer: {
      send(channel: string, ...args: unknown[]): void {
        if (args.some((value) => typeof value === 'function')) throw new Error('An object could not be cloned.');
        page[names.outgoing]?.(JSON.stringify({ channel, args }));
      },
      on(channel: string, listener: AnyFunction): void {
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      },
    },
  };
  page[names.incoming] = (channel, ...args) => {
    for (const listener of listeners.get(channel as string) ?? []) listener({}, ...args);
  };

  const require = (specifier: string): unknown => {
    if (specifier === 'electron' || specifier === 'electron/renderer') return electron;
    throw new Error(`module not found: ${specifier}`);
  };
  const module = { exports: {} };
  preload(require, module, module.exports, { contextIsolated: true, sandboxed: true, env: {} });
}
