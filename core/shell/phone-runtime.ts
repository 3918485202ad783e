import { join } from 'node:path';
import type { PhoneRuntime, PhoneRuntimeOptions } from '../api/phone-runtime.ts';
import { ContractServer } from '../api/server.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { openDataFolder } from '../io/data-folder.ts';
import { PHONE_SCHEMA } from '../io/phone-database.ts';
import { SqliteDatabase } from '../io/sqlite-database.ts';
import { phoneMemory } from '../io/phone-memory.ts';
import { RecordingFolder } from '../io/recording-folder.ts';
import { PhoneStoreFile } from '../io/phone-store-file.ts';
import { TraceJournal } from '../trace/trace-journal.ts';
import { Tracer } from '../trace/tracer.ts';
import { systemClock } from '../io/node-clock.ts';
import { Phone } from '../phone/phone.ts';
import { BuiltInSwitch } from './built-in-switch.ts';
import { createCorePorts } from './core-ports.ts';
import { FaultShow } from './fault-show.ts';
import { switchRequests } from './switch-requests.ts';
import { logTrace } from './trace-log.ts';
import { traceRequests } from './trace-requests.ts';

/**
 * Starts the whole phone for a shell: data folder, core, built-in switch and its account. Windows may be attached at once;
 * they see the rest come up. Fails where the data folder cannot be used or the settings are broken.
 */
export async function startPhoneRuntime(options: PhoneRuntimeOptions): Promise<Result<PhoneRuntime, Diagnosis>> {
  const folder = await openDataFolder(options.dataDir);
  if (!folder.ok) return folder;
  const tracer = new Tracer(systemClock);
  const log = logTrace(tracer, { verbosity: options.verbosity ?? 0, file: options.traceFile });
  if (!log.ok) {
    await folder.value.release();
    return log;
  }
  const journal = new TraceJournal(tracer);
  const ports = createCorePorts({ version: options.version, audio: 'devices', tracer });
  const database = SqliteDatabase.open(options.dataDir, PHONE_SCHEMA);
  const recordings = new RecordingFolder(join(options.dataDir, 'recordings'), ports);
  const memory = { ...phoneMemory(database), recordings };
  const phone = new Phone(ports, new PhoneStoreFile(options.dataDir), memory, options.version);
  const started = await phone.start();
  if (!started.ok) {
    await phone.close();
    await ports.plane.close();
    database.close();
    await folder.value.release();
    log.value();
    return started;
  }
  const builtInSwitch = new BuiltInSwitch(join(options.dataDir, 'switch'), ports, {
    onChange: (view) => {
      phone.showBuiltInSwitch(view);
    },
    onUp: (account) => {
      phone.useBuiltInAccount(account);
    },
    onDown: () => phone.dropBuiltInAccount(),
  });
  const follow = (): void => void builtInSwitch.setOn(phone.settings.builtInSwitch);
  follow();
  const unfollow = phone.onChange(follow);
  const faults = new FaultShow(ports, () => {
    builtInSwitch.touch();
  });
  const server = new ContractServer({
    handlers: {
      ...phone.handlers,
      ...traceRequests(tracer, journal, ports.clock),
      ...switchRequests(builtInSwitch, faults, ports),
    },
    state: phone,
    clock: ports.clock,
    onFault: (request, error) => {
      ports.tracer.emit('app', 1, 'request.fault', {
        request,
        error: error instanceof Error ? error.stack : String(error),
      });
    },
  });
  phone.onLevels((levels) => {
    server.publishLevels(levels);
  });
  return ok({
    attach: (channel) => server.attach(channel),
    close: async () => {
      server.close();
      unfollow();
      await faults.close();
      await phone.close();
      await builtInSwitch.close();
      await ports.plane.close();
      database.close();
      await folder.value.release();
      journal.close();
      log.value();
    },
  });
}
