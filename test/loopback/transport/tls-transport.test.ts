import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Flow } from '../../../core/sip/transport/flow.ts';
import type { TransportSettings } from '../../../core/sip/transport/transport-settings.ts';
import type { Listener } from '../../../core/sip/transport/transports.ts';
import {
  DEFAULT_TLS_CLIENT_SETTINGS,
  type TlsClientSettings,
  type TlsIdentity,
  type TlsServerSettings,
} from '../../../core/tls/tls-settings.ts';
import { Secret } from '../../../core/base/secret.ts';
import { TestAuthority } from './certificates.ts';
import { bare, codeOf, LOOPBACK, optionsRequest, station, until, valueOf, type Station } from './stations.ts';

const NAME = 'pbx.example.org';
const stations: Station[] = [];
const servers: Server[] = [];
let authority: TestAuthority;
let stranger: TestAuthority;
let good: TlsIdentity;
let trusting: TlsClientSettings;

function serverTls(identity: TlsIdentity, changes: Partial<TlsServerSettings> = {}): TlsServerSettings {
  return { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [authority.pem], clientCertificate: 'ignored', ...changes, identity };
}

function started(name: string, settings: Partial<TransportSettings> = {}): Station {
  const fresh = station(name, settings);
  stations.push(fresh);
  return fresh;
}

async function listening(server: Station, tls: TlsServerSettings): Promise<Listener> {
  return valueOf(await server.layer.listen({ protocol: 'tls', local: { address: LOOPBACK, port: 0 }, tls }));
}

function dial(phone: Station, port: number, tls: TlsClientSettings = trusting, serverName = NAME) {
  return phone.layer.connect({ protocol: 'tls', address: LOOPBACK, port, serverName }, { tls, timeoutMs: 3000 });
}

async function exchange(phone: Station, flow: Flow, branch: string): Promise<void> {
  const before = phone.messages.length;
  expect(flow.send(optionsRequest(branch))).toBe(true);
  await until(() => phone.messages.length > before, 'the answer');
}

/** A server that speaks something else than TLS. */
async function plainServer(answer: (octets: Buffer) => string | undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (octets: Buffer) => {
      const text = answer(octets);
      if (text === undefined) socket.destroy();
      else socket.write(text);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const codes = ({ diagnoses }: Station): string[] => diagnoses.map(({ diagnosis }) => diagnosis.code);

beforeAll(async () => {
  authority = await TestAuthority.create('Test Authority');
  stranger = await TestAuthority.create('Stranger');
  good = await authority.issue([NAME, LOOPBACK]);
  trusting = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [authority.pem] };
});

afterEach(async () => {
  await Promise.all(stations.splice(0).map(({ layer }) => layer.close()));
  for (const server of servers.splice(0)) server.close();
});

describe('TLS between two of us', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a request over %s is answered on its flow, and both ends know how safe it is',
    async (version) => {
      const server = started('server');
      const phone = started('phone');
      const { local } = await listening(server, serverTls(good));
      const flow = valueOf(await dial(phone, local.port, { ...trusting, minVersion: version, maxVersion: version }));
      await exchange(phone, flow, 'a');
      expect(flow.security).toMatchObject({
        protocol: version,
        peerVerified: true,
        peerName: NAME,
        clientCertificate: false,
      });
      expect(flow.security?.cipher).toMatch(/^TLS_/);
      expect(flow.security?.peerFingerprint).toMatch(/^[0-9a-f]{64}$/);
      expect(server.messages[0]?.flow.security).toMatchObject({ protocol: version, peerVerified: false });
      expect(phone.events.map((event) => event.kind)).toContain('tls.verified');
    },
  );

  it('an address is verified by an IP name in the certificate', async () => {
    const server = started('server');
    const { local } = await listening(server, serverTls(good));
    const flow = valueOf(await dial(started('phone'), local.port, trusting, LOOPBACK));
    expect(flow.security?.peerName).toBe(LOOPBACK);
  });

  it('a client certificate is verified where it is wanted or required', async () => {
    const identity = await authority.issue(['alice.example.org']);
    for (const clientCertificate of ['wanted', 'required'] as const) {
      const server = started('server');
      const phone = started('phone');
      const { local } = await listening(server, serverTls(good, { clientCertificate }));
      const flow = valueOf(await dial(phone, local.port, { ...trusting, identity }));
      await exchange(phone, flow, 'a');
      expect(server.messages[0]?.flow.security).toMatchObject({ peerVerified: true, clientCertificate: true });
      expect(flow.security?.clientCertificate).toBe(true);
    }
  });

  it('new certificates hold for the next handshake, open flows stay', async () => {
    const server = started('server');
    const phone = started('phone');
    const listener = await listening(server, serverTls(good));
    const first = valueOf(await dial(phone, listener.local.port));
    const renewed = await authority.issue([NAME]);
    expect(listener.updateTls(serverTls(renewed)).ok).toBe(true);
    const second = valueOf(await dial(started('other'), listener.local.port));
    expect(second.security?.peerFingerprint).not.toBe(first.security?.peerFingerprint);
    await exchange(phone, first, 'a');
    const wrong = listener.updateTls(serverTls({ ...renewed, key: good.key }));
    expect(codeOf(wrong)).toBe('file.key-mismatch');
    valueOf(await dial(started('third'), listener.local.port));
  });

  it('serves a request while 300 TLS clients stop in the middle of their handshake', async () => {
    const server = started('server');
    const { local } = await listening(server, serverTls(good));
    const stuck = await Promise.all(Array.from({ length: 300 }, () => bare(local.port)));
    for (const { socket } of stuck) socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
    const phone = started('phone');
    await exchange(phone, valueOf(await dial(phone, local.port)), 'a');
    for (const { socket } of stuck) socket.destroy();
  });
});

