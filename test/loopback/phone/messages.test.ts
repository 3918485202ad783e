import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TextMessage } from '../../../core/api/messages.ts';
import { ok } from '../../../core/base/result.ts';
import { Secret } from '../../../core/base/secret.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { PHONE_SCHEMA } from '../../../core/io/phone-database.ts';
import { phoneMemory } from '../../../core/io/phone-memory.ts';
import { SqliteDatabase } from '../../../core/io/sqlite-database.ts';
import { EMPTY_PHONE } from '../../../core/phone/phone-store.ts';
import { Phone } from '../../../core/phone/phone.ts';
import { createCorePorts } from '../../../core/shell/core-ports.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

const BOB = `sip:1001@${DOMAIN}`;

let scene: PbxScene;
let pbx: RunningPbx;
let phone: Phone;
let folder: string;
let ports: ReturnType<typeof createCorePorts>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-messages-'));
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
  const memory = phoneMemory(SqliteDatabase.open(folder, PHONE_SCHEMA));
  phone = new Phone(ports, { load, save: () => Promise.resolve(ok(undefined)) }, memory, '0');
  await phone.start();
  await pbx.process.event('registration', ({ user }) => user === '1000');
}, 120_000);

afterAll(async () => {
  await phone.close();
  await ports.plane.close();
  await pbx.stop();
  await scene.remove();
  await rm(folder, { recursive: true, force: true });
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

/** The messages with somebody, newest first. */
async function conversation(address: string): Promise<readonly TextMessage[]> {
  return (await phone.handlers['messages.read']({ accountId: 'one', address, offset: 0, limit: 100 })).messages;
}

describe('text messages of the phone', () => {
  it('RFC 3428: one that comes is kept, counted until somebody looks, and answered with 200', async () => {
    const sent = await runCli(['message', '1000', 'Are you there?\n<b>no markup</b>', ...pbx.account('1001')]);
    expect(sent.result).toMatchObject({ ok: true, status: 200 });
    await expect.poll(() => phone.snapshot().messages.unseen).toBe(1);
    const { threads, total } = await phone.handlers['messages.threads']({ offset: 0, limit: 10 });
    expect(total).toBe(1);
    expect(threads).toMatchObject([
      { accountId: 'one', address: BOB, unseen: 1, last: { text: 'Are you there?\n<b>no markup</b>', state: 'received', encrypted: true } },
    ]);
    await phone.handlers['messages.seen']({ accountId: 'one', address: BOB });
    expect(phone.snapshot().messages.unseen).toBe(0);
    // To look again is no change, which would make every window look once more.
    const { revision } = phone.snapshot().messages;
    await phone.handlers['messages.seen']({ accountId: 'one', address: BOB });
    expect(phone.snapshot().messages.revision).toBe(revision);
    // Whoever opens the file next finds it: nothing waits for the end of the program.
    const next = phoneMemory(SqliteDatabase.open(folder, PHONE_SCHEMA));
    expect(next.messages.read('one', BOB, 0, 10).total).toBe(1);
  }, 60_000); // prettier-ignore

  it('one that is sent arrives, and says that it was sent', async () => {
    const other = new CliProcess(['answer', ...pbx.account('1001'), '--json']);
    await other.event('ready');
    const sent = await phone.handlers['messages.send']({ accountId: null, target: '1001', text: 'Yes, schön 🙂' });
    expect(sent).toMatchObject({ accountId: 'one', address: BOB });
    expect(await other.event('message')).toMatchObject({ text: 'Yes, schön 🙂' });
    await expect.poll(async () => (await conversation(BOB))[0]).toMatchObject({ id: sent.messageId, state: 'sent', encrypted: true, code: null }); // prettier-ignore
    other.signal('SIGTERM');
    await other.finished;
  }, 60_000);

  it.each([
    ['whom nobody knows', '4711', 'sip.not-found'],
    ['who is not there', '1002', 'sip.unavailable'],
  ])('one to somebody %s says why it was not sent, and stays', async (_who, target, code) => {
    const { address } = await phone.handlers['messages.send']({ accountId: 'one', target, text: 'Hello' });
    await expect.poll(async () => (await conversation(address))[0]).toMatchObject({ state: 'failed', code, text: 'Hello' });
  }, 60_000); // prettier-ignore

  it('a conversation is removed whole, and others stay', async () => {
    const { total } = await phone.handlers['messages.threads']({ offset: 0, limit: 10 });
    await phone.handlers['messages.remove']({ accountId: 'one', address: BOB });
    expect((await phone.handlers['messages.threads']({ offset: 0, limit: 10 })).total).toBe(total - 1);
    expect(await conversation(BOB)).toEqual([]);
  });

  it('one that is far too long is refused, and not kept', async () => {
    const long = await runCli(['message', '1000', 'x'.repeat(70_000), ...pbx.account('1001')]);
    expect(long.result).toMatchObject({ ok: false });
    expect(phone.snapshot().messages.unseen).toBe(0);
  }, 60_000);
});
