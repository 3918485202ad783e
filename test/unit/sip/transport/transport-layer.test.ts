import { beforeEach, describe, expect, it } from 'vitest';
import { serializeMessage } from '../../../../core/sip/message/serializer.ts';
import type { Flow, Target } from '../../../../core/sip/transport/flow.ts';
import type { Network, StreamSocket } from '../../../../core/sip/transport/network.ts';
import type { TransportSettings } from '../../../../core/sip/transport/transport-settings.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsServerSettings } from '../../../../core/tls/tls-settings.ts';
import { Secret } from '../../../../core/base/secret.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { VirtualNetwork } from '../../../support/virtual-network.ts';
import { octets, options, station, valueOf, type Station } from './harness.ts';

const PHONE = '192.0.2.1';
const SERVER = '192.0.2.2';
const VIA = `SIP/2.0/TCP ${PHONE}:5060;branch=z9hG4bK1`;
const serverTls: TlsServerSettings = {
  ...DEFAULT_TLS_CLIENT_SETTINGS,
  identity: { certificateChain: '', key: new Secret(''), passphrase: undefined },
  clientCertificate: 'ignored',
};

let clock: VirtualClock;
let network: VirtualNetwork;
let phone: Station;
let server: Station;

function start(settings: Partial<TransportSettings> = {}): void {
  clock = new VirtualClock();
  network = new VirtualNetwork(clock);
  phone = station('phone', network.host(PHONE), clock, settings);
  server = station('server', network.host(SERVER), clock, settings);
}

async function within<T>(promise: Promise<T>, ms = 100): Promise<T> {
  await clock.advanceAsync(ms);
  return promise;
}

const target = (protocol: Target['protocol'], port = 5060, serverName = 'example.org'): Target => ({
  protocol,
  address: SERVER,
  port,
  serverName,
});

async function connected(protocol: Target['protocol'], port = 5060): Promise<Flow> {
  const local = { address: SERVER, port };
  valueOf(await server.layer.listen({ protocol, local, ...(protocol === 'tls' ? { tls: serverTls } : {}) }));
  return valueOf(await within(phone.layer.connect(target(protocol, port))));
}

/** A bare connection to the server, for what no transport layer would send. */
async function bare(
  host: Network,
  port = 5060,
): Promise<{ socket: StreamSocket; heard: () => string; isClosed: () => boolean }> {
  const socket = valueOf(await within(host.connectStream({ remote: { address: SERVER, port }, timeoutMs: 1000 })));
  let text = '';
  let closed = false;
  socket.setHandler({
    onData: (chunk) => (text += new TextDecoder().decode(chunk)),
    onDrain: () => undefined,
    onClose: () => (closed = true),
  });
  return { socket, heard: () => text, isClosed: () => closed };
}

beforeEach(() => {
  start();
});

