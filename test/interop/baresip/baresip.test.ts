import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Baresip, baresipAvailable, type BaresipEncryption } from '../../support/baresip.ts';
import { clearestSecond } from '../../support/clearest-second.ts';
import { CliProcess, killLeftovers, runCli, type CliEvent } from '../../support/cli-run.ts';
import { installed } from '../../support/external-program.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));
const TALK_MS = 3_800;
const TALK_S = '3.2';
/** Other speech, or noise, gives less than half of this. */
const SAME_SOUND = 0.8;
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const OPEN = { security: 'open', suite: null };
const ENCRYPTED = { transport: 'tls', security: 'encrypted', suite: SUITE };

const sox = (...args: readonly string[]): Promise<unknown> => promisify(execFile)('sox', args);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!baresipAvailable || !installed('sox'))('baresip 1.0', () => {
  let scene: PbxScene;
  let pbx: RunningPbx;
  let speech: string;
  let narrow: string;
  let wide: string;
  let folders = 0;
  let phones: Baresip[] = [];

  beforeAll(async () => {
    scene = await makePbxFolder();
    speech = join(scene.folder, 'speech.wav');
    narrow = join(scene.folder, 'narrow.wav');
    wide = join(scene.folder, 'wide.wav');
    await sox(SPEECH, speech, 'trim', '0', TALK_S);
    // baresip plays a file only at the rate, and with the channels, of the codec.
    await sox(SPEECH, '-r', '8000', narrow);
    await sox(SPEECH, '-r', '48000', '-c', '2', wide);
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

  /** A baresip that has registered as 1001. */
  async function phone(
    changes: {
      readonly encryption?: BaresipEncryption;
      readonly transport?: 'udp' | 'tcp' | 'tls';
      readonly codec?: 'pcma' | 'opus/48000/2';
    } = {},
  ): Promise<Baresip> {
    const { transport = 'tls', codec = 'pcma' } = changes;
    const started = await Baresip.start({
      folder: join(scene.folder, `baresip-${folders++}`),
      user: '1001',
      password: scene.password('1001'),
      domain: DOMAIN,
      server: { port: pbx.port(transport), transport },
      encryption: 'encryption' in changes ? changes.encryption : 'srtp-mand',
      codecs: codec,
      play: codec === 'pcma' ? narrow : wide,
    });
    phones.push(started);
    await started.registered();
    return started;
  }

  /** A phone of ours that answers one call. */
  async function answering(user: string): Promise<CliProcess> {
    const ours = new CliProcess(['answer', ...pbx.account(user), '--echo', '--json']);
    await ours.event('ready');
    return ours;
  }

  /** The newest call of the switch in this state. */
  function call(state: string, after: number): Promise<CliEvent> {
    return pbx.process.event('call', (event) => event.state === state && pbx.process.events.indexOf(event) >= after);
  }

  it('registers over TLS, with the digest that it knows', async () => {
    const before = pbx.process.events.length;
    await phone();
    const event = await pbx.process.event('registration', ({ state }) => state === 'registered');
    expect(pbx.process.events.indexOf(event)).toBeGreaterThanOrEqual(before);
    expect(event).toMatchObject({ user: '1001', transport: 'tls', expires: 60 });
  });

  it.each([
    { encryption: 'srtp-mand', codec: 'pcma', what: 'SDES in RTP/SAVP' },
    { encryption: 'srtp', codec: 'pcma', what: 'SDES in RTP/AVP (RFC 8643)' },
    { encryption: 'srtp-mand', codec: 'opus/48000/2', what: 'SDES in RTP/SAVP with Opus' },
  ] as const)('hears itself on 9196 over TLS: $what', async ({ encryption, codec }) => {
    const before = pbx.process.events.length;
    const baresip = await phone({ encryption, codec });
    baresip.dial(`sip:9196@${DOMAIN}`);
    expect((await baresip.event('CALL_MENC')).param).toBe(`0,audio,${SUITE}`);
    await baresip.event('CALL_ESTABLISHED');
    await sleep(TALK_MS);
    baresip.hangUp();
    expect(await call('answered', before)).toMatchObject({ from: '1001', to: '9196', legs: [ENCRYPTED] });
    await call('ended', before);
    expect(await clearestSecond(await baresip.said(), await baresip.heard())).toBeGreaterThan(SAME_SOUND);
  });

  it('is answered by another user of the switch, each leg with SRTP of its own', async () => {
    const before = pbx.process.events.length;
    const ours = await answering('1002');
    const baresip = await phone();
    baresip.dial(`sip:1002@${DOMAIN}`);
    await baresip.event('CALL_ESTABLISHED');
    await sleep(TALK_MS);
    baresip.hangUp();
    expect(await call('answered', before)).toMatchObject({ from: '1001', to: '1002', legs: [ENCRYPTED, ENCRYPTED] });
    const { code, result } = await ours.finished;
    expect(code).toBe(0);
    expect(result).toMatchObject({ ok: true, calls: 1, security: 'encrypted' });
    expect(result?.media).toMatchObject({ profile: 'RTP/SAVP', suite: SUITE, authFailures: 0, replayed: 0 });
    expect((result?.media as { packetsReceived: number }).packetsReceived).toBeGreaterThan(TALK_MS / 20 / 2);
    expect(await clearestSecond(await baresip.said(), await baresip.heard())).toBeGreaterThan(SAME_SOUND);
  });

  it.each([
    { transport: 'tls', encryption: 'srtp-mand', leg: ENCRYPTED, what: 'SDES in RTP/SAVP' },
    { transport: 'tls', encryption: 'srtp', leg: ENCRYPTED, what: 'SDES, where RTP/AVP would do as well' },
    { transport: 'tcp', encryption: undefined, leg: { ...OPEN, transport: 'tcp' }, what: 'plain RTP' },
    { transport: 'udp', encryption: undefined, leg: { ...OPEN, transport: 'udp' }, what: 'plain RTP' },
  ] as const)('answers over $transport with $what a call that is encrypted, and both hear the other', async (row) => {
    const before = pbx.process.events.length;
    const baresip = await phone(row);
    const recording = join(scene.folder, `heard-${folders}.wav`);
    const calling = new CliProcess(
      ['call', '1001', ...pbx.account('1002'), '--play', speech, '--record', recording, '--json'],
    ); // prettier-ignore
    const { code, result } = await calling.finished;
    expect(code).toBe(0);
    expect(result).toMatchObject({ ok: true, security: 'encrypted' });
    expect(result?.media).toMatchObject({ profile: 'RTP/SAVP', suite: SUITE, authFailures: 0, replayed: 0 });
    expect(await call('answered', before)).toMatchObject({ from: '1002', to: '1001', legs: [ENCRYPTED, row.leg] });
    await baresip.event('CALL_CLOSED');
    expect(await clearestSecond(speech, await baresip.heard())).toBeGreaterThan(SAME_SOUND);
    expect(await clearestSecond(await baresip.said(), recording)).toBeGreaterThan(SAME_SOUND);
  });

  it('RFC 3264 §8.4: holds a call of ours and takes it back, then RFC 3515: sends it to somebody else, who talks with us', async () => {
    const [first, second] = [await answering('1002'), await answering('1000')];
    const baresip = await phone();
    baresip.dial(`sip:1002@${DOMAIN}`);
    await baresip.event('CALL_ESTABLISHED');
    baresip.hold();
    await first.event('held', ({ by }) => by === 'there');
    baresip.resume();
    await first.event('held', ({ by }) => by === 'nobody');
    baresip.transfer(`sip:1000@${DOMAIN}`);
    await second.event('connected');
    await baresip.event('CALL_CLOSED');
    first.signal('SIGINT');
    expect((await second.finished).result).toMatchObject({ ok: true, calls: 1, security: 'encrypted' });
  });

  it('RFC 3515: goes where we send it, and RFC 3264 §8.4: is held by us', async () => {
    const other = await answering('1000');
    const baresip = await phone();
    const calling = new CliProcess(
      ['call', '1001', ...pbx.account('1002'), '--hold-after', '1', '--transfer-to', '1000', '--json'],
    ); // prettier-ignore
    await calling.event('held', ({ by }) => by === 'here');
    await other.event('connected');
    expect((await calling.finished).code).toBe(0);
    baresip.hangUp();
    expect((await other.finished).result).toMatchObject({ ok: true, calls: 1, security: 'encrypted' });
  });

  it('is not called in the clear where it registered over TLS; the caller and the switch are told why', async () => {
    await phone({ encryption: undefined });
    const { code, codes } = await runCli(['call', '1001', ...pbx.account('1002')]);
    expect({ code, codes }).toEqual({ code: 1, codes: ['srtp.no-common-suite'] });
    expect(await pbx.diagnosis('srtp.required-here')).toMatchObject({
      profile: 'internal',
      evidence: { status: 488 },
    });
  });

  it('may call 9196 with plain RTP over TLS, and the switch does not call that encrypted', async () => {
    const before = pbx.process.events.length;
    const baresip = await phone({ encryption: undefined });
    baresip.dial(`sip:9196@${DOMAIN}`);
    await baresip.event('CALL_ESTABLISHED');
    baresip.hangUp();
    const leg = { transport: 'tls', security: 'signalling', suite: null };
    expect(await call('ended', before)).toMatchObject({ to: '9196', legs: [leg] });
  });
});
