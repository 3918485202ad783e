import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Flow } from '../../../core/sip/transport/flow.ts';
import type { Listener } from '../../../core/sip/transport/transports.ts';
import type { TransportSettings } from '../../../core/sip/transport/transport-settings.ts';
import {
  DEFAULT_TLS_CLIENT_SETTINGS,
  type TlsClientSettings,
  type TlsServerSettings,
} from '../../../core/tls/tls-settings.ts';
import { TestAuthority } from './certificates.ts';
import { codeOf, LOOPBACK, optionsRequest, optionsText, station, until, valueOf, type Station } from './stations.ts';

const NAME = 'pbx.example.org';
const stations: Station[] = [];
const browsers: WebSocket[] = [];
let trusting: TlsClientSettings;
let serverTls: TlsServerSettings;

beforeAll(async () => {
  const authority = await TestAuthority.create('Test authority');
  trusting = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [authority.pem] };
  serverTls = {
    ...DEFAULT_TLS_CLIENT_SETTINGS,
    trust: [authority.pem],
    clientCertificate: 'ignored',
    identity: await authority.issue([NAME]),
  };
});

afterEach(async () => {
  for (const browser of browsers.splice(0)) browser.terminate();
  await Promise.all(stations.splice(0).map(({ layer }) => layer.close()));
});

function started(name: string, settings: Partial<TransportSettings> = {}): Station {
  const fresh = station(name, settings);
  stations.push(fresh);
  return fresh;
}

async function listening(
  server: Station,
  protocol: 'ws' | 'wss' = 'ws',
  origins: readonly string[] | 'any' = [],
): Promise<Listener> {
  const local = { address: LOOPBACK, port: 0 };
  const tls = protocol === 'wss' ? { tls: serverTls } : {};
  return valueOf(await server.layer.listen({ protocol, local, origins, ...tls }));
}

function dial(phone: Station, protocol: 'ws' | 'wss', port: number, serverName = NAME) {
  const tls = protocol === 'wss' ? { tls: trusting } : {};
  return phone.layer.connect({ protocol, address: LOOPBACK, port, serverName }, { ...tls, timeoutMs: 3000 });
}

/** A client that is not ours, as a page in a browser would be where it has an origin. */
function browser(port: number, options: { protocol?: string; origin?: string } = {}): WebSocket {
  const { protocol = 'sip', origin } = options;
  const webSocket = new WebSocket(`ws://${LOOPBACK}:${port}/`, protocol, origin === undefined ? {} : { origin });
  browsers.push(webSocket);
  webSocket.on('error', () => undefined);
  return webSocket;
}

function opened(webSocket: WebSocket): Promise<boolean> {
  return new Promise((resolve) => {
    webSocket.once('open', () => {
      resolve(true);
    });
    webSocket.once('close', () => {
      resolve(false);
    });
  });
}

function nextMessage(webSocket: WebSocket): Promise<{ text: string; binary: boolean }> {
  return new Promise((resolve) => {
    webSocket.once('message', (data, binary) => {
      resolve({ text: (data as Buffer).toString('utf8'), binary });
    });
  });
}

async function exchange(phone: Station, flow: Flow, branch: string): Promise<void> {
  const before = phone.messages.length;
  expect(flow.send(optionsRequest(branch))).toBe(true);
  await until(() => phone.messages.length > before, 'the answer');
}

