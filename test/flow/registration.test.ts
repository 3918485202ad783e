import { describe, expect, it } from 'vitest';
import { err } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import type { MediaPlane } from '../../core/media/media-plane.ts';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import { configurationSchema } from '../../core/pbx/configuration.ts';
import { MiniPbx, type MiniPbxEvent } from '../../core/pbx/mini-pbx.ts';
import { Account } from '../../core/phone/account.ts';
import { PhoneAgent, type PhonePorts } from '../../core/phone/phone-agent.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import type { TransportProtocol } from '../../core/sip/transport/flow.ts';
import type { RegistrationView } from '../../core/sip/ua/registration.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { hash } from '../unit/sip/auth/node-hash.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork, type Fate, type Packet } from '../support/virtual-network.ts';

const SWITCH = '192.0.2.1';
const PHONE = '192.0.2.2';
const DOMAIN = 'example.com';
const HOUR_MS = 3_600_000;
const PROTOCOLS = ['udp', 'tcp', 'tls'] as const;

/** Nobody calls here. */
const noPlane: MediaPlane = {
  open: () => Promise.reject(new Error('a call')),
  devices: () => Promise.resolve([]),
  route: () => undefined,
  close: () => Promise.resolve(),
};

/** Everything here has an address. */
const noNames: PhonePorts['resolver'] = {
  naptr: () => Promise.resolve(err('not-found')),
  srv: () => Promise.resolve(err('not-found')),
  addresses: () => Promise.resolve(err('not-found')),
};

class Scene {
  readonly clock = new VirtualClock();
  readonly network: VirtualNetwork;
  readonly views: RegistrationView[] = [];
  readonly events: MiniPbxEvent[] = [];
  readonly phone: PhoneAgent;
  readonly account: Account;
  pbx: MiniPbx;

  constructor(
    protocol: TransportProtocol,
    options: {
      readonly fate?: (packet: Packet) => Fate | undefined;
      readonly password?: string;
      readonly nat?: string;
    } = {},
  ) {
    const { fate, password = 'secret', nat } = options;
    this.network = new VirtualNetwork(this.clock, { delayMs: 20, ...(fate === undefined ? {} : { fate }) });
    this.pbx = this.#newPbx();
    this.phone = new PhoneAgent(this.#ports(PHONE, 2, nat));
    this.account = new Account(this.phone, {
      id: 'test',
      address: sipUri({ user: '1000', host: DOMAIN }),
      displayName: undefined,
      authorizationUser: '1000',
      password: new Secret(password),
      server: { host: SWITCH, port: protocol === 'tls' ? 5061 : 5060 },
      transport: protocol,
      tls: DEFAULT_TLS_CLIENT_SETTINGS,
      capabilities: mediaCapabilities({ secureMedia: 'optional' }),
      expires: 600,
      onRegistration: (view) => this.views.push(view),
    });
  }

  get state(): string | undefined {
    return this.views.at(-1)?.state;
  }

  /** Replaces the switch by a new one that knows nothing, as after a crash. */
  async restart(): Promise<void> {
    await this.pbx.close();
    this.pbx = this.#newPbx();
    await this.pbx.start();
  }

  async close(): Promise<void> {
    const stopped = this.account.registration.stop();
    await this.clock.advanceAsync(5000);
    await stopped;
    await this.phone.close();
    await this.pbx.close();
    await this.clock.advanceAsync(200_000);
  }

  #newPbx(): MiniPbx {
    const tls = {
      ...DEFAULT_TLS_CLIENT_SETTINGS,
      identity: { certificateChain: '', key: new Secret(''), passphrase: undefined },
      clientCertificate: 'ignored' as const,
    };
    return new MiniPbx(
      { ...this.#ports(SWITCH, 1), loadTls: () => Promise.resolve({ ok: true, value: tls }) },
      configurationSchema.parse({
        domain: DOMAIN,
        profiles: {
          internal: { 'sip-ip': SWITCH, 'sip-port': 5060, 'tls-sip-port': 5061, 'tls-cert-dir': '.' },
        },
        users: { 1000: { password: 'secret' } },
      }),
      (event) => this.events.push(event),
    );
  }

  #ports(address: string, seed: number, nat?: string): PhonePorts {
    return {
      network: this.network.host(address, nat === undefined ? {} : { nat }),
      clock: this.clock,
      random: new SeededRandom(seed),
      tracer: new Tracer(this.clock),
      hash,
      resolver: noNames,
      plane: noPlane,
      sounds: '/sounds/',
      userAgent: 'test',
    };
  }
}

