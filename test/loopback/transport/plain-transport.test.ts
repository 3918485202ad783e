import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import { createResponse } from '../../../core/sip/message/factory.ts';
import type { TransportProtocol } from '../../../core/sip/transport/flow.ts';
import type { TransportSettings } from '../../../core/sip/transport/transport-settings.ts';
import {
  bare,
  codeOf,
  LOOPBACK,
  optionsRequest,
  optionsText,
  station,
  until,
  valueOf,
  type Station,
} from './stations.ts';

const stations: Station[] = [];

function started(name: string, settings: Partial<TransportSettings> = {}): Station {
  const fresh = station(name, settings);
  stations.push(fresh);
  return fresh;
}

async function listening(server: Station, protocol: TransportProtocol, address = LOOPBACK): Promise<number> {
  return valueOf(await server.layer.listen({ protocol, local: { address, port: 0 } })).local.port;
}

afterEach(async () => {
  await Promise.all(stations.splice(0).map(({ layer }) => layer.close()));
});

describe('UDP, TCP and IPv6 on this machine', () => {
  it.each([
    ['udp', LOOPBACK],
    ['tcp', LOOPBACK],
    ['udp', '::1'],
    ['tcp', '::1'],
  ] as const)('a request by %s to %s is answered on its own flow', async (protocol, address) => {
    const server = started('server');
    const phone = started('phone');
    const port = await listening(server, protocol, address);
    const flow = valueOf(await phone.layer.connect({ protocol, address, port, serverName: 'example.org' }));
    expect(flow.send(optionsRequest('a'))).toBe(true);
    await until(() => phone.messages.length === 1);
    const [answer] = phone.messages;
    expect(answer?.flow).toBe(flow);
    expect(answer?.message).toMatchObject({ kind: 'response', status: 200 });
    expect(flow.local.address).toBe(address);
    expect(answer?.message.via?.parameters.get('rport')).toBe(String(flow.local.port));
    expect(answer?.message.via?.parameters.get('received')).toBe(address);
  });

  it('a socket bound to all addresses tells the one that packets leave from', async () => {
    const server = started('server');
    const port = await listening(server, 'udp', '0.0.0.0');
    const phone = started('phone');
    const flow = valueOf(
      await phone.layer.connect({ protocol: 'udp', address: LOOPBACK, port, serverName: 'example.org' }),
    );
    flow.send(optionsRequest('a'));
    await until(() => server.messages.length === 1);
    expect(flow.local.address).toBe(LOOPBACK);
    expect(server.messages[0]?.flow.local).toEqual({ address: LOOPBACK, port });
    expect(await nodeNetwork.localAddressToward({ address: '::1', port: 5060 })).toBe('::1');
  });

  it('carries a burst of 2,000 requests by TCP and answers each', async () => {
    const server = started('server');
    const phone = started('phone');
    const port = await listening(server, 'tcp');
    const flow = valueOf(
      await phone.layer.connect({ protocol: 'tcp', address: LOOPBACK, port, serverName: 'example.org' }),
    );
    for (let count = 0; count < 2000; count++) expect(flow.send(optionsRequest(String(count)))).toBe(true);
    await until(() => phone.messages.length === 2000);
    expect(phone.messages.map(({ message }) => message.callId)).toEqual(
      Array.from({ length: 2000 }, (_, index) => String(index)),
    );
  });
});

describe('sockets that cannot be had', () => {
  it('tells a port in use, an address of another machine and a port that needs rights', async () => {
    const server = started('server');
    for (const protocol of ['udp', 'tcp'] as const) {
      const port = await listening(server, protocol);
      const again = await server.layer.listen({ protocol, local: { address: LOOPBACK, port } });
      expect(codeOf(again)).toBe('port.in-use');
      const foreign = await server.layer.listen({ protocol, local: { address: '192.0.2.1', port: 0 } });
      expect(codeOf(foreign)).toBe('port.address-not-local');
    }
  });

  it('tells a port where nobody listens, and a peer that does not answer in time', async () => {
    const phone = started('phone');
    const server = createServer().listen(0, LOOPBACK);
    await until(() => server.listening);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const target = { protocol: 'tcp', address: LOOPBACK, port, serverName: 'example.org' } as const;
    expect(codeOf(await phone.layer.connect(target))).toBe('tcp.refused');
    expect(codeOf(await phone.layer.connect(target, { local: { address: '192.0.2.1', port: 0 } }))).toBe(
      'port.address-not-local',
    );
  });

  it('frees its port when it closes', async () => {
    const server = started('server');
    for (const protocol of ['udp', 'tcp'] as const) {
      const listener = valueOf(await server.layer.listen({ protocol, local: { address: LOOPBACK, port: 0 } }));
      await listener.close();
      valueOf(await server.layer.listen({ protocol, local: listener.local }));
    }
  });
});