describe('RFC 7118 SIP over WebSocket', () => {
  it.each(['ws', 'wss'] as const)('§4.1 two of us agree on the subprotocol sip and talk by %s', async (protocol) => {
    const server = started('server');
    const phone = started('phone');
    const { local } = await listening(server, protocol);
    const flow = valueOf(await dial(phone, protocol, local.port));
    expect(flow.protocol).toBe(protocol);
    await exchange(phone, flow, 'one');
    expect(server.messages[0]?.flow).toMatchObject({ protocol, opened: 'there' });
    expect(flow.security?.peerVerified).toBe(protocol === 'wss' ? true : undefined);
    expect(valueOf(await dial(phone, protocol, local.port))).toBe(flow);
  });

  it('§9 wss is judged as tls is: a certificate for another name MUST NOT do', async () => {
    const { local } = await listening(started('server'), 'wss');
    const phone = started('phone');
    expect(codeOf(await dial(phone, 'wss', local.port, 'other.example.org'))).toBe('cert.name-mismatch');
  });

  it('§4.2 MUST take text and binary messages', async () => {
    const { local } = await listening(started('server'));
    const page = browser(local.port);
    expect(await opened(page)).toBe(true);
    expect(page.protocol).toBe('sip');
    page.send(optionsText('text'));
    expect(await nextMessage(page)).toMatchObject({
      text: expect.stringMatching(/^SIP\/2\.0 200 /) as string,
      binary: false,
    });
    page.send(Buffer.from(optionsText('binary')), { binary: true });
    expect((await nextMessage(page)).text).toContain('z9hG4bKbinary');
  });

  it('§5.1 one WebSocket message is one SIP message, in frames or not, with Content-Length or without', async () => {
    const server = started('server');
    const { local } = await listening(server);
    const page = browser(local.port);
    await opened(page);
    const text = optionsText('frames', 'hello').replace(/Content-Length: \d+\r\n/, '');
    for (let at = 0; at < text.length; at += 50) page.send(text.slice(at, at + 50), { fin: at + 50 >= text.length });
    expect((await nextMessage(page)).text).toContain('z9hG4bKframes');
    expect(new TextDecoder().decode(server.messages[0]?.message.body)).toBe('hello');
  });

  it('§6 keeps alive with Ping frames and answers the CRLF of a page', async () => {
    const settings = { keepAlive: { intervalMs: 50, pongTimeoutMs: 2000, pong: 'required' as const } };
    const { local } = await listening(started('server'));
    const flow = valueOf(await dial(started('phone', settings), 'ws', local.port));
    const page = browser(local.port);
    await opened(page);
    page.send('\r\n\r\n');
    expect((await nextMessage(page)).text).toBe('\r\n');
    page.ping();
    await new Promise((resolve) => page.once('pong', resolve));
    expect(flow.open).toBe(true);
  });

  it('turns away a client that does not ask for SIP, and a page of an origin that is not allowed', async () => {
    const server = started('server');
    const { local } = await listening(server, 'ws', ['https://phone.example.org']);
    expect(await opened(browser(local.port, { protocol: 'chat' }))).toBe(false);
    expect(await opened(browser(local.port, { origin: 'https://evil.example.org' }))).toBe(false);
    expect(await opened(browser(local.port, { origin: 'https://phone.example.org' }))).toBe(true);
    expect(server.diagnoses.map(({ diagnosis }) => diagnosis.code)).toEqual(['sip.parse', 'sip.forbidden']);
  });

  it('a message that is too long ends the connection, and garbage or silence instead of a handshake does', async () => {
    const server = started('server');
    const { local } = await listening(server);
    const page = browser(local.port);
    await opened(page);
    page.send(optionsText('long', 'x'.repeat(300_000)));
    await new Promise((resolve) => page.once('close', resolve));
    await until(() => server.layer.flows().length === 0);
    const socket = connect(local.port, LOOPBACK);
    socket.on('error', () => undefined);
    socket.write(optionsText('plain'));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(server.diagnoses.map(({ diagnosis }) => diagnosis.code)).toEqual(['sip.parse']);
    expect(server.diagnoses[0]?.diagnosis.summary).toContain('SIP without a WebSocket');
  });

  it('tells a server that is there but offers no SIP over WebSocket', async () => {
    const server = started('server');
    const plain = valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: LOOPBACK, port: 0 } }));
    expect(codeOf(await dial(started('phone'), 'ws', plain.local.port))).toMatch(/^(?:tcp\.reset|conn\.flow-failed)$/);
  });

  it('§5.2.4 a response cannot be sent when its WebSocket is gone: nobody listens at the other end', async () => {
    const server = started('server');
    const { local } = await listening(server);
    const page = browser(local.port);
    await opened(page);
    page.send(optionsText('gone'));
    await until(() => server.messages.length === 1);
    const arrived = server.messages[0]!;
    page.close();
    await until(() => !arrived.flow.open);
    if (arrived.message.kind !== 'request') throw new Error('not a request');
    expect((await server.layer.responseFlow(arrived.message, arrived.flow)).ok).toBe(false);
  });
});