describe.each(PROTOCOLS)('a registration over %s', (protocol) => {
  const run = async (fate?: (packet: Packet) => Fate | undefined): Promise<Scene> => {
    const scene = new Scene(protocol, fate === undefined ? {} : { fate });
    await scene.pbx.start();
    scene.account.registration.start();
    await scene.clock.advanceAsync(60_000);
    return scene;
  };

  it('stands for hours: one binding, refreshed before it ends, gone when it is taken away', async () => {
    const scene = await run();
    expect(scene.pbx.registrations).toHaveLength(1);
    await scene.clock.advanceAsync(5 * HOUR_MS);
    const changes = scene.events.flatMap((event) => (event.event === 'registration' ? [event.change] : []));
    expect(changes[0]).toBe('registered');
    expect(changes.slice(1).length).toBeGreaterThan(30);
    expect(new Set(changes.slice(1))).toEqual(new Set(['refreshed']));
    expect(scene.views.filter(({ state }) => state === 'failed')).toEqual([]);
    await scene.close();
    expect(scene.events.at(-1)).toMatchObject({ event: 'registration', change: 'removed' });
    expect(scene.network.open).toBe(0);
    expect(scene.clock.pending).toBe(0);
  });

  it('stands whichever packet is lost or doubled, with exactly one binding', async () => {
    const count = (await run()).network.packets.length;
    expect(count).toBeGreaterThanOrEqual(4);
    for (let number = 1; number <= count; number++) {
      for (const fate of ['drop', 'double'] as const) {
        const scene = await run((packet) => (packet.number === number ? fate : undefined));
        expect([number, fate, scene.state, scene.pbx.registrations.length]).toEqual([number, fate, 'registered', 1]);
        await scene.close();
        expect(scene.pbx.registrations).toEqual([]);
      }
    }
  });

  it('is there again after the switch was restarted, without anybody doing anything', async () => {
    const scene = await run();
    await scene.restart();
    expect(scene.pbx.registrations).toEqual([]);
    await scene.clock.advanceAsync(600_000);
    expect(scene.state).toBe('registered');
    expect(scene.pbx.registrations).toHaveLength(1);
    await scene.close();
  });

  it('comes back after an hour without network', async () => {
    let down = false;
    const scene = await run(() => (down ? 'drop' : undefined));
    down = true;
    await scene.clock.advanceAsync(HOUR_MS);
    expect(scene.state).not.toBe('registered');
    expect(scene.pbx.registrations).toEqual([]);
    down = false;
    await scene.clock.advanceAsync(HOUR_MS);
    expect(scene.state).toBe('registered');
    expect(scene.pbx.registrations).toHaveLength(1);
    await scene.close();
  });

  it('with a wrong password tells both sides, once, and is not repeated', async () => {
    const scene = new Scene(protocol, { password: 'wrong' });
    await scene.pbx.start();
    scene.account.registration.start();
    await scene.clock.advanceAsync(HOUR_MS);
    expect(scene.views.at(-1)).toMatchObject({
      state: 'failed',
      diagnosis: { code: 'sip.bad-credentials', side: 'there' },
    });
    const told = scene.events.filter((event) => event.event === 'diagnosis');
    expect(told).toMatchObject([
      { diagnosis: { code: 'sip.bad-credentials' }, profile: 'internal', remote: { address: PHONE } },
    ]);
    await scene.close();
  });

  it('RFC 3581, RFC 5626: works from behind NAT', async () => {
    const scene = new Scene(protocol, { nat: '203.0.113.7' });
    await scene.pbx.start();
    scene.account.registration.start();
    await scene.clock.advanceAsync(1000);
    expect(scene.state).toBe('registered');
    expect(scene.pbx.registrations[0]?.flow.remote.address).toBe('203.0.113.7');
    await scene.close();
  });
});

describe('a registration over a connection', () => {
  it.each(['tcp', 'tls'] as const)(
    '%s: the switch forgets it with the connection, and the phone makes a new one',
    async (protocol) => {
      const scene = new Scene(protocol);
      await scene.pbx.start();
      scene.account.registration.start();
      await scene.clock.advanceAsync(1000);
      scene.pbx.registrations[0]?.flow.close();
      expect(scene.pbx.registrations).toEqual([]);
      await scene.clock.advanceAsync(3000);
      expect(scene.state).toBe('registered');
      expect(scene.pbx.registrations).toHaveLength(1);
      await scene.close();
    },
  );

  it.each(['tcp', 'tls'] as const)(
    '%s: RFC 5626 §4.4.1: a peer that vanished without a word is noticed by its missing pong, long before the refresh',
    async (protocol) => {
      const scene = new Scene(protocol);
      await scene.pbx.start();
      scene.account.registration.start();
      // One ping is answered, so that a missing pong means something.
      await scene.clock.advanceAsync(60_000);
      scene.network.silence(SWITCH);
      await scene.clock.advanceAsync(60_000);
      expect(scene.views.some(({ state }) => state === 'failed')).toBe(true);
      expect(scene.state).toBe('registered');
      await scene.close();
    },
  );
});
