import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../../core/tls/tls-settings.ts';
import { TestAuthority } from './certificates.ts';
import { bare, LOOPBACK, optionsRequest, optionsText, station, until, valueOf, type Station } from './stations.ts';

const OTHER = '127.0.0.2';
const stations: Station[] = [];

function started(name: string): Station {
  const fresh = station(name);
  stations.push(fresh);
  return fresh;
}

async function portOf(server: Station, protocol: 'udp' | 'tcp'): Promise<number> {
  return valueOf(await server.layer.listen({ protocol, local: { address: LOOPBACK, port: 0 } })).local.port;
}

const branchesOf = ({ messages }: Station): (string | null | undefined)[] =>
  messages.map(({ message }) => message.via?.parameters.get('branch'));

afterEach(async () => {
  await Promise.all(stations.splice(0).map(({ layer }) => layer.close()));
});

describe('RFC 3261 §18.3 messages on a TCP connection', () => {
  it('are the same wherever the stream is cut', async () => {
    const server = started('server');
    const { socket } = await bare(await portOf(server, 'tcp'));
    socket.setNoDelay();
    const length = optionsText('cut-000', 'body').length;
    for (let cut = 1; cut < length; cut++) {
      const text = optionsText(`cut-${String(cut).padStart(3, '0')}`, 'body');
      socket.write(text.slice(0, cut));
      // Another turn, so that the two halves do not leave in one piece.
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(text.slice(cut));
    }
    await until(() => server.messages.length === length - 1, 'all messages');
    expect(branchesOf(server)).toEqual(
      Array.from({ length: length - 1 }, (_, index) => `z9hG4bKcut-${String(index + 1).padStart(3, '0')}`),
    );
    expect(server.diagnoses).toEqual([]);
    socket.destroy();
  });
});

describe('a flood from one address', () => {
  it('on one connection: another connection has its answer long before the flood is worked off', async () => {
    const server = started('server');
    const port = await portOf(server, 'tcp');
    const flood = await bare(port);
    const calm = started('calm');
    const target = { protocol: 'tcp', address: LOOPBACK, port, serverName: LOOPBACK } as const;
    // From another address, for it is addresses that are given turns.
    const flow = valueOf(await calm.layer.connect(target, { local: { address: OTHER, port: 0 } }));
    const count = 5000;
    flood.socket.write(Array.from({ length: count }, (_, index) => optionsText(`flood-${index}`)).join(''));
    await until(() => server.messages.length > 0, 'the flood');
    flow.send(optionsRequest('calm'));
    await until(() => calm.messages.length === 1, 'the answer');
    const before = branchesOf(server).indexOf('z9hG4bKcalm');
    expect(before).toBeLessThan(count / 2);
    await until(() => server.messages.length === count + 1, 'the whole flood, of which nothing is lost');
    flood.socket.destroy();
  });

  it('by UDP: who sends little is answered while the flood goes on', async () => {
    const server = started('server');
    const port = await portOf(server, 'udp');
    const flood = createSocket('udp4');
    await new Promise<void>((resolve) => flood.bind(0, OTHER, resolve));
    const calm = started('calm');
    const flow = valueOf(await calm.layer.connect({ protocol: 'udp', address: LOOPBACK, port, serverName: LOOPBACK }));
    const octets = Buffer.from(optionsText('flood').replace('/TCP', '/UDP'));
    const isAnswered = (): boolean => calm.messages.length >= 5;
    // At most 40,000 datagrams, in pieces that leave the other side its turns.
    for (let piece = 0; piece < 400 && !isAnswered(); piece++) {
      for (let index = 0; index < 100; index++) flood.send(octets, port, LOOPBACK, () => undefined);
      if (piece % 5 === 0) flow.send(optionsRequest(`calm-${piece}`));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    flood.close();
    expect(isAnswered()).toBe(true);
  });
});

describe('RFC 5923 reuse of a connection over mutual TLS', () => {
  it('§8.2, §9 requests back to a client that proved its name come on the connection that it opened', async () => {
    const authority = await TestAuthority.create('Reuse');
    const common = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [authority.pem] };
    const local = { address: LOOPBACK, port: 0 };
    const server = started('server');
    const identity = await authority.issue(['pbx.example.org']);
    const tls = { ...common, identity, clientCertificate: 'required' as const };
    const { port } = valueOf(await server.layer.listen({ protocol: 'tls', local, tls })).local;
    const phone = started('phone');
    const own = { ...common, identity: await authority.issue(['alice.example.org', 'alice.example.com']) };
    const target = { protocol: 'tls', address: LOOPBACK, port, serverName: 'pbx.example.org' } as const;
    const flow = valueOf(await phone.layer.connect(target, { tls: own }));
    const request = optionsRequest('alias');
    request.headers.set('Via', `SIP/2.0/TLS ${LOOPBACK}:45061;alias;branch=z9hG4bKalias`);
    flow.send(request);
    await until(() => server.messages.length === 1);
    const back = (serverName: string) =>
      server.layer.connect({ protocol: 'tls', address: LOOPBACK, port: 45_061, serverName });
    expect(valueOf(await back('alice.example.org'))).toBe(server.messages[0]?.flow);
    expect(valueOf(await back('ALICE.example.com'))).toBe(server.messages[0]?.flow);
    expect((await back('mallory.example.org')).ok).toBe(false);
  });
});