describe('TransportLayer over UDP', () => {
  it('§18.2.2 answers on the flow of the request, to where it came from', async () => {
    valueOf(await phone.layer.listen({ protocol: 'udp', local: { address: PHONE, port: 5060 } }));
    const flow = await connected('udp');
    expect(flow.send(options(`SIP/2.0/UDP ${PHONE}:5060;rport;branch=z9hG4bK1`))).toBe(true);
    await clock.advanceAsync(10);
    const [arrived] = server.messages;
    expect(arrived?.message.via?.parameters.get('rport')).toBe('5060');
    expect(arrived?.flow).toMatchObject({ protocol: 'udp', opened: 'there', remote: { address: PHONE, port: 5060 } });
    const request = arrived?.message;
    if (arrived === undefined || request?.kind !== 'request') throw new Error('no request');
    expect(valueOf(await server.layer.responseFlow(request, arrived.flow))).toBe(arrived.flow);
    expect(flow.local).toEqual({ address: PHONE, port: 5060 });
  });

  it('§18.2.2 answers to the port of sent-by where rport was not asked for, from the same socket', async () => {
    const flow = await connected('udp');
    flow.send(options(`SIP/2.0/UDP ${PHONE}:5999;branch=z9hG4bK1`));
    await clock.advanceAsync(10);
    const arrived = server.messages[0]!;
    if (arrived.message.kind !== 'request') throw new Error('no request');
    const way = valueOf(await server.layer.responseFlow(arrived.message, arrived.flow));
    expect(way.remote).toEqual({ address: PHONE, port: 5999 });
    expect(way.local).toEqual(arrived.flow.local);
  });

  it('a flow of a socket bound to all addresses has the one that packets really leave from', async () => {
    valueOf(await server.layer.listen({ protocol: 'udp', local: { address: '0.0.0.0', port: 5060 } }));
    const flow = valueOf(await within(phone.layer.connect(target('udp'))));
    expect(flow.local.address).toBe(PHONE);
    flow.send(options(`SIP/2.0/UDP ${PHONE};branch=z9hG4bK1`));
    await clock.advanceAsync(10);
    expect(server.messages[0]?.flow.local.address).toBe(SERVER);
  });

  it('passes over keep-alives, zeros and STUN in silence', async () => {
    valueOf(await server.layer.listen({ protocol: 'udp', local: { address: SERVER, port: 5060 } }));
    const socket = valueOf(await network.host(PHONE).bindDatagram({ address: PHONE, port: 1 }, () => undefined));
    for (const bytes of [
      [13, 10, 13, 10],
      [0, 0, 0, 0],
      [13, 10, 13, 10, 13, 10],
      [0, 1, 0, 0, 33, 18, 164, 66],
    ]) {
      socket.send(new Uint8Array(bytes), { address: SERVER, port: 5060 });
    }
    await clock.advanceAsync(10);
    expect(server.layer.flows()).toEqual([]);
    expect(server.events.filter((event) => event.kind !== 'transport.listening')).toEqual([]);
  });

  it('refuses a malformed request with a 400 and drops what cannot be answered', async () => {
    valueOf(await server.layer.listen({ protocol: 'udp', local: { address: SERVER, port: 5060 } }));
    const answers: string[] = [];
    const socket = valueOf(
      await network.host(PHONE).bindDatagram({ address: PHONE, port: 5060 }, (data) => {
        answers.push(new TextDecoder().decode(data));
      }),
    );
    const head = ['Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1', 'From: <sip:a@b>;tag=1', 'To: <sip:b@b>', 'Call-ID: 1'];
    socket.send(octets('OPTIONS sip:b@b SIP/2.0', ...head, 'CSeq: nonsense', '', ''), { address: SERVER, port: 5060 });
    socket.send(octets('SIP/2.0 200 OK', ...head, 'CSeq: nonsense', '', ''), { address: SERVER, port: 5060 });
    socket.send(octets('what is this', '', ''), { address: SERVER, port: 5060 });
    await clock.advanceAsync(10);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatch(/^SIP\/2\.0 400 /);
    expect(answers[0]).toMatch(/^To: .*;tag=/m);
    expect(server.messages).toEqual([]);
    expect(server.events.filter((event) => event.kind === 'sip.malformed')).toHaveLength(3);
  });

  it('keeps its table of flows within its limit, and spares a flow that somebody holds', async () => {
    start({ maxDatagramFlows: 10 });
    valueOf(await server.layer.listen({ protocol: 'udp', local: { address: SERVER, port: 5060 } }));
    const host = network.host(PHONE);
    for (let port = 1; port <= 40; port++) {
      const socket = valueOf(await host.bindDatagram({ address: PHONE, port }, () => undefined));
      socket.send(serializeMessage(options(`SIP/2.0/UDP ${PHONE}:${port};branch=z9hG4bK${port}`)), {
        address: SERVER,
        port: 5060,
      });
      await clock.advanceAsync(5);
      if (port === 1) server.messages[0]?.flow.onClose(() => undefined);
    }
    expect(server.messages).toHaveLength(40);
    expect(server.layer.flows()).toHaveLength(10);
    expect(server.messages[0]?.flow.open).toBe(true);
    expect(server.messages[1]?.flow.open).toBe(false);
  });

  it('forgets a flow that was idle for too long', async () => {
    start({ idleMs: 1000 });
    const flow = await connected('udp');
    await clock.advanceAsync(1001);
    valueOf(await within(phone.layer.connect({ ...target('udp'), port: 5070 })));
    expect(flow.open).toBe(false);
  });
});

