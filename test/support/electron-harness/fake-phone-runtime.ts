import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PhoneRuntime, PhoneRuntimeOptions } from '../../../core/api/phone-runtime.ts';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { ok, type Result } from '../../../core/base/result.ts';
import type { Snapshot } from '../../../core/api/state.ts';
import { call } from '../snapshots.ts';
import { DEFAULT_SETTINGS } from '../../../core/phone/settings.ts';

/**
 * A phone that does nothing, for tests of the shell: it answers `state.get`, repeats every message to its sender as an
 * event, and ends at once, or never with `SOTTO_HARNESS_RUNTIME_HANGS`. With `SOTTO_HARNESS_RUNTIME_RINGS` a call rings.
 */
export async function startPhoneRuntime(options: PhoneRuntimeOptions): Promise<Result<PhoneRuntime, Diagnosis>> {
  writeFileSync(join(options.dataDir, 'started.json'), JSON.stringify(options));
  return ok({
    attach: (channel) => {
      const stop = channel.onMessage((text) => {
        const { id, request } = JSON.parse(text) as { id?: number; request?: string };
        if (request === 'call.decline') writeFileSync(join(options.dataDir, 'declined'), '');
        if (request === 'state.get') channel.send(JSON.stringify({ id, output: snapshot(options.version) }));
        else channel.send(JSON.stringify({ event: 'repeat', body: text }));
      });
      return () => {
        stop();
        writeFileSync(join(options.dataDir, 'detached'), '');
      };
    },
    close: async () => {
      if (process.env.SOTTO_HARNESS_RUNTIME_HANGS === '1') await new Promise(() => undefined);
      writeFileSync(join(options.dataDir, 'closed'), '');
    },
  });
}

function snapshot(version: string): Snapshot {
  const rings = process.env.SOTTO_HARNESS_RUNTIME_RINGS === '1';
  return {
    revision: 1,
    version,
    firstRun: !rings,
    accounts: [],
    defaultAccountId: null,
    calls: rings ? [call({ state: 'incoming', direction: 'incoming', connectedAt: null })] : [],
    audio: { state: 'none', devices: [], input: null, output: null, diagnosis: null },
    builtInSwitch: {
      state: 'off',
      domain: '',
      listeners: [],
      registrations: 0,
      calls: 0,
      diagnosis: null,
      revision: 0,
    },
    serverTest: null,
    history: { revision: 0, missed: rings ? 2 : 0, removed: 0, diagnosis: null },
    contacts: { revision: 0, count: 0, removed: 0 },
    recordings: { revision: 0 },
    messages: { revision: 0, unseen: 0 },
    settings: DEFAULT_SETTINGS,
  };
}
