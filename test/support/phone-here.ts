import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CallView } from '../../core/api/state.ts';
import { ok } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import { systemClock } from '../../core/io/node-clock.ts';
import { PHONE_SCHEMA } from '../../core/io/phone-database.ts';
import { phoneMemory } from '../../core/io/phone-memory.ts';
import { RecordingFolder } from '../../core/io/recording-folder.ts';
import { SqliteDatabase } from '../../core/io/sqlite-database.ts';
import { EMPTY_PHONE, type StoredPhone } from '../../core/phone/phone-store.ts';
import { Phone } from '../../core/phone/phone.ts';
import { createCorePorts } from '../../core/shell/core-ports.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { DOMAIN, type PbxScene, type RunningPbx } from './pbx-scene.ts';

/** The phone as the windows have it, in this process, registered as user 1000 of a switch; it hears and says silence. */
export class PhoneHere {
  readonly phone: Phone;
  /** What was written, in order. */
  readonly kept: readonly StoredPhone[];
  readonly #ports: ReturnType<typeof createCorePorts>;

  private constructor(phone: Phone, ports: ReturnType<typeof createCorePorts>, kept: readonly StoredPhone[]) {
    this.phone = phone;
    this.kept = kept;
    this.#ports = ports;
  }

  static async start(scene: PbxScene, pbx: RunningPbx): Promise<PhoneHere> {
    const ports = createCorePorts({ version: '0', audio: 'silence', tracer: new Tracer(systemClock) });
    const stored = {
      id: 'one',
      address: `sip:1000@${DOMAIN}`,
      authorizationUser: '1000',
      displayName: 'Alice',
      server: `127.0.0.1:${pbx.port('tls')}`,
      transport: 'tls',
      srtp: 'mandatory',
      trust: await readFile(scene.ca, 'utf8'),
      verify: true,
      password: new Secret(scene.password('1000')),
    } as const;
    const load = () => Promise.resolve(ok({ ...EMPTY_PHONE, accounts: [stored] }));
    const kept: StoredPhone[] = [];
    const save = (written: StoredPhone) => {
      kept.push(written);
      return Promise.resolve(ok(undefined));
    };
    const store = { load, save };
    const recordings = new RecordingFolder(join(scene.folder, 'recordings'), ports);
    const memory = { ...phoneMemory(SqliteDatabase.inMemory(PHONE_SCHEMA)), recordings };
    const phone = new Phone(ports, store, memory, '0');
    await phone.start();
    return new PhoneHere(phone, ports, kept);
  }

  /** Waits for a call to look so. */
  async call(callId: string, looks: (view: CallView) => boolean): Promise<CallView> {
    const seen = (): CallView | undefined => this.phone.snapshot().calls.find(({ id }) => id === callId);
    await expect.poll(() => ((view) => view !== undefined && looks(view))(seen()), { timeout: 30_000 }).toBe(true);
    return seen() as CallView;
  }

  /** Calls and waits for the answer; gives the call's id. */
  async connect(target: string): Promise<string> {
    const { callId } = await this.phone.handlers['call.start']({ target, accountId: null });
    await this.call(callId, ({ state }) => state === 'connected');
    return callId;
  }

  async close(): Promise<void> {
    await this.phone.close();
    await this.#ports.plane.close();
  }
}
