import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import type { CallView } from '../../../core/api/state.ts';
import { ok } from '../../../core/base/result.ts';
import { EMPTY_PHONE } from '../../../core/phone/phone-store.ts';
import { PHONE_SCHEMA } from '../../../core/io/phone-database.ts';
import { SqliteDatabase } from '../../../core/io/sqlite-database.ts';
import { phoneMemory } from '../../../core/io/phone-memory.ts';
import { Phone } from '../../../core/phone/phone.ts';
import { createCorePorts } from '../../../core/shell/core-ports.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { CliProcess, killLeftovers } from '../../support/cli-run.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let phone: Phone;
let ports: ReturnType<typeof createCorePorts>;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
  ports = createCorePorts({ version: '0', audio: 'silence', tracer: new Tracer(systemClock) });
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
  phone = new Phone(
    ports,
    { load, save: () => Promise.resolve(ok(undefined)) },
    phoneMemory(SqliteDatabase.inMemory(PHONE_SCHEMA)),
    '0',
  );
  await phone.start();
}, 120_000);

afterAll(async () => {
  await phone.close();
  await ports.plane.close();
  await pbx.stop();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

/** Waits for a call to look so. */
async function call(callId: string, looks: (view: CallView) => boolean): Promise<CallView> {
  const seen = (): CallView | undefined => phone.snapshot().calls.find(({ id }) => id === callId);
  await expect.poll(() => ((view) => view !== undefined && looks(view))(seen()), { timeout: 30_000 }).toBe(true);
  return seen() as CallView;
}

const isConnected = ({ state }: CallView): boolean => state === 'connected';

async function answering(user: string): Promise<CliProcess> {
  const other = new CliProcess(['answer', ...pbx.account(user), '--echo', '--json']);
  await other.event('ready');
  return other;
}

describe('several calls of one phone', () => {
  it('RFC 5589 §7: one speaks at a time, and two are connected after a consultation', async () => {
    const [second, third] = await Promise.all([answering('1001'), answering('1002')]);
    const first = await phone.handlers['call.start']({ target: '1001', accountId: null });
    await call(first.callId, isConnected);
    const consultation = await phone.handlers['call.consult']({ callId: first.callId, target: '1002' });
    await call(consultation.callId, isConnected);
    await call(first.callId, ({ hold }) => hold.here);
    await second.event('held', ({ by }) => by === 'there');
    expect(phone.snapshot().calls.at(-1)).toMatchObject({ consults: first.callId });

    await phone.handlers['call.hold']({ callId: first.callId, held: false });
    await call(first.callId, ({ hold }) => !hold.here);
    await call(consultation.callId, ({ hold }) => hold.here);

    await phone.handlers['call.connect']({ callId: consultation.callId });
    const ended = await call(first.callId, ({ state }) => state === 'ended');
    expect(ended).toMatchObject({ transfer: { state: 'done', target: '1002' }, diagnosis: null });
    await call(consultation.callId, ({ state }) => state === 'ended');
    const joined = await pbx.process.event('call', ({ state, from, to }) => state === 'answered' && from === '1002' && to === '1001'); // prettier-ignore
    expect(joined.legs).toMatchObject([{ security: 'encrypted' }, { security: 'encrypted' }]);
    await third.event('held', ({ by }) => by === 'nobody');
    const before = Number((await third.event('media')).packetsReceived);
    await third.event('media', ({ packetsReceived }) => Number(packetsReceived) > before + 50);

    second.signal('SIGTERM');
    await third.event('ended');
    await Promise.all([second.finished, third.finished]);
  }, 120_000);

  it('connects nothing where there are not two calls', async () => {
    const first = await phone.handlers['call.start']({ target: '9196', accountId: null });
    await call(first.callId, isConnected);
    expect(() => phone.handlers['call.connect']({ callId: first.callId })).toThrow('There are no two calls');
    await phone.handlers['call.hangUp']({ callId: first.callId });
    await call(first.callId, ({ state }) => state === 'ended');
  }, 60_000);
});
