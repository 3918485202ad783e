import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../../core/pbx/configuration.ts';
import { Directory } from '../../../core/pbx/directory.ts';
import { SipProfile } from '../../../core/pbx/sip-profile.ts';
import { flowPorts } from '../../support/flow-phone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';

const SWITCH = { address: '192.0.2.1', port: 5060 };
const PHONE = { address: '192.0.2.2', port: 5060 };

const REGISTER = [
  'REGISTER sip:example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1;rport',
  'Max-Forwards: 70',
  'From: <sip:1000@example.com>;tag=1',
  'To: <sip:1000@example.com>',
  'Call-ID: 1',
  'CSeq: 1 REGISTER',
  'Contact: <sip:1000@192.0.2.2:5060>',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

/** The algorithms of the challenges that a REGISTER without credentials gets, in their order. */
async function challenged(profile: object): Promise<readonly string[]> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock);
  const configuration = configurationSchema.parse({
    domain: 'example.com',
    profiles: { internal: { 'sip-ip': SWITCH.address, 'sip-port': SWITCH.port, tls: false, ...profile } },
    users: { 1000: { password: 'secret' } },
  });
  const { internal } = configuration.profiles;
  if (internal === undefined) throw new Error('no profile');
  const subject = new SipProfile({
    name: 'internal',
    configuration: internal,
    ports: flowPorts(network.host(SWITCH.address), clock, 1),
    directory: new Directory(configuration),
    user: {
      onRegister: () => undefined,
      onInvite: () => undefined,
      onGateway: () => undefined,
      onMessage: () => undefined,
      onRefer: () => undefined,
      availability: () => 200,
      onDiagnosis: () => undefined,
    },
  });
  await subject.start(undefined);
  let answer = '';
  network.bind(PHONE, (octets) => {
    answer = new TextDecoder().decode(octets);
  });
  network.sendDatagram(new TextEncoder().encode(REGISTER), PHONE, SWITCH);
  await clock.advanceAsync(100);
  await subject.close();
  expect(answer).toMatch(/^SIP\/2\.0 401 /);
  return [...answer.matchAll(/^WWW-Authenticate: .*algorithm=([^,\r]+)/gm)].map(([, algorithm = '']) => algorithm);
}

describe('a SIP profile', () => {
  it('challenges with MD5 alone, since phones from before RFC 8760 do not skip what they do not know', async () => {
    expect(await challenged({})).toEqual(['MD5']);
  });

  it('RFC 8760 §2.3: challenges once for each algorithm of rfc8760-auth-algorithms, the strongest first', async () => {
    const algorithms = { 'rfc8760-auth-algorithms': ['MD5', 'SHA-256', 'SHA-512-256'] };
    expect(await challenged(algorithms)).toEqual(['SHA-512-256', 'SHA-256', 'MD5']);
    expect(await challenged({ 'rfc8760-auth-algorithms': ['SHA-256'] })).toEqual(['SHA-256']);
  });
});
