import { describe, expect, it } from 'vitest';
import { err, ok } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import type { MediaPlane, MediaStream, StreamStatistics } from '../../core/media/media-plane.ts';
import { configurationSchema } from '../../core/pbx/configuration.ts';
import { MiniPbx, type MiniPbxEvent } from '../../core/pbx/mini-pbx.ts';
import { Account } from '../../core/phone/account.ts';
import { PhoneAgent, type PhonePorts } from '../../core/phone/phone-agent.ts';
import { PhoneCall } from '../../core/phone/phone-call.ts';
import type { SecureMedia } from '../../core/sdp/offer-answer.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';
import { hash } from '../unit/sip/auth/node-hash.ts';

const SWITCH = '192.0.2.1';
const DOMAIN = 'example.com';

/** Streams without sound: no call here gets so far. */
const silentPlane: MediaPlane = {
  open: ({ address, call }) => {
    const nothing = (): void => undefined;
    const stream: MediaStream = {
      ...{ id: call, address, port: 30_000, rtcpPort: 30_001 },
      ...{
        configure: nothing,
        setSource: nothing,
        setSink: nothing,
        setMuted: nothing,
        sendDtmf: nothing,
        bridge: nothing,
      },
      statistics: () => Promise.resolve({} as StreamStatistics),
      onEvent: () => nothing,
      close: () => Promise.resolve({} as StreamStatistics),
    };
    return Promise.resolve(ok(stream));
  },
  devices: () => Promise.resolve([]),
  route: () => undefined,
  close: () => Promise.resolve(),
};

function ports(network: VirtualNetwork, address: string, seed: number): PhonePorts {
  return {
    network: network.host(address),
    clock: network.clock,
    random: new SeededRandom(seed),
    tracer: new Tracer(network.clock),
    hash,
    resolver: {
      naptr: () => Promise.resolve(err('not-found')),
      srv: () => Promise.resolve(err('not-found')),
      addresses: () => Promise.resolve(err('not-found')),
    },
    plane: silentPlane,
    userAgent: 'test',
  };
}

/** Calls over TLS from a phone with mandatory SRTP to one that has `calleeMedia`; what the switch diagnosed. */
async function callTo(calleeMedia: SecureMedia, answer: (call: PhoneCall) => void): Promise<readonly MiniPbxEvent[]> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock, { delayMs: 5 });
  const events: MiniPbxEvent[] = [];
  const identity = { certificateChain: '', key: new Secret(''), passphrase: undefined };
  const tls = { ...DEFAULT_TLS_CLIENT_SETTINGS, identity, clientCertificate: 'ignored' as const };
  const pbx = new MiniPbx(
    { ...ports(network, SWITCH, 1), loadTls: () => Promise.resolve(ok(tls)) },
    configurationSchema.parse({
      domain: DOMAIN,
      profiles: { internal: { 'sip-ip': SWITCH, 'tls-sip-port': 5061, 'tls-cert-dir': '.' } },
      users: { 1000: { password: 'secret' }, 1001: { password: 'secret' } },
    }),
    (event) => events.push(event),
  );
  await pbx.start();
  const phones = ([['1000', 'mandatory'], ['1001', calleeMedia]] as const).map(([user, secureMedia], index) => {
    const agent = new PhoneAgent(ports(network, `192.0.2.${10 + index}`, 10 + index));
    const account = new Account(agent, {
      id: user,
      address: sipUri({ user, host: DOMAIN }),
      displayName: undefined,
      authorizationUser: user,
      password: new Secret('secret'),
      server: { host: SWITCH, port: 5061 },
      transport: 'tls',
      tls: DEFAULT_TLS_CLIENT_SETTINGS,
      capabilities: mediaCapabilities({ secureMedia }),
      expires: 600,
      onRegistration: () => undefined,
    });
    account.registration.start();
    const options = {
      ...{ agent, account, user: { onChange: () => undefined }, portMin: 30_000, portMax: 39_998 },
      sound: { source: { kind: 'silence' }, sink: { kind: 'none' } },
    } as const;
    agent.setUser({
      onInvite: (transaction) => {
        void PhoneCall.receive(options, transaction).then((call) => {
          if (call !== undefined) answer(call);
        });
      },
    });
    return { agent, account, options };
  }); // prettier-ignore
  await clock.advanceAsync(1000);
  const [caller] = phones;
  if (caller === undefined) throw new Error('no phone');
  const call = PhoneCall.place(caller.options, sipUri({ user: '1001', host: DOMAIN }));
  await clock.advanceAsync(2000);
  expect(call.state).toBe('ended');
  for (const { agent } of phones) await agent.close();
  await pbx.close();
  return events.filter(({ event }) => event === 'diagnosis');
}

describe('a call that the callee refuses', () => {
  it('the switch says that its SRTP was refused, and which setting asks for it', async () => {
    expect(await callTo('forbidden', () => undefined)).toMatchObject([
      {
        profile: 'internal',
        remote: { address: '192.0.2.11' },
        diagnosis: { code: 'srtp.required-here', side: 'here', evidence: { status: 488 } },
      },
    ]);
  });

  it('the switch says nothing of a person who is busy', async () => {
    const diagnoses = await callTo('mandatory', (call) => {
      call.decline(486);
    });
    expect(diagnoses).toEqual([]);
  });
});
