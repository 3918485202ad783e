import { registerHooks } from 'node:module';
import type * as ElectronModule from './electron-module.ts';

// Loaded before the main module: gives it this harness for `electron` and, where the test names one, another phone.
const electron = new URL('./electron-module.ts', import.meta.url).href;
const runtime = process.env.SOTTO_HARNESS_RUNTIME;

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === 'electron') return { url: electron, shortCircuit: true };
    if (runtime !== undefined && /\/core\/shell\/phone-runtime\.[jt]s$/.test(specifier)) {
      return { url: new URL(runtime, import.meta.url).href, shortCircuit: true };
    }
    return next(specifier, context);
  },
});

/** What a test asks of the main process: to run a function, given as text, on the module `electron`. */
interface Question {
  readonly id: number;
  readonly source: string;
}

const modules = import(electron) as Promise<typeof ElectronModule>;

process.on('message', ({ id, source }: Question) => {
  void modules
    .then(async (module) => {
      // The test wrote the text; it is what Playwright's `evaluate` does with a real Electron.
      const run = (0, eval)(`(${source})`) as (electron: typeof ElectronModule) => unknown;
      process.send?.({ id, value: await run(module) });
    })
    .catch((error: unknown) => process.send?.({ id, error: String(error) }));
});

void modules.then(async ({ app }) => {
  await app.whenReady();
  process.send?.({ debuggingAddress: await app.chromium.debuggingAddress() });
});
// The channel to the test must not keep the program alive.
process.channel?.unref();
