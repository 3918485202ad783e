import { beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../core/base/secret.ts';
import type { Flow, Target } from '../../../../core/sip/transport/flow.ts';
import type { Network } from '../../../../core/sip/transport/network.ts';
import { bindingResponse, parseStun } from '../../../../core/sip/transport/stun.ts';
import type { TransportSettings } from '../../../../core/sip/transport/transport-settings.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsServerSettings } from '../../../../core/tls/tls-settings.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { VirtualNetwork, type Fate, type Packet } from '../../../support/virtual-network.ts';
import { options, station, valueOf, type Station } from './harness.ts';

const PHONE = '192.0.2.1';
const SERVER = '192.0.2.2';
const HOUR_MS = 3_600_000;
const serverTls: TlsServerSettings = {
  ...DEFAULT_TLS_CLIENT_SETTINGS,
  identity: { certificateChain: '', key: new Secret(''), passphrase: undefined },
  clientCertificate: 'ignored',
};

let clock: VirtualClock;
let network: VirtualNetwork;
let phone: Station;
let server: Station;
/** What the server's and the phone's machine have of addresses; an address that is taken away cannot be bound. */
let gone: Set<string>;

function machine(address: string): Network {
  const host = network.host(address);
  return {
    bindDatagram: (local, onDatagram) =>
      gone.has(local.address)
        ? network.host('203.0.113.99').bindDatagram(local, onDatagram)
        : host.bindDatagram(local, onDatagram),
    listenStream: (...rest) => host.listenStream(...rest),
    connectStream: (dialling) => host.connectStream(dialling),
    listenWebSocket: (...rest) => host.listenWebSocket(...rest),
    connectWebSocket: (dialling) => host.connectWebSocket(dialling),
    localAddressToward: (remote) =>
      gone.has(address) ? Promise.resolve('203.0.113.99') : host.localAddressToward(remote),
  };
}

function start(settings: Partial<TransportSettings> = {}, fate?: (packet: Packet) => Fate | undefined): void {
  clock = new VirtualClock();
  network = new VirtualNetwork(clock, fate === undefined ? {} : { fate });
  gone = new Set();
  phone = station('phone', machine(PHONE), clock, settings);
  server = station('server', machine(SERVER), clock, settings);
}

async function within<T>(promise: Promise<T>, ms = 100): Promise<T> {
  await clock.advanceAsync(ms);
  return promise;
}

function target(protocol: Target['protocol'], serverName = 'example.org', port = 5060): Target {
  return { protocol, address: SERVER, port, serverName };
}

async function listening(protocol: Target['protocol']): Promise<void> {
  const local = { address: SERVER, port: 5060 };
  const tls = protocol === 'tls' || protocol === 'wss' ? { tls: serverTls } : {};
  valueOf(await server.layer.listen({ protocol, local, ...tls }));
}

async function connected(protocol: Target['protocol']): Promise<Flow> {
  await listening(protocol);
  return valueOf(await within(phone.layer.connect(target(protocol))));
}

const isStun = ({ octets }: Packet): boolean => parseStun(octets) !== undefined;
const stunRequests = (): Packet[] => network.packets.filter(({ octets }) => parseStun(octets)?.kind === 'request');

beforeEach(() => {
  start();
});

describe('RFC 5626 §4.4.2 keep-alive of a UDP flow', () => {
  it('sends nothing until the other end agreed, then STUN at least each 29 seconds', async () => {
    const flow = await connected('udp');
    await clock.advanceAsync(HOUR_MS);
    expect(network.packets.filter(isStun)).toEqual([]);
    flow.keepAlive({ intervalMs: undefined, forMs: 10 * HOUR_MS });
    await clock.advanceAsync(HOUR_MS);
    expect(stunRequests().length).toBeGreaterThanOrEqual(HOUR_MS / 29_000 - 1);
    expect(stunRequests().length).toBeLessThanOrEqual(HOUR_MS / (0.8 * 29_000) + 1);
    expect(network.packets.filter(isStun)).toHaveLength(2 * stunRequests().length);
    expect(flow.open).toBe(true);
  });

  it('RFC 6223 §4.3 sends as often as the other end asks, until the agreement ends', async () => {
    const flow = await connected('udp');
    flow.keepAlive({ intervalMs: 10_000, forMs: HOUR_MS });
    await clock.advanceAsync(HOUR_MS - 1);
    const count = stunRequests().length;
    expect(count).toBeGreaterThanOrEqual(359);
    await clock.advanceAsync(HOUR_MS);
    expect(stunRequests().length).toBeLessThanOrEqual(count + 1);
    expect(clock.pending).toBe(0);
  });

  it('RFC 5389 §7.2.1 asks seven times, and the flow has failed where no answer comes', async () => {
    let deaf = false;
    start({}, (packet) => (deaf && isStun(packet) ? 'drop' : undefined));
    const flow = await connected('udp');
    let reason: string | undefined;
    flow.onClose((why) => (reason = why?.code));
    flow.keepAlive({ intervalMs: 20_000, forMs: HOUR_MS });
    deaf = true;
    await clock.advanceAsync(16_000 + 39_400);
    expect(stunRequests()).toHaveLength(7);
    expect(reason).toBeUndefined();
    await clock.advanceAsync(4200);
    expect(reason).toBe('conn.no-pong');
    expect(phone.codes()).toEqual(['conn.no-pong']);
  });

  it('§4.4.2 the flow has failed where the other end sees us at another address', async () => {
    const flow = await connected('udp');
    const port = flow.local.port;
    flow.keepAlive({ intervalMs: 10_000, forMs: HOUR_MS });
    await clock.advanceAsync(10_100);
    const asked = stunRequests().length;
    expect(flow.open).toBe(true);
    await server.layer.close();
    const nat = valueOf(
      await network.host(SERVER).bindDatagram({ address: SERVER, port: 5060 }, (octets) => {
        const request = parseStun(octets);
        if (request?.kind !== 'request') return;
        nat.send(bindingResponse(request, { address: '198.51.100.9', port: 9 }), { address: PHONE, port });
      }),
    );
    await clock.advanceAsync(10_100);
    expect(stunRequests().length).toBe(asked + 1);
    expect(flow.open).toBe(false);
    expect(phone.codes()).toEqual(['conn.flow-failed']);
  });
});

describe('RFC 6223 keep-alive by agreement on connections', () => {
  it.each(['tcp', 'ws'] as const)(
    '%s: a silent peer that agreed has failed, whatever it answered before',
    async (protocol) => {
      start({ keepAlive: { intervalMs: 0, pongTimeoutMs: 10_000, pong: 'learned' } });
      const flow = await connected(protocol);
      flow.send(options(`SIP/2.0/TCP ${PHONE};branch=z9hG4bK1`));
      await clock.advanceAsync(HOUR_MS);
      flow.keepAlive({ intervalMs: 60_000, forMs: HOUR_MS });
      await clock.advanceAsync(HOUR_MS / 2);
      expect(flow.open).toBe(true);
      network.silence(SERVER);
      await clock.advanceAsync(70_001);
      expect(flow.open).toBe(false);
      expect(phone.codes()).toEqual(['conn.no-pong']);
    },
  );
});

describe('RFC 5923 connection reuse', () => {
  it('a connection serves another name only where its certificate stands for it', async () => {
    const flow = await connected('tls');
    expect(valueOf(await within(phone.layer.connect(target('tls')))).id).toBe(flow.id);
    expect(valueOf(await within(phone.layer.connect(target('tls', 'EXAMPLE.org')))).id).toBe(flow.id);
    const other = valueOf(await within(phone.layer.connect(target('tls', 'example.com'))));
    expect(other.id).not.toBe(flow.id);
    const both = 'both.example.net,also.example.net';
    const shared = valueOf(await within(phone.layer.connect(target('tls', both))));
    expect(valueOf(await within(phone.layer.connect(target('tls', 'also.example.net')))).id).toBe(shared.id);
  });

  it('what the peer opened is used towards where it comes from: no second connection by TCP', async () => {
    const flow = await connected('tcp');
    const back = { protocol: 'tcp', address: PHONE, port: flow.local.port, serverName: PHONE } as const;
    const way = valueOf(await within(server.layer.connect(back)));
    expect(way.opened).toBe('there');
    flow.close();
    await clock.advanceAsync(10);
    expect((await within(server.layer.connect(back))).ok).toBe(false);
  });

  it('§9 an alias of a client that proved nothing MUST NOT be believed', async () => {
    const flow = await connected('tls');
    flow.send(options(`SIP/2.0/TLS ${PHONE}:5061;alias;branch=z9hG4bK1`));
    await clock.advanceAsync(10);
    expect(server.messages[0]?.flow.security?.peerVerified).toBe(false);
    const back = { protocol: 'tls', address: PHONE, port: 5061, serverName: 'phone.example.org' } as const;
    expect((await within(server.layer.connect(back))).ok).toBe(false);
  });
});

describe('a change of the network', () => {
  it('closes connections and flows whose local address is gone, and only those', async () => {
    await listening('udp');
    const udp = valueOf(await within(phone.layer.connect(target('udp'))));
    const tcp = await connected('tcp');
    await within(phone.layer.networkChanged());
    expect([udp.open, tcp.open]).toEqual([true, true]);
    gone.add(PHONE);
    await within(phone.layer.networkChanged());
    expect([udp.open, tcp.open]).toEqual([false, false]);
    expect(new Set(phone.codes())).toEqual(new Set(['conn.flow-failed']));
  });

  it('a UDP listener whose address comes back is bound anew and hears again', async () => {
    await listening('udp');
    gone.add(SERVER);
    await server.layer.networkChanged();
    gone.delete(SERVER);
    await server.layer.networkChanged();
    const flow = valueOf(await within(phone.layer.connect(target('udp'))));
    flow.send(options(`SIP/2.0/UDP ${PHONE};branch=z9hG4bK1`));
    await clock.advanceAsync(10);
    expect(server.messages).toHaveLength(1);
  });

  it('asks at once whether a connection that still has its address leads to its peer', async () => {
    const flow = await connected('tcp');
    flow.keepAlive({ intervalMs: 30_000, forMs: HOUR_MS });
    network.silence(SERVER);
    await phone.layer.networkChanged();
    await clock.advanceAsync(10_001);
    expect(flow.open).toBe(false);
  });
});

describe('RFC 3261 §18.1.1 a request too large for UDP', () => {
  const large = options(`SIP/2.0/UDP ${PHONE};branch=z9hG4bK1`, [`X-Filler: ${'x'.repeat(1300)}`]);

  it('MUST go by TCP where the other end takes it', async () => {
    await listening('tcp');
    const udp = await connected('udp');
    const way = await within(phone.layer.requestFlow(large, udp));
    expect(way).toMatchObject({ protocol: 'tcp', remote: udp.remote });
    expect(await phone.layer.requestFlow(options(`SIP/2.0/UDP ${PHONE};branch=z9hG4bK1`), udp)).toBe(udp);
  });

  it('goes by UDP after all where nobody listens by TCP', async () => {
    const udp = await connected('udp');
    expect(await within(phone.layer.requestFlow(large, udp))).toBe(udp);
  });
});

describe('a flood from one address', () => {
  it('by UDP leaves the others their place, and what is too much of it is lost', async () => {
    start({ maxWaitingPerAddress: 100_000 });
    await listening('udp');
    const flood = valueOf(
      await network.host('198.51.100.66').bindDatagram({ address: '198.51.100.66', port: 1 }, () => undefined),
    );
    const message = new TextEncoder().encode(
      'OPTIONS sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.66:1;branch=z9hG4bKf\r\nFrom: <sip:a@b>;tag=1\r\n' +
        'To: <sip:b@b>\r\nCall-ID: flood\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n',
    );
    for (let index = 0; index < 5000; index++) flood.send(message, { address: SERVER, port: 5060 });
    const flow = valueOf(await phone.layer.connect(target('udp')));
    flow.send(options(`SIP/2.0/UDP ${PHONE};branch=z9hG4bK1`));
    clock.advance(1);
    const order = server.messages.map(({ flow: from }) => from.remote.address);
    expect(order.indexOf(PHONE)).toBeGreaterThanOrEqual(0);
    expect(order.indexOf(PHONE)).toBeLessThan(20);
    expect(server.messages.length).toBeLessThan(700);
  });

  it('on one connection holds that connection back, loses nothing, and leaves the others their place', async () => {
    const flow = await connected('tcp');
    const other = station('other', machine('192.0.2.3'), clock);
    const calm = valueOf(await within(other.layer.connect(target('tcp'))));
    for (let index = 0; index < 500; index++) flow.send(options(`SIP/2.0/TCP ${PHONE};branch=z9hG4bK${index}`));
    calm.send(options('SIP/2.0/TCP 192.0.2.3;branch=z9hG4bKcalm'));
    await clock.advanceAsync(100);
    const order = server.messages.map(({ flow: from }) => from.remote.address);
    expect(order.indexOf('192.0.2.3')).toBeLessThan(20);
    expect(order).toHaveLength(501);
    const branches = server.messages.map(({ message }) => message.via?.parameters.get('branch'));
    expect(branches.filter((branch) => branch !== 'z9hG4bKcalm')).toEqual(
      Array.from({ length: 500 }, (_, index) => `z9hG4bK${index}`),
    );
  });
});
