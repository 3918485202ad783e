import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../core/base/diagnosis.ts';
import { err } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import { Registrar } from '../../core/pbx/registrar.ts';
import { ClientDigest } from '../../core/sip/auth/client-digest.ts';
import { DigestAuthenticator } from '../../core/sip/auth/digest-authenticator.ts';
import { formatUri, sipUri } from '../../core/sip/message/uri.ts';
import { Registration, type RegistrationOptions, type RegistrationView } from '../../core/sip/ua/registration.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { FlowAgent } from '../support/flow-agents.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork, type Fate, type Packet } from '../support/virtual-network.ts';
import { hash } from '../unit/sip/auth/node-hash.ts';

const USER = 'bob';
const DOMAIN = 'biloxi.example.com';
const INSTANCE = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128';
/** Longer than every timer of RFC 3261, shorter than the registration. */
const WHILE_MS = 200_000;

interface SceneOptions {
  readonly fate?: ((packet: Packet) => Fate | undefined) | undefined;
  readonly password?: string;
}

/** A phone, and servers that answer for one registrar behind them. */
class Scene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly phone: FlowAgent;
  readonly edges: FlowAgent[] = [];
  readonly views: RegistrationView[] = [];
  readonly registrar: Registrar;
  readonly registration: Registration;
  readonly #protocol: 'udp' | 'tcp';
  readonly #authenticator: DigestAuthenticator;

  private constructor(
    network: VirtualNetwork,
    phone: FlowAgent,
    protocol: 'udp' | 'tcp',
    edges: number,
    password: string,
  ) {
    this.clock = network.clock;
    this.network = network;
    this.phone = phone;
    this.#protocol = protocol;
    const random = new SeededRandom(9);
    const { clock } = network;
    this.registrar = new Registrar({
      domain: DOMAIN,
      limits: { min: 60, max: 7200, usual: 3600, contacts: 10 },
      clock,
      random,
      onChange: () => undefined,
    });
    this.#authenticator = new DigestAuthenticator({ realm: DOMAIN, hash, random, clock, algorithms: ['MD5'] });
    this.registration = new Registration({
      transactions: phone.transactions,
      clock,
      random: new SeededRandom(5),
      tracer: new Tracer(clock),
      addressOfRecord: sipUri({ user: USER, host: DOMAIN }),
      displayName: 'Bob',
      digest: new ClientDigest({ username: USER, password: new Secret(password), hash, random: new SeededRandom(6) }),
      connect: this.#wayTo(0),
      otherEdges: Array.from({ length: edges - 1 }, (_, index) => this.#wayTo(index + 1)),
      ...(edges > 1 ? { instance: INSTANCE } : {}),
      contact: ({ local }) => sipUri({ user: USER, host: local.address, port: local.port }),
      expires: 3600,
      userAgent: 'test',
      onChange: (view) => this.views.push(view),
    });
  }

  static async set(protocol: 'udp' | 'tcp', edges: number, options: SceneOptions = {}): Promise<Scene> {
    const { fate, password = 'zanzibar' } = options;
    const network = new VirtualNetwork(new VirtualClock(), { delayMs: 20, ...(fate === undefined ? {} : { fate }) });
    const phone = await FlowAgent.start(network, '192.0.2.201', 1, ['udp']);
    const scene = new Scene(network, phone, protocol, edges, password);
    for (let index = 0; index < edges; index++) await scene.revive(index);
    return scene;
  }

  /** Starts an edge, anew where it was there before. */
  async revive(index: number): Promise<void> {
    const edge = await FlowAgent.start(this.network, addressOf(index), index + 2, [this.#protocol]);
    this.edges[index] = edge;
    this.#serve(edge);
  }

  #wayTo(index: number): RegistrationOptions['connect'] {
    const protocol = this.#protocol;
    const address = addressOf(index);
    const options = protocol === 'udp' ? { local: { address: this.phone.address, port: 5060 } } : {};
    return ({ tried }) =>
      tried.length > 0
        ? Promise.resolve(err(NO_OTHER))
        : this.phone.transports.connect({ protocol, address, port: 5060, serverName: address }, options);
  }

  get state(): string | undefined {
    return this.views.at(-1)?.state;
  }

  /** First lines of what went over the wire, keep-alives left out. */
  get lines(): string[] {
    const texts = this.network.packets.map(({ octets }) => new TextDecoder().decode(octets));
    return texts
      .filter((text) => text.includes('SIP/2.0'))
      .map((text) => text.split(/ sip:|\r\n/)[0]?.slice(0, 11) ?? '');
  }

  bound(): string[] {
    return this.registrar.all().map(({ contact, regId }) => `${formatUri(contact)} ${regId ?? ''}`.trim());
  }

  #serve(edge: FlowAgent): void {
    edge.userAgent.setUser({
      onInvite: (transaction) => {
        edge.userAgent.reply(transaction, 480);
      },
      onRequest: (transaction) => {
        if (transaction.request.method !== 'REGISTER') return false;
        const outcome = this.#authenticator.verify(transaction.request, 'www', () => new Secret('zanzibar'));
        if (outcome.ok) {
          this.registrar.register(transaction, 'internal', outcome.value, (status, headers) => {
            edge.userAgent.reply(transaction, status, headers);
          });
        } else {
          const challenges = outcome.error.challenges.map((challenge) => ['WWW-Authenticate', challenge] as const);
          edge.userAgent.reply(transaction, 401, challenges);
        }
        return true;
      },
    });
  }
}

