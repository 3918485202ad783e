import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import { Account } from '../../core/phone/account.ts';
import { PhoneAgent } from '../../core/phone/phone-agent.ts';
import { PhoneCall } from '../../core/phone/phone-call.ts';
import type { SipRequest } from '../../core/sip/message/message.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import { FlowAgent } from '../support/flow-agents.ts';
import { flowPorts } from '../support/flow-phone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

const [HOME, PROXY] = ['192.0.2.10', '192.0.2.1'];
const ROUTE = '<sip:edge.example.com;lr>, <sip:core.example.com;lr>';

const clock = new VirtualClock();
const network = new VirtualNetwork(clock, { delayMs: 5 });
let proxy: FlowAgent;
let agent: PhoneAgent;
afterEach(async () => {
  const closing = Promise.all([agent.close(), proxy.transports.close()]);
  await clock.advanceAsync(64_000);
  await closing;
});

describe('RFC 3608 a phone whose registrar names a Service-Route', () => {
  it("§5 sends its calls with that Route, in order, and from a Contact that is its account's own", async () => {
    const seen: SipRequest[] = [];
    proxy = await FlowAgent.start(network, PROXY, 1);
    proxy.use({
      onRequest: (transaction) => {
        const { request } = transaction;
        if (request.method !== 'REGISTER') return false;
        seen.push(request);
        proxy.userAgent.reply(transaction, 200, [
          ['Contact', `${request.headers.get('Contact') ?? ''};expires=600`],
          ['Service-Route', ROUTE],
        ]);
        return true;
      },
      onInvite: (transaction) => {
        seen.push(transaction.request);
        proxy.userAgent.reply(transaction, 486);
      },
    });
    agent = new PhoneAgent(flowPorts(network.host(HOME), clock, 2));
    const account = new Account(agent, {
      id: '1000',
      address: sipUri({ user: '1000', host: 'example.com' }),
      displayName: undefined,
      authorizationUser: '1000',
      password: new Secret('secret'),
      server: { host: PROXY, port: 5060 },
      transport: 'udp',
      tls: DEFAULT_TLS_CLIENT_SETTINGS,
      capabilities: mediaCapabilities({ secureMedia: 'forbidden' }),
      expires: 600,
      onRegistration: () => undefined,
    });
    expect(account.route).toEqual([]);
    account.registration.start();
    await clock.advanceAsync(1_000);
    const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
    const options = { agent, account, user: { onChange: () => undefined }, portMin: 30_000, portMax: 39_998, sound };
    const call = PhoneCall.place(options, sipUri({ user: '1001', host: 'example.com' }));
    await clock.advanceAsync(1_000);
    expect([call.state, call.status]).toEqual(['ended', 486]);
    const invite = seen.find(({ method }) => method === 'INVITE');
    expect(invite?.headers.get('Route')).toBe(ROUTE);
    expect(invite?.headers.get('Contact')).toContain(`sip:${account.contactUser}@${HOME}`);
    expect(seen[0]?.headers.get('Route')).toBeUndefined();
  });
});