describe('TransportLayer over TCP and TLS', () => {
  it('dials a target once, however many want it at the same time and later', async () => {
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const flows = await within(Promise.all([1, 2, 3].map(() => phone.layer.connect(target('tcp')))));
    const later = await within(phone.layer.connect(target('tcp')));
    expect(new Set([...flows, later].map(valueOf)).size).toBe(1);
    expect(server.layer.flows()).toHaveLength(1);
  });

  it('RFC 5922 §7.3 does not give a connection that was verified for one name to another name', async () => {
    const flow = await connected('tls', 5061);
    const same = valueOf(await within(phone.layer.connect(target('tls', 5061, 'EXAMPLE.org'))));
    const other = valueOf(await within(phone.layer.connect(target('tls', 5061, 'example.net'))));
    expect(same).toBe(flow);
    expect(other).not.toBe(flow);
  });

  it('does not give a connection that nobody verified to one who wants it verified', async () => {
    valueOf(await server.layer.listen({ protocol: 'tls', local: { address: SERVER, port: 5061 }, tls: serverTls }));
    const lax = { ...DEFAULT_TLS_CLIENT_SETTINGS, verify: false };
    const open = valueOf(await within(phone.layer.connect(target('tls', 5061), { tls: lax })));
    const strict = valueOf(await within(phone.layer.connect(target('tls', 5061))));
    const equal = valueOf(await within(phone.layer.connect(target('tls', 5061), { tls: { ...lax } })));
    expect(open.security?.peerVerified).toBe(false);
    expect(strict.security?.peerVerified).toBe(true);
    expect(equal).toBe(open);
  });

  it('dials anew after the connection was closed or could not be opened', async () => {
    const refused = await within(phone.layer.connect(target('tcp')));
    expect(refused.ok ? '' : refused.error.code).toBe('tcp.refused');
    const first = await connected('tcp');
    first.close();
    const second = valueOf(await within(phone.layer.connect(target('tcp'))));
    expect(second).not.toBe(first);
    expect(second.id).not.toBe(first.id);
  });

  it('tells the holder of a flow once that the other end closed it', async () => {
    const flow = await connected('tcp');
    const reasons: (string | undefined)[] = [];
    flow.onClose((reason) => reasons.push(reason?.code));
    const forgotten = flow.onClose(() => reasons.push('forgotten'));
    forgotten();
    server.layer.flows()[0]?.close();
    await clock.advanceAsync(100);
    expect(reasons).toEqual(['conn.lost']);
    flow.onClose((reason) => reasons.push(`late ${reason?.code}`));
    await clock.advanceAsync(0);
    expect(reasons).toEqual(['conn.lost', 'late conn.lost']);
    expect(flow.send(options(VIA))).toBe(false);
    expect(phone.layer.flows()).toEqual([]);
  });

  it('§18.2.2 opens a new connection for a response whose connection is gone', async () => {
    const flow = await connected('tcp');
    valueOf(await phone.layer.listen({ protocol: 'tcp', local: { address: PHONE, port: 5060 } }));
    flow.send(options(VIA));
    await clock.advanceAsync(10);
    const arrived = server.messages[0]!;
    if (arrived.message.kind !== 'request') throw new Error('no request');
    expect(valueOf(await server.layer.responseFlow(arrived.message, arrived.flow))).toBe(arrived.flow);
    flow.close();
    await clock.advanceAsync(10);
    const way = valueOf(await within(server.layer.responseFlow(arrived.message, arrived.flow)));
    expect(way.remote).toEqual({ address: PHONE, port: 5060 });
  });

  it('§18.3 reads messages however the stream is cut', async () => {
    const flow = await connected('tcp');
    const { socket } = await bare(network.host(PHONE));
    const wire = serializeMessage(options(VIA, [], 'hello'));
    for (const octet of [...wire, ...wire]) socket.write(new Uint8Array([octet]));
    await clock.advanceAsync(10);
    expect(server.messages).toHaveLength(2);
    expect(new TextDecoder().decode(server.messages[1]?.message.body)).toBe('hello');
    expect(flow.open).toBe(true);
  });

  it('closes with a diagnosis where something else than SIP is spoken', async () => {
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const cases = [
      [new Uint8Array([0x16, 3, 1, 2, 0]), 'tls.tls-on-plain-port'],
      [octets('GET / HTTP/1.1', 'Host: x', '', ''), 'sip.parse'],
      [octets('SSH-2.0-OpenSSH', ''), 'sip.parse'],
      [octets('OPTIONS sip:a SIP/2.0', 'No-Length: here', '', ''), 'sip.parse'],
    ] as const;
    for (const [first] of cases) {
      const { socket, isClosed } = await bare(network.host(PHONE));
      socket.write(first);
      await clock.advanceAsync(10);
      expect(isClosed()).toBe(true);
    }
    expect(server.codes()).toEqual(cases.map(([, code]) => code));
    expect(server.layer.flows()).toEqual([]);
  });

  it('closes a connection whose message does not end in time, and one that never sends any', async () => {
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const half = await bare(network.host(PHONE));
    half.socket.write(octets('OPTIONS sip:bob@example.org SIP/2.0', 'Via: '));
    const mute = await bare(network.host(PHONE));
    await clock.advanceAsync(29_000);
    expect(half.isClosed()).toBe(false);
    await clock.advanceAsync(2000);
    expect(half.isClosed()).toBe(true);
    expect(mute.isClosed()).toBe(false);
    await clock.advanceAsync(90_000);
    expect(mute.isClosed()).toBe(true);
  });

  it('makes room at the limit by closing the oldest connection that never sent a message', async () => {
    start({ maxConnectionsPerListener: 3 });
    const flow = await connected('tcp');
    flow.send(options(VIA));
    const mute = await bare(network.host(PHONE));
    const other = await bare(network.host(PHONE));
    const late = await bare(network.host(PHONE));
    await clock.advanceAsync(10);
    expect([flow.open, mute.isClosed(), other.isClosed(), late.isClosed()]).toEqual([true, true, false, false]);
  });

  it('accepts no more than its limit from one address, and turns away what is too much where all of them speak', async () => {
    start({ maxConnectionsPerAddress: 2 });
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const connections = [];
    for (let count = 0; count < 2; count++) {
      const connection = await bare(network.host(PHONE));
      connection.socket.write(serializeMessage(options(VIA)));
      connections.push(connection);
    }
    await clock.advanceAsync(10);
    const third = await bare(network.host(PHONE));
    const elsewhere = await bare(network.host('192.0.2.9'));
    await clock.advanceAsync(10);
    expect([...connections, third].map((connection) => connection.isClosed())).toEqual([false, false, true]);
    expect(elsewhere.isClosed()).toBe(false);
    connections[0]?.socket.end();
    await clock.advanceAsync(10);
    expect((await bare(network.host(PHONE))).isClosed()).toBe(false);
  });

  it('at the limit of one address closes its oldest connection that never sent a message', async () => {
    start({ maxConnectionsPerAddress: 2 });
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const connections = [];
    for (let count = 0; count < 4; count++) connections.push(await bare(network.host(PHONE)));
    await clock.advanceAsync(10);
    expect(connections.map((connection) => connection.isClosed())).toEqual([true, true, false, false]);
  });
});