describe('a certificate that is not good is diagnosed on both sides', () => {
  const cases = [
    ['of an authority that is not trusted', () => stranger.issue([NAME]), 'cert.unknown-ca'],
    ['for another name', () => authority.issue(['other.example.org']), 'cert.name-mismatch'],
    ['that has expired', () => authority.issue([NAME], { expired: true }), 'cert.expired'],
  ] as const;

  it.each(cases)('the phone refuses a certificate %s, and the switch notices', async (_, issue, code) => {
    const server = started('server');
    const phone = started('phone');
    const { local } = await listening(server, serverTls(await issue()));
    const failure = await dial(phone, local.port);
    expect(codeOf(failure)).toBe(code);
    await until(() => server.diagnoses.length > 0);
    expect(codes(server)).toEqual(['tls.closed-during-handshake']);
    expect(server.diagnoses[0]).toMatchObject({ diagnosis: { side: 'there' }, remote: { address: LOOPBACK } });
    expect(phone.events.map((event) => event.kind)).toContain('tls.rejected');
    expect(server.layer.flows()).toEqual([]);
  });

  it.each(cases.filter(([, , code]) => code !== 'cert.name-mismatch'))(
    'the switch refuses a client certificate %s, and the phone notices',
    async (_, issue, code) => {
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const server = started('server');
        const phone = started('phone');
        const { local } = await listening(server, serverTls(good, { clientCertificate: 'required' }));
        const settings = { ...trusting, minVersion: version, maxVersion: version, identity: await issue() };
        const result = await dial(phone, local.port, settings);
        await until(() => server.diagnoses.length > 0);
        expect(codes(server)).toEqual([code]);
        expect(server.diagnoses[0]?.remote?.address).toBe(LOOPBACK);
        // With TLS 1.3 the phone takes the handshake for done before it hears.
        if (result.ok) await until(() => !result.value.open);
        else expect(result.error.code).toBe('tls.closed-during-handshake');
        expect(server.messages).toEqual([]);
      }
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a client without the certificate that is required is told so (%s)',
    async (version) => {
      const server = started('server');
      const { local } = await listening(server, serverTls(good, { clientCertificate: 'required' }));
      const result = await dial(started('phone'), local.port, {
        ...trusting,
        minVersion: version,
        maxVersion: version,
      });
      await until(() => server.diagnoses.length > 0);
      expect(codes(server)).toEqual(['tls.client-certificate-required']);
      if (result.ok) {
        const reason = await new Promise<string | undefined>((resolve) =>
          result.value.onClose((why) => resolve(why?.code)),
        );
        expect(reason).toBe('tls.client-certificate-required');
      } else {
        expect(result.error.code).toBe('tls.client-certificate-required');
      }
    },
  );

  it('a verification that somebody switched off connects and is never called verified', async () => {
    const server = started('server');
    const { local } = await listening(server, serverTls(await stranger.issue(['other.example.org'])));
    const flow = valueOf(await dial(started('phone'), local.port, { ...trusting, verify: false }));
    expect(flow.security).toMatchObject({ peerVerified: false, peerName: undefined });
  });

  it('another client that refuses the certificate says so by an alert', async () => {
    const server = started('server');
    const { local } = await listening(server, serverTls(good));
    const client = execFile('openssl', ['s_client', '-connect', `${LOOPBACK}:${local.port}`, '-verify_return_error']);
    client.on('error', () => undefined);
    client.stdin?.on('error', () => undefined);
    await until(() => server.diagnoses.length > 0);
    client.kill();
    expect(server.diagnoses[0]?.diagnosis).toMatchObject({ side: 'there' });
    expect(['cert.unknown-ca', 'cert.self-signed-in-chain', 'tls.closed-during-handshake']).toContain(codes(server)[0]);
  });
});