const NO_OTHER: Diagnosis = { code: 'conn.flow-failed', side: 'there', summary: '', cure: '', evidence: {} };

const addressOf = (edge: number): string => `192.0.2.${edge + 1}`;

/** The flows of RFC 3665 §2: what happens from the first message on. */
const EXAMPLES: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'RFC 3665 §2.1 successful new registration': async ({ clock, registration }) => {
    registration.start();
    await clock.advanceAsync(WHILE_MS);
  },
  'RFC 3665 §2.2 update of contact list': async ({ clock, registration }) => {
    registration.start();
    await clock.advanceAsync(WHILE_MS);
    registration.start();
    await clock.advanceAsync(WHILE_MS);
  },
  'RFC 3665 §2.3 request for current contact list': async ({ clock, registration }) => {
    registration.start();
    await clock.advanceAsync(WHILE_MS);
    void registration.fetchBindings();
    await clock.advanceAsync(WHILE_MS);
  },
  'RFC 3665 §2.4 cancellation of registration': async ({ clock, registration }) => {
    registration.start();
    await clock.advanceAsync(WHILE_MS);
    void registration.stop();
    await clock.advanceAsync(WHILE_MS);
  },
};
const BOUND = ['sip:bob@192.0.2.201:5060'];

describe('RFC 3665 §2 registration examples, over UDP', () => {
  const run = async (name: string, fate?: (packet: Packet) => Fate | undefined): Promise<Scene> => {
    const scene = await Scene.set('udp', 1, { fate });
    await EXAMPLES[name]?.(scene);
    return scene;
  };

  it('§2.1 REGISTER, 401, REGISTER with credentials, 200', async () => {
    const scene = await run('RFC 3665 §2.1 successful new registration');
    expect(scene.lines).toEqual(['REGISTER', 'SIP/2.0 401', 'REGISTER', 'SIP/2.0 200']);
    expect(scene.views.map(({ state }) => state)).toEqual(['registering', 'registered']);
    expect(scene.bound()).toEqual(BOUND);
  });

  it('§2.2 the update needs no second challenge: the credentials are known', async () => {
    const scene = await run('RFC 3665 §2.2 update of contact list');
    expect(scene.lines.slice(4)).toEqual(['REGISTER', 'SIP/2.0 200']);
    expect(scene.bound()).toEqual(BOUND);
  });

  it('§2.3 a REGISTER without Contact is answered with the list and changes nothing', async () => {
    const scene = await Scene.set('udp', 1);
    scene.registration.start();
    await scene.clock.advanceAsync(1000);
    const fetched = scene.registration.fetchBindings();
    await scene.clock.advanceAsync(1000);
    expect(await fetched).toMatchObject({ ok: true, value: [{ uri: { user: USER, host: '192.0.2.201' } }] });
    expect(scene.bound()).toEqual(BOUND);
  });

  it('§2.4 Expires: 0 takes the binding away', async () => {
    const scene = await run('RFC 3665 §2.4 cancellation of registration');
    expect(scene.lines.slice(4)).toEqual(['REGISTER', 'SIP/2.0 200']);
    expect(scene.bound()).toEqual([]);
    expect(scene.clock.pending).toBe(0);
  });

  it('§2.5 unsuccessful registration: wrong credentials are challenged again, and not sent a third time', async () => {
    const scene = await Scene.set('udp', 1, { password: 'wrong' });
    scene.registration.start();
    await scene.clock.advanceAsync(3_600_000);
    expect(scene.lines).toEqual(['REGISTER', 'SIP/2.0 401', 'REGISTER', 'SIP/2.0 401']);
    expect(scene.views.at(-1)).toMatchObject({ state: 'failed', diagnosis: { code: 'sip.bad-credentials' } });
    expect(scene.bound()).toEqual([]);
  });

  it.each(Object.keys(EXAMPLES))('%s: ends as it should whichever packet is lost or doubled', async (name) => {
    const isGone = name.includes('§2.4');
    const count = (await run(name)).network.packets.length;
    expect(count).toBeGreaterThanOrEqual(4);
    for (let number = 1; number <= count; number++) {
      for (const fate of ['drop', 'double'] as const) {
        const scene = await run(name, (packet) => (packet.number === number ? fate : undefined));
        const outcome = [number, fate, scene.state, scene.bound(), scene.phone.alive.client];
        expect(outcome).toEqual([number, fate, isGone ? 'off' : 'registered', isGone ? [] : BOUND, 0]);
      }
    }
  });
});