describe('a hostile peer', () => {
  it('sends a request one octet at a time and is answered', async () => {
    const server = started('server');
    const { socket, heard } = await bare(await listening(server, 'tcp'));
    socket.setNoDelay(true);
    for (const octet of optionsText('slow', 'body')) {
      socket.write(octet);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => heard().startsWith('SIP/2.0 200'));
    socket.destroy();
  });

  it('sends half a message and goes: nothing is delivered, nothing is left', async () => {
    const server = started('server');
    const { socket } = await bare(await listening(server, 'tcp'));
    socket.write(optionsText('half').slice(0, 100));
    await until(() => server.layer.flows().length === 1);
    socket.destroy();
    await until(() => server.layer.flows().length === 0);
    expect(server.messages).toEqual([]);
  });

  it('sends a header of a megabyte and is cut off with a 513 or without a word', async () => {
    const server = started('server');
    const { socket, heard, isClosed } = await bare(await listening(server, 'tcp'));
    socket.write('OPTIONS sip:bob@example.org SIP/2.0\r\n');
    socket.write(`Subject: ${'x'.repeat(1024 * 1024)}\r\n\r\n`);
    await until(isClosed);
    expect(heard()).toMatch(/^(SIP\/2\.0 (513|400|414) .*)?/);
    expect(server.diagnoses.map(({ diagnosis }) => diagnosis.code)).toEqual(['sip.parse']);
    expect(server.messages).toEqual([]);
  });

  it('sends garbage, a TLS handshake or HTTP to the plain port and gets a diagnosis', async () => {
    const server = started('server');
    const port = await listening(server, 'tcp');
    const cases = [
      [Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]), 'tls.tls-on-plain-port'],
      [Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'), 'sip.parse'],
      [Buffer.from([0, 255, 1, 2, 3, 128, 9]), 'sip.parse'],
      [Buffer.from('x'.repeat(5000)), 'sip.parse'],
    ] as const;
    for (const [octets, code] of cases) {
      const { socket, isClosed } = await bare(port);
      socket.write(octets);
      await until(isClosed);
      expect(server.diagnoses.at(-1)?.diagnosis.code).toBe(code);
    }
    expect(server.layer.flows()).toEqual([]);
  });

  it('opens 500 connections and says nothing: a request is still served at once', async () => {
    const server = started('server');
    const port = await listening(server, 'tcp');
    const idle = await Promise.all(Array.from({ length: 500 }, () => bare(port)));
    await until(() => server.layer.flows().length === 500);
    const phone = started('phone');
    const begun = performance.now();
    const flow = valueOf(
      await phone.layer.connect({ protocol: 'tcp', address: LOOPBACK, port, serverName: 'example.org' }),
    );
    flow.send(optionsRequest('served'));
    await until(() => phone.messages.length === 1);
    expect(performance.now() - begun).toBeLessThan(1000);
    for (const { socket } of idle) socket.destroy();
    await until(() => server.layer.flows().length === 1);
  });

  it('reads nothing while it asks: sending stops at the limit, and the flow is given up', async () => {
    const server = started('server', { maxQueued: 1024 * 1024, stalledMs: 200 });
    const { socket } = await bare(await listening(server, 'tcp'));
    socket.pause();
    socket.write(optionsText('first'));
    await until(() => server.messages.length === 1);
    const { message, flow } = server.messages[0]!;
    if (message.kind !== 'request') throw new Error('no request');
    const large = createResponse(message, 200, {
      body: new Uint8Array(60_000),
      contentType: 'application/octet-stream',
    });
    let sent = 0;
    while (flow.send(large)) {
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeGreaterThan(10);
    expect(flow.open).toBe(true);
    socket.write(optionsText('second'));
    await until(() => !flow.open);
    expect(server.diagnoses.map(({ diagnosis }) => diagnosis.code)).toEqual(['conn.flow-failed']);
    socket.destroy();
  });
});
