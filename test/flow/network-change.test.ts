import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import { configurationSchema } from '../../core/pbx/configuration.ts';
import { MiniPbx } from '../../core/pbx/mini-pbx.ts';
import { Account } from '../../core/phone/account.ts';
import { PhoneAgent, type PhonePorts } from '../../core/phone/phone-agent.ts';
import { PhoneCall } from '../../core/phone/phone-call.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import type { TraceEvent } from '../../core/trace/tracer.ts';
import { flowPorts } from '../support/flow-phone.ts';
import { MovingHost } from '../support/moving-host.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

const SWITCH = '192.0.2.1';
const [HOME, AWAY] = ['192.0.2.10', '198.51.100.7'];
const DOMAIN = 'example.com';

let clock: VirtualClock;
let machine: MovingHost;
let pbx: MiniPbx;
let agent: PhoneAgent;
let account: Account;
let call: PhoneCall | undefined;
/** What the phone traced. */
let events: TraceEvent[];
let networkChanged: () => void;

beforeEach(async () => {
  call = undefined;
  clock = new VirtualClock();
  const network = new VirtualNetwork(clock, { delayMs: 5 });
  const identity = { certificateChain: '', key: new Secret(''), passphrase: undefined };
  const tls = { ...DEFAULT_TLS_CLIENT_SETTINGS, identity, clientCertificate: 'ignored' as const };
  pbx = new MiniPbx(
    { ...flowPorts(network.host(SWITCH), clock, 1), loadTls: () => Promise.resolve(ok(tls)) },
    configurationSchema.parse({
      domain: DOMAIN,
      profiles: { internal: { 'sip-ip': SWITCH, 'tls-sip-port': 5061, 'tls-cert-dir': '.' } },
      users: { 1000: { password: 'secret' } },
    }),
    () => undefined,
  );
  await pbx.start();
  machine = new MovingHost(network, HOME);
  const phonePorts: PhonePorts = {
    ...flowPorts(machine, clock, 2),
    watchNetwork: (listener) => {
      networkChanged = listener;
      return () => undefined;
    },
  };
  events = [];
  phonePorts.tracer.subscribe((event) => events.push(event));
  agent = new PhoneAgent(phonePorts);
  agent.onNetworkChange(() => {
    account.networkChanged();
  });
  account = new Account(agent, {
    id: '1000',
    address: sipUri({ user: '1000', host: DOMAIN }),
    displayName: undefined,
    authorizationUser: '1000',
    password: new Secret('secret'),
    server: { host: SWITCH, port: 5061 },
    transport: 'tls',
    tls: DEFAULT_TLS_CLIENT_SETTINGS,
    capabilities: mediaCapabilities({ secureMedia: 'mandatory' }),
    expires: 600,
    onRegistration: ({ flow }) => {
      if (flow !== undefined) call?.follow(flow);
    },
  });
  account.registration.start();
  await clock.advanceAsync(1000);
  const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
  const options = { agent, account, user: { onChange: () => undefined }, portMin: 30_000, portMax: 39_998, sound };
  call = PhoneCall.place(options, sipUri({ user: '9196', host: DOMAIN }));
  await clock.advanceAsync(1000);
  expect([account.registration.view.state, call.state]).toEqual(['registered', 'connected']);
});
afterEach(async () => {
  const closing = Promise.all([agent.close(), pbx.close()]);
  await clock.advanceAsync(40_000);
  await closing;
});

/** Requests of a method that the phone has sent since the beginning. */
const sent = (method: string): string[] =>
  events.flatMap(({ kind, text }) => (kind === 'sip.sent' && typeof text === 'string' && text.startsWith(`${method} `) ? [text] : [])); // prettier-ignore

describe('a phone whose network changes during a call', () => {
  it('registers from its new address, and RFC 3261 §12.2.1.1 the call goes on there, signalling and sound', async () => {
    machine.moveTo(AWAY);
    const before = sent('INVITE').length;
    networkChanged();
    await clock.advanceAsync(5_000);
    const { view } = account.registration;
    expect([view.state, view.flow?.local.address]).toEqual(['registered', AWAY]);
    const offers = sent('INVITE').slice(before);
    const moved = offers.at(-1) ?? '';
    expect(offers.length).toBeGreaterThan(0);
    expect(moved).toMatch(new RegExp(`^Contact: <sip:[^>]*@${AWAY}`, 'm'));
    expect(moved).toContain(`c=IN IP4 ${AWAY}\r\n`);
    // RFC 3264 §8: the origin stays but for its version.
    expect(moved).toMatch(new RegExp(`^o=- \\d+ [2-9] IN IP4 ${HOME}\r$`, 'm'));
    expect([call?.state, call?.security.state]).toEqual(['connected', 'encrypted']);
    call?.hangUp();
    await clock.advanceAsync(1_000);
    expect([call?.state, call?.diagnosis, sent('BYE').length]).toEqual(['ended', undefined, 1]);
  });

  it('leaves everything as it is where its address stayed', async () => {
    const before = [sent('REGISTER').length, sent('INVITE').length];
    networkChanged();
    await clock.advanceAsync(30_000);
    expect([sent('REGISTER').length, sent('INVITE').length]).toEqual(before);
    expect([account.registration.view.state, call?.state]).toEqual(['registered', 'connected']);
  });
});