describe('RFC 5626 flows: a phone with two edges over TCP', () => {
  const run = async (fate?: (packet: Packet) => Fate | undefined): Promise<Scene> => {
    const scene = await Scene.set('tcp', 2, { fate });
    scene.registration.start();
    await scene.clock.advanceAsync(60_000);
    return scene;
  };
  const regIds = (scene: Scene): (number | undefined)[] =>
    scene.registrar
      .all()
      .map(({ regId }) => regId)
      .sort();
  const reachedBy = (scene: Scene): (string | undefined)[] =>
    scene.registrar.targets(USER).map(({ flow }) => flow.local.address);

  it('§4.2, §6 two flows with reg-id 1 and 2 are two bindings of one device, which is called over one of them', async () => {
    const scene = await run();
    expect(regIds(scene)).toEqual([1, 2]);
    expect(scene.views.at(-1)?.flows).toHaveLength(2);
    expect(reachedBy(scene)).toEqual(['192.0.2.2']);
  });

  it('§4.5 one edge fails and recovers: the device stays reachable all the time, and both flows stand again', async () => {
    const scene = await run();
    const [, second] = scene.edges;
    // The second edge goes down with all its connections, for ten minutes.
    await second?.transports.close();
    await scene.clock.advanceAsync(1000);
    expect(scene.state).toBe('registered');
    expect(regIds(scene)).toEqual([1]);
    expect(reachedBy(scene)).toEqual(['192.0.2.1']);
    await scene.clock.advanceAsync(600_000);
    expect(scene.views.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(scene.views.at(-1)?.flows).toHaveLength(1);
    await scene.revive(1);
    await scene.clock.advanceAsync(1_800_000);
    expect(regIds(scene)).toEqual([1, 2]);
    expect(scene.views.at(-1)?.flows).toHaveLength(2);
    expect(scene.views.filter(({ state }) => state === 'failed')).toEqual([]);
  });

  it('§4.5 both edges fail and recover: registered again over both, without anybody doing anything', async () => {
    const scene = await run();
    for (const edge of scene.edges) await edge.transports.close();
    await scene.clock.advanceAsync(600_000);
    expect(scene.state).toBe('failed');
    expect(scene.bound()).toEqual([]);
    await scene.revive(0);
    await scene.revive(1);
    await scene.clock.advanceAsync(1_800_000);
    expect(scene.state).toBe('registered');
    expect(regIds(scene)).toEqual([1, 2]);
  });

  it('§4.5 whichever write is the last of its connection, both flows stand in the end, each bound once', async () => {
    const count = (await run()).network.packets.length;
    expect(count).toBeGreaterThanOrEqual(8);
    for (let number = 1; number <= count; number++) {
      const scene = await run((packet) => (packet.number === number ? 'drop' : undefined));
      await scene.clock.advanceAsync(1_800_000);
      expect([number, scene.state, regIds(scene)]).toEqual([number, 'registered', [1, 2]]);
    }
  });

  it('stop takes both bindings away and leaves nothing behind', async () => {
    const scene = await run();
    void scene.registration.stop();
    await scene.clock.advanceAsync(WHILE_MS);
    expect(scene.bound()).toEqual([]);
    expect(scene.phone.alive.client).toBe(0);
    expect(scene.state).toBe('off');
  });
});