describe('keep-alive, RFC 5626', () => {
  it('§4.4.1 answers a ping with a pong, over TLS too', async () => {
    await connected('tls', 5061);
    start({ keepAlive: { intervalMs: 0, pongTimeoutMs: 10_000, pong: 'learned' } });
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const { socket, heard } = await bare(network.host(PHONE));
    socket.write(octets('', '', ''));
    await clock.advanceAsync(10);
    expect(heard()).toBe('\r\n');
  });

  it('§4.4.1 pings within 80 to 100 percent of the interval on flows it opened, and only on those', async () => {
    await connected('tls', 5061);
    await clock.advanceAsync(23_500);
    expect(network.packets).toHaveLength(0);
    await clock.advanceAsync(7000);
    expect(network.packets.map(({ octets: data, from }) => [from.address, data.length])).toEqual([
      [PHONE, 4],
      [SERVER, 2],
    ]);
  });

  it('§4.4.1 a flow whose pong does not come in 10 seconds has failed', async () => {
    const flow = await connected('tls', 5061);
    const reasons: (string | undefined)[] = [];
    flow.onClose((reason) => reasons.push(reason?.code));
    await clock.advanceAsync(60_000);
    expect(flow.open).toBe(true);
    network.silence(SERVER);
    await clock.advanceAsync(40_100);
    expect(reasons).toEqual(['conn.no-pong']);
    expect(phone.codes()).toEqual(['conn.no-pong']);
  });

  it('leaves a flow open whose peer never answered a ping, unless pongs are required', async () => {
    for (const pong of ['learned', 'required'] as const) {
      start({ keepAlive: { intervalMs: 30_000, pongTimeoutMs: 10_000, pong } });
      valueOf(
        await network.host(SERVER).listenStream({ address: SERVER, port: 5060 }, undefined, {
          onConnection: (socket) => socket.setHandler({ onData: () => 0, onDrain: () => 0, onClose: () => 0 }),
          onRefused: () => undefined,
        }),
      );
      const flow = valueOf(await within(phone.layer.connect(target('tcp'))));
      await clock.advanceAsync(200_000);
      expect(flow.open).toBe(pong === 'learned');
    }
  });
});

