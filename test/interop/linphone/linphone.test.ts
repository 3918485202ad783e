import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clearestSecond } from '../../support/clearest-second.ts';
import { CliProcess, killLeftovers, type CliEvent } from '../../support/cli-run.ts';
import { installed } from '../../support/external-program.ts';
import { Linphone, linphoneAvailable } from '../../support/linphone.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));
const TALK_MS = 3_800;
const TALK_S = '3.2';
/** Other speech, or noise, gives less than half of this. */
const SAME_SOUND = 0.8;
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const ENCRYPTED = { transport: 'tls', security: 'encrypted', suite: SUITE };

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!linphoneAvailable || !installed('sox'))('Linphone 5', () => {
  let scene: PbxScene;
  let pbx: RunningPbx;
  let speech: string;
  let folders = 0;
  let phones: Linphone[] = [];

  beforeAll(async () => {
    scene = await makePbxFolder();
    speech = join(scene.folder, 'speech.wav');
    await promisify(execFile)('sox', [SPEECH, speech, 'trim', '0', TALK_S]);
    pbx = await RunningPbx.start(scene);
  });
  afterEach(async () => {
    for (const phone of phones) await phone.stop();
    phones = [];
  });
  afterAll(async () => {
    await pbx.stop();
    await scene.remove();
    expect(await killLeftovers()).toEqual([]);
  });

  /** A Linphone with the account 1001. */
  async function phone(changes: { readonly ca?: string; readonly autoAnswer?: boolean } = {}): Promise<Linphone> {
    const started = await Linphone.start({
      folder: join(scene.folder, `linphone-${folders++}`),
      user: '1001',
      password: scene.password('1001'),
      domain: DOMAIN,
      port: pbx.port('tls'),
      ca: scene.ca,
      play: speech,
      ...changes,
    });
    phones.push(started);
    return started;
  }

  /** The first event of the switch with this name and these fields, of those from `after` on. */
  function told(name: string, fields: object, after: number): Promise<CliEvent> {
    return pbx.process.event(
      name,
      (event) =>
        pbx.process.events.indexOf(event) >= after &&
        Object.entries(fields).every(([field, value]) => event[field] === value),
    );
  }

  it('verifies our certificate against our authority and registers', async () => {
    const before = pbx.process.events.length;
    const linphone = await phone();
    await linphone.registered();
    expect(await told('registration', { state: 'registered' }, before)).toMatchObject({
      user: '1001',
      transport: 'tls',
      expires: 60,
    });
  });

  it('does not register where it trusts another authority, and the switch says why', async () => {
    const other = await makePbxFolder();
    try {
      const before = pbx.process.events.length;
      const linphone = await phone({ ca: other.ca });
      const diagnosis = await told('diagnosis', { code: 'cert.unknown-ca' }, before);
      expect(diagnosis).toMatchObject({ side: 'there', profile: 'internal', evidence: { alert: 'unknown_ca' } });
      expect(await linphone.isRegistered()).toBe(false);
      expect(pbx.process.events.slice(before).filter(({ event }) => event === 'registration')).toEqual([]);
    } finally {
      await other.remove();
    }
  });

  it('hears itself on 9196 with SRTP', async () => {
    const before = pbx.process.events.length;
    const linphone = await phone();
    await linphone.registered();
    await linphone.call('9196');
    await sleep(TALK_MS);
    await linphone.hangUp();
    expect(await told('call', { state: 'answered' }, before)).toMatchObject({
      from: '1001',
      to: '9196',
      legs: [ENCRYPTED],
    });
    await told('call', { state: 'ended' }, before);
    expect(await clearestSecond(speech, linphone.heard)).toBeGreaterThan(SAME_SOUND);
  });

  it('answers a call of another user, and both hear the other', async () => {
    const before = pbx.process.events.length;
    const linphone = await phone({ autoAnswer: true });
    await linphone.registered();
    const recording = join(scene.folder, 'heard.wav');
    const account = pbx.account('1002');
    const calling = new CliProcess(['call', '1001', ...account, '--play', speech, '--record', recording, '--json']);
    await linphone.streaming();
    const { code, result } = await calling.finished;
    expect(code).toBe(0);
    expect(result).toMatchObject({ ok: true, security: 'encrypted' });
    expect(result?.media).toMatchObject({ profile: 'RTP/SAVP', suite: SUITE, authFailures: 0, replayed: 0 });
    expect(await told('call', { state: 'answered' }, before)).toMatchObject({
      from: '1002',
      to: '1001',
      legs: [ENCRYPTED, ENCRYPTED],
    });
    await linphone.ended();
    expect(await clearestSecond(speech, linphone.heard)).toBeGreaterThan(SAME_SOUND);
    expect(await clearestSecond(speech, recording)).toBeGreaterThan(SAME_SOUND);
  });

  it('RFC 3264 §8.4: holds a call of ours and takes it back, then RFC 3515: sends it to somebody else, who talks with us', async () => {
    const [ours, other] = ['1002', '1000'].map(
      (user) => new CliProcess(['answer', ...pbx.account(user), '--echo', '--json']),
    );
    if (ours === undefined || other === undefined) throw new Error('no phones');
    await ours.event('ready');
    await other.event('ready');
    const linphone = await phone();
    await linphone.registered();
    await linphone.call('1002');
    await linphone.pause();
    await ours.event('held', ({ by }) => by === 'there');
    await linphone.resume();
    await ours.event('held', ({ by }) => by === 'nobody');
    linphone.transfer('1000');
    await other.event('connected');
    await linphone.ended();
    ours.signal('SIGINT');
    expect((await other.finished).result).toMatchObject({ ok: true, calls: 1, security: 'encrypted' });
  });
});
