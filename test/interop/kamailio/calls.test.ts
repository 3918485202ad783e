import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PhonePorts } from '../../../core/phone/phone-agent.ts';
import type { PhoneCall } from '../../../core/phone/phone-call.ts';
import { createCorePorts } from '../../../core/shell/core-ports.ts';
import { clearestSecond } from '../../support/clearest-second.ts';
import { installed } from '../../support/external-program.ts';
import { RunningKamailio } from '../../support/kamailio.ts';
import { good } from '../../support/test-authority.ts';
import { all, proxyUser, ProxyPhone, until, type ProxyPhoneOptions } from './proxy-phone.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));
/** Other speech, or noise, gives less than half of this. */
const SAME_SOUND = 0.8;
const ENOUGH_PACKETS = 15;
const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;

describe.skipIf(!installed('kamailio'))('two phones of ours and Kamailio between them', () => {
  let ports: PhonePorts;
  let proxy: RunningKamailio;
  let phones: ProxyPhone[] = [];

  beforeAll(async () => {
    ports = createCorePorts({ version: 'test', audio: 'silence' });
    proxy = await RunningKamailio.start();
  });
  afterEach(async () => {
    for (const phone of phones) await phone.close();
    phones = [];
  });
  afterAll(async () => {
    await proxy.stop();
    await ports.plane.close();
  });

  function phone(user: string, more: Partial<ProxyPhoneOptions> = {}): ProxyPhone {
    const made = new ProxyPhone({ ports, proxy, user, ...more });
    phones.push(made);
    return made;
  }

  async function registered(user: string, more: Partial<ProxyPhoneOptions> = {}): Promise<ProxyPhone> {
    const made = phone(user, more);
    expect(await made.register()).toMatchObject({ state: 'registered', diagnosis: undefined });
    return made;
  }

  /** Two phones in a call: caller, callee, and its call at either. */
  async function call(transport: (typeof TRANSPORTS)[number] = 'tls'): Promise<{
    readonly alice: ProxyPhone;
    readonly bob: ProxyPhone;
    readonly calls: readonly [PhoneCall, PhoneCall];
  }> {
    const bob = await registered('1001', { transport });
    const alice = await registered('1000', { transport });
    const outgoing = alice.call('1001');
    const incoming = await bob.ringing();
    await incoming.answer();
    await all('connected', outgoing, incoming);
    return { alice, bob, calls: [outgoing, incoming] };
  }

  /** Sound arrives at both ends from now on. */
  async function heard(...calls: readonly PhoneCall[]): Promise<void> {
    const before = calls.map(({ statistics }) => statistics?.packetsReceived ?? 0);
    await until('sound at both ends', () =>
      calls.every((one, index) => (one.statistics?.packetsReceived ?? 0) >= (before[index] ?? 0) + ENOUGH_PACKETS)
        ? true
        : undefined,
    );
  }

  it('registers over TLS, the proxy verified, after its challenge', async () => {
    const alice = phone('1000');
    const view = await alice.register();
    expect(view).toMatchObject({ state: 'registered', expires: 60, diagnosis: undefined });
    expect(view.flow?.security).toMatchObject({ peerVerified: true });
    expect(view.bindings.length).toBe(1);
  });

  it('does not register with another password', async () => {
    expect(await phone('1000', { password: 'wrong' }).register()).toMatchObject({
      state: 'failed',
      diagnosis: { code: 'sip.bad-credentials' },
    });
  });

  it.each(TRANSPORTS)(
    'RFC 3261 §16.12: a call over %s goes through its Record-Route, and ends from either side',
    async (transport) => {
      const { alice, bob, calls } = await call(transport);
      for (const one of calls) expect(one.session?.dialog?.routeSet.length).toBeGreaterThan(0);
      await heard(...calls);
      calls[0].hangUp();
      await all('ended', ...calls);

      const back = bob.call('1000');
      const incoming = await alice.ringing();
      await incoming.answer();
      await all('connected', back, incoming);
      incoming.hangUp();
      await all('ended', back, incoming);
      for (const one of [...calls, back, incoming]) {
        await one.finished;
        expect(one.diagnosis).toBeUndefined();
        expect(one.security.state).toBe(transport === 'tls' ? 'encrypted' : 'open');
        expect(one.statistics).toMatchObject({ authFailures: 0, replayed: 0, packetsLost: 0 });
      }
    },
  );

  it('what is said arrives, with SRTP', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-kamailio-sound-'));
    try {
      const recording = join(folder, 'echo.wav');
      const bob = await registered('1001');
      const alice = await registered('1000');
      const outgoing = alice.call('1001', {
        source: { kind: 'wav', path: SPEECH },
        sink: { kind: 'wav', path: recording },
      });
      bob.sound = { source: { kind: 'echo' }, sink: { kind: 'none' } };
      await (await bob.ringing()).answer();
      await until('three seconds of sound', () =>
        (outgoing.statistics?.packetsReceived ?? 0) > 150 ? true : undefined,
      );
      outgoing.hangUp();
      await all('ended', outgoing);
      await outgoing.finished;
      expect(await clearestSecond(SPEECH, recording)).toBeGreaterThan(SAME_SOUND);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('RFC 3264 §8.4: hold and resume from either side, and fresh keys, by re-INVITE through the proxy', async () => {
    const { calls } = await call();
    const [outgoing, incoming] = calls;
    for (const [holder, held] of [calls, [incoming, outgoing]] as const) {
      good(await holder.setHeld(true));
      await until('the hold at the other side', () => held.hold.there || undefined);
      good(await holder.setHeld(false));
      await until('the end of the hold', () => !held.hold.there || undefined);
      await heard(...calls);
    }
    const failures = (): number[] => calls.map(({ statistics }) => statistics?.authFailures ?? 0);
    expect(failures()).toEqual([0, 0]);
    good((await outgoing.session?.renegotiate({ wish: { rekey: true } })) ?? { ok: false, error: 'no session' });
    await heard(...calls);
    // Sound with the new key may overtake the answer that tells the key; nothing fails once that is here.
    const [caller, callee] = failures();
    expect(callee).toBe(0);
    await heard(...calls);
    expect(failures()).toEqual([caller, 0]);
  });

  it('RFC 3261 §14.1: both hold at once, and after glare both are held', async () => {
    const { calls } = await call();
    const [outgoing, incoming] = calls;
    const both = await Promise.all([outgoing.setHeld(true), incoming.setHeld(true)]);
    for (const one of both) good(one);
    await until('both to be held', () => (calls.every(({ hold }) => hold.here && hold.there) ? true : undefined));
    expect(calls.map(({ state }) => state)).toEqual(['connected', 'connected']);
  });

  it('digits go both ways, as RFC 4733 events', async () => {
    const { alice, bob, calls } = await call();
    await heard(...calls);
    calls[0].sendDtmf('15#');
    calls[1].sendDtmf('90');
    await until('the digits', () => (bob.digits.join('') === '15#' && alice.digits.join('') === '90') || undefined);
  });

  it('a caller who hangs up before the answer: CANCEL, 487, and nobody was reached', async () => {
    const bob = await registered('1001');
    const alice = await registered('1000');
    const outgoing = alice.call('1001');
    const incoming = await bob.ringing();
    await all('ringing', outgoing);
    outgoing.hangUp();
    await all('ended', outgoing, incoming);
    expect([outgoing.connectedAt, incoming.connectedAt]).toEqual([undefined, undefined]);
    expect(incoming.answeredElsewhere).toBe(false);
  });

  it('a callee who declines: 603 comes back', async () => {
    const bob = await registered('1001');
    const alice = await registered('1000');
    const outgoing = alice.call('1001');
    (await bob.ringing()).decline();
    await all('ended', outgoing);
    expect(outgoing.status).toBe(603);
  });

  it('a number that nobody has: 404', async () => {
    const alice = await registered('1000');
    const outgoing = alice.call('1009');
    await all('ended', outgoing);
    expect(outgoing).toMatchObject({ status: 404, diagnosis: { code: 'sip.not-found' } });
  });

  it('RFC 3261 §16.7: two phones of one user ring, one answers, the other hears that it was answered elsewhere', async () => {
    const first = await registered('1002');
    const second = await registered('1002', { transport: 'tls' });
    const alice = await registered('1000');
    const outgoing = alice.call('1002');
    const [lost, won] = [await first.ringing(), await second.ringing()];
    await won.answer();
    await all('connected', outgoing, won);
    await all('ended', lost);
    expect(lost).toMatchObject({ answeredElsewhere: true, connectedAt: undefined });
    await heard(outgoing, won);
    won.hangUp();
    await all('ended', outgoing, won);
  });

  it('a call that nobody takes: the proxy cancels it after its time, and the caller gets 408', async () => {
    const bob = await registered('1001');
    const alice = await registered('1000');
    const outgoing = alice.call('1001');
    const incoming = await bob.ringing();
    await all('ended', outgoing, incoming);
    expect(outgoing).toMatchObject({ status: 408, connectedAt: undefined });
  });

  it('a busy phone: the proxy goes on to another one', async () => {
    const busy = await registered('1003');
    const bob = await registered('1001');
    const alice = await registered('1000');
    const outgoing = alice.call('1003');
    (await busy.ringing()).decline(486);
    const incoming = await bob.ringing();
    await incoming.answer();
    await all('connected', outgoing, incoming);
    await heard(outgoing, incoming);
  });

  it('RFC 3515: a blind transfer, REFER and NOTIFY through the proxy', async () => {
    const { bob, calls } = await call();
    const carol = await registered('1002');
    calls[0].transferTo(proxyUser('1002'));
    const incoming = await carol.ringing();
    await incoming.answer();
    await all('ended', ...calls);
    expect(calls[0].transfer).toMatchObject({ state: 'done' });
    const [referred] = bob.referred;
    if (referred === undefined) throw new Error('the transferred phone called nobody');
    await all('connected', referred, incoming);
    await heard(referred, incoming);
  });

  it('RFC 3891: an attended transfer, Replaces through the proxy', async () => {
    const { alice, bob, calls } = await call();
    const carol = await registered('1002');
    const consulting = alice.call('1002');
    const consulted = await carol.ringing();
    await consulted.answer();
    await all('connected', consulting, consulted);
    calls[0].transferTo(consulting.remote.uri, consulting);
    const replacing = await carol.ringing(1);
    await replacing.answer();
    await all('ended', ...calls, consulting, consulted);
    const [referred] = bob.referred;
    if (referred === undefined) throw new Error('the transferred phone called nobody');
    await all('connected', referred, replacing);
    await heard(referred, replacing);
  });
});