describe('a peer that does not read', () => {
  it('is not sent more than the queue takes, not read from, and given up after a while', async () => {
    start({ maxQueued: 5000, stalledMs: 10_000 });
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const { socket } = await bare(network.host(PHONE));
    socket.pause();
    socket.write(serializeMessage(options(VIA)));
    await clock.advanceAsync(10);
    const { flow } = server.messages[0]!;
    let sent = 0;
    while (flow.send(options(VIA))) sent++;
    expect(sent * serializeMessage(options(VIA)).length).toBeGreaterThan(4000);
    expect(sent).toBeLessThan(40);
    socket.write(serializeMessage(options(VIA)));
    await clock.advanceAsync(10);
    socket.write(serializeMessage(options(VIA)));
    await clock.advanceAsync(9000);
    expect(server.messages).toHaveLength(2);
    expect(flow.open).toBe(true);
    await clock.advanceAsync(2000);
    expect(flow.open).toBe(false);
    expect(server.codes()).toEqual(['conn.flow-failed']);
  });

  it('is read from again once it reads', async () => {
    start({ maxQueued: 5000 });
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const { socket } = await bare(network.host(PHONE));
    socket.pause();
    socket.write(serializeMessage(options(VIA)));
    await clock.advanceAsync(10);
    while (server.messages[0]?.flow.send(options(VIA)) === true);
    for (let count = 0; count < 3; count++) socket.write(serializeMessage(options(VIA)));
    await clock.advanceAsync(10);
    socket.resume();
    await clock.advanceAsync(20_000);
    expect(server.messages).toHaveLength(4);
    expect(server.codes()).toEqual([]);
  });
});

describe('what is shown and what is left behind', () => {
  it('shows each message once as it leaves and once as it arrives, with its secrets masked', async () => {
    const flow = await connected('tcp');
    flow.send(options(VIA, ['Authorization: Digest username="a", response="planted"'], 'a=crypto:1 X inline:planted'));
    await clock.advanceAsync(10);
    const sent = phone.events.filter((event) => event.kind === 'sip.sent');
    const received = server.events.filter((event) => event.kind === 'sip.received');
    expect(sent).toHaveLength(1);
    expect(received).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      component: 'tport',
      connection: flow.id,
      protocol: 'tcp',
      remote: `${SERVER}:5060`,
      text: received[0]?.text,
    });
    expect(String(sent[0]?.text)).toMatch(/^OPTIONS sip:bob@example\.org SIP\/2\.0\r\n/);
    expect(JSON.stringify([...phone.events, ...server.events])).not.toContain('planted');
  });

  it('leaves no timer, socket or flow behind', async () => {
    await connected('tls', 5061);
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    valueOf(await server.layer.listen({ protocol: 'udp', local: { address: SERVER, port: 5060 } }));
    valueOf(await within(phone.layer.connect(target('tcp'))));
    valueOf(await within(phone.layer.connect(target('udp'))));
    await bare(network.host('192.0.2.9'));
    await Promise.all([phone.layer.close(), server.layer.close()]);
    await clock.advanceAsync(1000);
    expect(clock.pending).toBe(0);
    expect(network.open).toBe(0);
    expect([...phone.layer.flows(), ...server.layer.flows()]).toEqual([]);
    expect((await phone.layer.connect(target('tcp'))).ok).toBe(false);
  });

  it('a listener that closes takes its connections with it and frees its port', async () => {
    const listener = valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
    const taken = await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } });
    expect(taken.ok ? '' : taken.error.code).toBe('port.in-use');
    const flow = valueOf(await within(phone.layer.connect(target('tcp'))));
    await listener.close();
    await clock.advanceAsync(100);
    expect(flow.open).toBe(false);
    valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: SERVER, port: 5060 } }));
  });

  it('TLS settings belong to TLS listeners and to no others', async () => {
    const local = { address: SERVER, port: 5060 };
    const without = await server.layer.listen({ protocol: 'tls', local });
    expect(without.ok ? '' : without.error.code).toBe('file.no-certificate');
    const plain = await server.layer.listen({ protocol: 'tcp', local, tls: serverTls });
    expect(plain.ok ? '' : plain.error.code).toBe('config.conflict');
    const udp = valueOf(await server.layer.listen({ protocol: 'udp', local }));
    expect(udp.updateTls(serverTls).ok).toBe(false);
  });
});