describe('two ends that do not mean the same', () => {
  it('plain SIP, HTTP and garbage on the TLS port', async () => {
    const server = started('server');
    const { local } = await listening(server, serverTls(good));
    const cases = [
      ['REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1\r\n', 'tls.plain-sip-on-tls-port'],
      ['\r\n\r\n', 'tls.plain-sip-on-tls-port'],
      ['GET / HTTP/1.1\r\nHost: example.org\r\n\r\n', 'tls.http-on-tls-port'],
      ['\u0001\u0002\u0003 what is this\n\n', 'tls.decode-error'],
    ] as const;
    for (const [text, code] of cases) {
      const { socket, isClosed } = await bare(local.port);
      for (const character of text) socket.write(character, 'latin1');
      await until(isClosed);
      expect(codes(server).at(-1)).toBe(code);
      expect(server.diagnoses.at(-1)?.remote?.port).toBeGreaterThan(0);
    }
    expect(codes(server)).toHaveLength(cases.length);
    const { socket } = await bare(local.port);
    socket.destroy();
    await until(() => codes(server).length > cases.length);
    expect(codes(server).at(-1)).toBe('tls.closed-during-handshake');
  });

  it('TLS to a port for plain SIP, ours and one that answers what it cannot read', async () => {
    const server = started('server');
    const phone = started('phone');
    const plain = valueOf(await server.layer.listen({ protocol: 'tcp', local: { address: LOOPBACK, port: 0 } }));
    expect(codeOf(await dial(phone, plain.local.port))).toBe('tls.peer-speaks-plain-sip');
    expect(codes(server)).toContain('tls.tls-on-plain-port');
    const chatty = await plainServer(() => 'SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    expect(codeOf(await dial(phone, chatty))).toBe('tls.peer-speaks-plain-sip');
    const web = await plainServer(() => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    expect(codeOf(await dial(phone, web))).toBe('tls.peer-speaks-http');
    const rude = await plainServer(() => undefined);
    expect(codeOf(await dial(phone, rude))).toBe('tls.closed-during-handshake');
    const mute = await plainServer(() => '');
    expect(codeOf(await dial(phone, mute))).toBe('tls.handshake-timeout');
  });

  it('no version, and no cipher, in common', async () => {
    const server = started('server');
    const phone = started('phone');
    const only12 = await listening(server, serverTls(good, { maxVersion: 'TLSv1.2' }));
    const only13 = { ...trusting, minVersion: 'TLSv1.3' } as const;
    expect(codeOf(await dial(phone, only12.local.port, only13))).toBe('tls.version-mismatch');
    await until(() => server.diagnoses.length === 1);
    expect(codes(server)).toEqual(['tls.version-mismatch']);
    const gcm256 = await listening(
      server,
      serverTls(good, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }),
    );
    const chacha = { ...trusting, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' } as const;
    expect(codeOf(await dial(phone, gcm256.local.port, chacha))).toBe('tls.no-shared-cipher');
    await until(() => server.diagnoses.length === 2);
    expect(codes(server)[1]).toBe('tls.no-shared-cipher');
  });

  it('an old device is served where its version was allowed on purpose', async () => {
    const server = started('server');
    const { local } = await listening(server, serverTls(good, { minVersion: 'TLSv1', ciphers: 'ALL' }));
    const old = { ...trusting, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL' } as const;
    const flow = valueOf(await dial(started('phone'), local.port, old));
    expect(flow.security?.protocol).toBe('TLSv1');
  });
});

describe('identities that cannot be used', () => {
  it('tells which part is wrong before anything listens', async () => {
    const other = await authority.issue([NAME]);
    const cases = [
      [{ ...good, key: other.key }, 'file.key-mismatch'],
      [{ ...good, key: new Secret('nonsense') }, 'file.no-key'],
      [{ ...good, certificateChain: 'nonsense' }, 'file.not-pem'],
      [{ ...good, certificateChain: good.key.reveal() }, 'file.no-certificate'],
    ] as const;
    for (const [identity, code] of cases) {
      const server = started('server');
      const result = await server.layer.listen({
        protocol: 'tls',
        local: { address: LOOPBACK, port: 0 },
        tls: serverTls(identity),
      });
      expect(codeOf(result)).toBe(code);
      expect(JSON.stringify(server.events)).not.toContain(identity.key.reveal().slice(30, 60) || 'never');
    }
    const settings = { ...trusting, ciphers: 'NO-SUCH-CIPHER', maxVersion: 'TLSv1.2' } as const;
    expect(['config.invalid', 'tls.closed-during-handshake', 'tcp.refused']).toContain(
      codeOf(await dial(started('phone'), 1, settings)),
    );
  });
});

it('a client of another make is served', async () => {
  const server = started('server');
  const { local } = await listening(server, serverTls(good));
  const socket = connectTls({ host: LOOPBACK, port: local.port, servername: NAME, ca: authority.pem });
  let heard = '';
  socket.on('data', (octets: Buffer) => (heard += octets.toString()));
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.write('\r\n\r\n');
  await until(() => heard === '\r\n', 'the pong over TLS');
  socket.destroy();
});
