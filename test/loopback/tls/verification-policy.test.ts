import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import type { Result } from '../../../core/base/result.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import type { StreamHandler, StreamServer, StreamSocket } from '../../../core/sip/transport/network.ts';
import { readCertificates } from '../../../core/tls/certificate-reader.ts';
import type { CertificateAuthority, IssuedCertificate } from '../../../core/tls/certificate-authority.ts';
import type { CertificateOptions } from '../../../core/tls/certificate-options.ts';
import {
  DEFAULT_TLS_CLIENT_SETTINGS,
  SIP_PROTOCOL,
  type TlsClientSettings,
  type TlsIdentity,
  type TlsServerSettings,
} from '../../../core/tls/tls-settings.ts';
import { clientCertificateOf, parseVerifyPolicy, serverVerificationOf } from '../../../core/tls/verify-policy.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';

const LOOPBACK = '127.0.0.1';
const NAME = 'pbx.example.com';
const DAY = 86_400_000;
const BOTH_VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

let root: CertificateAuthority;
let intermediate: CertificateAuthority;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  root = await makeAuthority();
  intermediate = good(await root.issueAuthority({ commonName: 'Test Issuing Authority' }));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const identityOf = ({ certificateChain, key }: IssuedCertificate): TlsIdentity => ({
  certificateChain,
  key,
  passphrase: undefined,
});
const issued = async (options: Partial<CertificateOptions> = {}, by = root): Promise<TlsIdentity> =>
  identityOf(await issue(by, { dns: [NAME], ips: [], role: 'both', ...options }));
const viewOf = ({ certificateChain }: TlsIdentity) => {
  const [view] = good(readCertificates(certificateChain));
  if (view === undefined) throw new Error('no certificate');
  return view;
};
const serverWith = (identity: TlsIdentity, more: Partial<TlsServerSettings> = {}): TlsServerSettings => ({
  ...DEFAULT_TLS_CLIENT_SETTINGS,
  trust: [root.certificate],
  clientCertificate: 'ignored',
  ...more,
  identity,
});
const clientWith = (more: Partial<TlsClientSettings> = {}): TlsClientSettings => ({
  ...DEFAULT_TLS_CLIENT_SETTINGS,
  trust: [root.certificate],
  ...more,
});
const only = (version: (typeof BOTH_VERSIONS)[number]) => ({ minVersion: version, maxVersion: version });

/** A listener, and what it said of each connection in turn. */
interface Listening {
  readonly server: StreamServer;
  next(): Promise<StreamSocket | Diagnosis>;
}

async function listening(settings: TlsServerSettings): Promise<Listening> {
  const said: (StreamSocket | Diagnosis)[] = [];
  const waiting: ((outcome: StreamSocket | Diagnosis) => void)[] = [];
  const tell = (outcome: StreamSocket | Diagnosis): void => {
    if ('destroy' in outcome) closing.push(() => { outcome.destroy(); }); // prettier-ignore
    const first = waiting.shift();
    if (first === undefined) said.push(outcome);
    else first(outcome);
  };
  const server = good(
    await nodeNetwork.listenStream({ address: LOOPBACK, port: 0 }, settings, { onConnection: tell, onRefused: tell }),
  );
  closing.push(() => server.close());
  return {
    server,
    next: () => {
      const first = said.shift();
      return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
    },
  };
}

async function dial(
  { server }: Listening,
  settings: TlsClientSettings,
  serverName = NAME,
): Promise<Result<StreamSocket, Diagnosis>> {
  const dialled = await nodeNetwork.connectStream({
    remote: server.local,
    tls: { settings, serverName },
    timeoutMs: 5000,
  });
  if (dialled.ok) closing.push(() => { dialled.value.destroy(); }); // prettier-ignore
  return dialled;
}

const DEAF: StreamHandler = { onData: () => undefined, onDrain: () => undefined, onClose: () => undefined };

/** Dials, waits until the listener has its connection, and lets what follows the handshake arrive. */
async function met(listener: Listening, settings: TlsClientSettings, serverName = NAME) {
  const dialled = good(await dial(listener, settings, serverName));
  const accepted = await listener.next();
  if (!('security' in accepted)) throw new Error(accepted.summary);
  const heard = new Promise<void>((resolve) => {
    dialled.setHandler({ ...DEAF, onData: () => { resolve(); } }); // prettier-ignore
  });
  accepted.setHandler(DEAF);
  accepted.write(new TextEncoder().encode('\r\n\r\n'));
  await heard;
  return { dialled: dialled.security, accepted: accepted.security };
}

const codeOf = (result: Result<StreamSocket, Diagnosis>): string => (result.ok ? 'ok' : result.error.code);

describe('RFC 6066 §3 the name that is asked for', () => {
  it('chooses among the certificates of a listener; one that is unknown gets the first', async () => {
    const [first, other] = [await issued(), await issued({ dns: ['other.example.com'] })];
    const listener = await listening(serverWith(first, { otherIdentities: [other] }));
    const shown = async (name: string) =>
      (await met(listener, clientWith({ verifyName: false }), name)).dialled?.peerFingerprint;
    expect(await shown(NAME)).toBe(viewOf(first).sha256);
    expect(await shown('OTHER.example.com')).toBe(viewOf(other).sha256);
    expect(await shown('unknown.example.com')).toBe(viewOf(first).sha256);
    expect(await shown(LOOPBACK)).toBe(viewOf(first).sha256);
  });

  it('serves names that the settings give to a certificate', async () => {
    const [first, other] = [await issued(), await issued({ dns: ['b.example.com'] })];
    const otherIdentities = [{ ...other, serverNames: ['alias.example.com'] }];
    const listener = await listening(serverWith(first, { otherIdentities }));
    const { dialled } = await met(listener, clientWith({ expectedSubjects: ['b.example.com'] }), 'alias.example.com');
    expect(dialled).toMatchObject({ peerVerified: true, peerName: 'b.example.com' });
  });

  it.each([
    ['ECDHE-RSA-AES128-GCM-SHA256', 'RSA'],
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'EC P-256'],
  ])('a pair of certificates with one name serves clients that know only %s', async (ciphers, keyType) => {
    const pair = [await issued({ keyType: 'ec' }), await issued({ keyType: 'rsa' })] as const;
    const listener = await listening(serverWith(pair[0], { otherIdentities: [pair[1]] }));
    const { dialled } = await met(listener, clientWith({ ...only('TLSv1.2'), ciphers }));
    expect(pair.map(viewOf).find(({ sha256 }) => sha256 === dialled?.peerFingerprint)?.keyType).toBe(keyType);
  });

  it('is waited for where the ClientHello comes in pieces', async () => {
    const [first, other] = [await issued(), await issued({ dns: ['other.example.com'] })];
    const listener = await listening(serverWith(first, { otherIdentities: [other] }));
    // Longer than one segment, so that the tap of the client does not send it at once.
    const alpn = Array.from({ length: 60 }, (_, index) => `protocol-${index}-${'x'.repeat(200)}`);
    const { dialled } = await met(
      listener,
      clientWith({ alpn, expectedSubjects: ['other.example.com'] }),
      'other.example.com',
    );
    expect(dialled?.peerFingerprint).toBe(viewOf(other).sha256);
  });
});

describe('RFC 7301 the application protocol', () => {
  const spoken = async (listener: Listening, protocols: readonly string[]): Promise<string | false | null> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({
        host: LOOPBACK,
        port: listener.server.local.port,
        rejectUnauthorized: false,
        ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
      });
      socket.once('secureConnect', () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
      socket.once('error', reject);
    });

  it('§3.2 is sip/2 where the client offers it, and none where it offers none', async () => {
    const listener = await listening(serverWith(await issued(), { alpn: [SIP_PROTOCOL] }));
    expect(await spoken(listener, ['h2', SIP_PROTOCOL])).toBe(SIP_PROTOCOL);
    expect(await spoken(listener, [])).toBe(false);
  });

  it('§3.2 MUST be shared: a client that offers only others is turned away', async () => {
    const listener = await listening(serverWith(await issued(), { alpn: [SIP_PROTOCOL] }));
    await expect(spoken(listener, ['h2', 'http/1.1'])).rejects.toThrow();
    expect(await listener.next()).toMatchObject({ side: expect.stringMatching(/here|there/) as string });
  });

  it('is offered by a phone that is told to, and does not keep it from servers without', async () => {
    const listener = await listening(serverWith(await issued()));
    expect((await met(listener, clientWith({ alpn: [SIP_PROTOCOL] }))).dialled?.peerVerified).toBe(true);
  });
});

describe.each(BOTH_VERSIONS)('a session of %s that is resumed', (version) => {
  const reused = async (listener: Listening, settings: TlsClientSettings) => {
    const events: { readonly resumed: boolean | undefined }[] = [];
    const { Tracer } = await import('../../../core/trace/tracer.ts');
    const { systemClock } = await import('../../../core/io/node-clock.ts');
    const tracer = new Tracer(systemClock);
    tracer.subscribe((event) => {
      if (event.kind !== 'tls.handshake') return;
      const { tree } = JSON.parse(JSON.stringify(event)) as { tree: { resumption: { accepted?: boolean } } };
      events.push({ resumed: tree.resumption.accepted });
    });
    const dialled = await nodeNetwork.connectStream({
      remote: listener.server.local,
      tls: { settings, serverName: NAME },
      timeoutMs: 5000,
      trace: { tracer, nextName: () => 'tls-1' },
    });
    if (dialled.ok) closing.push(() => { dialled.value.destroy(); }); // prettier-ignore
    return { dialled, resumed: events[0]?.resumed, accepted: await listener.next() };
  };

  it('carries all that the whole handshake proved, at both ends', async () => {
    const identity = await issued({ role: 'client', uris: [`sip:1000@${NAME}`] }, intermediate);
    const listener = await listening(
      serverWith(await issued({}, intermediate), { clientCertificate: 'required', alpn: [SIP_PROTOCOL] }),
    );
    const client = clientWith({ ...only(version), identity });
    const first = await met(listener, client);
    const again = await reused(listener, client);
    expect(again.resumed).toBe(true);
    const { security } = good(again.dialled);
    expect(security).toEqual({ ...first.dialled, group: security?.group });
    expect('security' in again.accepted ? again.accepted.security : again.accepted).toEqual(first.accepted);
    expect(first.accepted).toMatchObject({ peerVerified: true, peerUsers: [`sip:1000@${NAME}`] });
  });

  it('is judged once more: what was revoked since, or is not expected any more, is refused', async () => {
    const identity = await issued({ role: 'client' });
    const settings = serverWith(await issued(), { clientCertificate: 'required' });
    const expectedSubjects: string[] = [];
    const listener = await listening({ ...settings, expectedSubjects });
    const client = clientWith({ ...only(version), identity });
    await met(listener, client);
    // The same settings that the session was made under, as far as the listener can tell.
    expectedSubjects.push('somebody.else.example.com');
    const again = await reused(listener, client);
    expect(again.resumed).toBe(true);
    expect(again.accepted).toMatchObject({ code: 'cert.subject-not-allowed', evidence: { rule: 'subjects' } });
  });

  it('is none under other settings, of the phone or of the listener', async () => {
    const settings = serverWith(await issued());
    const listener = await listening(settings);
    const client = clientWith(only(version));
    await met(listener, client);
    expect((await reused(listener, { ...client })).resumed).toBe(false);
    await met(listener, client);
    good(listener.server.updateTls({ ...settings }));
    expect((await reused(listener, client)).resumed).toBe(false);
    expect((await reused(listener, client)).dialled).toMatchObject({ ok: true });
  });

  it.each([
    ['the phone', { sessionSeconds: 0 }, {}],
    ['the listener', {}, { sessionSeconds: 0 }],
  ])('is none where %s does not want it', async (_, ofClient, ofServer) => {
    const listener = await listening(serverWith(await issued(), ofServer));
    const client = clientWith({ ...only(version), ...ofClient });
    await met(listener, client);
    expect((await reused(listener, client)).resumed).toBe(false);
  });

  it('is none of a server that nobody verified', async () => {
    const listener = await listening(serverWith(await issued()));
    const client = clientWith({ ...only(version), verify: false });
    await met(listener, client);
    expect((await reused(listener, client)).resumed).toBe(false);
  });
});

describe('RFC 5280 §6.3 a revocation list', () => {
  const listOf = (serials: readonly string[], nextUpdate = Date.now() + DAY): Promise<string> =>
    root.revocationList({
      revoked: serials.map((serial) => ({ serial, at: Date.now() - DAY, reason: 'keyCompromise' })),
      number: 1,
      thisUpdate: Date.now() - 9 * DAY,
      nextUpdate,
    });

  it.each(BOTH_VERSIONS)('turns away who is on it and nobody else, at both ends, over %s', async (version) => {
    const [lost, kept] = [await issued(), await issued()];
    const revocationLists = [await listOf([viewOf(lost).serial])];
    const client = clientWith({ ...only(version), revocationLists });
    expect(codeOf(await dial(await listening(serverWith(lost)), client))).toBe('cert.revoked');
    expect(codeOf(await dial(await listening(serverWith(kept)), client))).toBe('ok');
    const listener = await listening(serverWith(kept, { clientCertificate: 'required', revocationLists }));
    await dial(listener, clientWith({ ...only(version), identity: lost }));
    expect(await listener.next()).toMatchObject({ code: 'cert.revoked', evidence: { rule: 'revocation' } });
    await dial(listener, clientWith({ ...only(version), identity: kept }));
    expect(await listener.next()).toMatchObject({ security: { peerVerified: true } });
  });

  it('that has ended turns everybody of its authority away, unless it is allowed to', async () => {
    const listener = await listening(serverWith(await issued()));
    const revocationLists = [await listOf([], Date.now() - DAY)];
    expect(codeOf(await dial(listener, clientWith({ revocationLists })))).toBe('cert.crl-expired');
    expect(codeOf(await dial(listener, clientWith({ revocationLists, allowExpiredLists: true })))).toBe('ok');
    expect(codeOf(await dial(listener, clientWith({ revocationLists, verifyDates: false })))).toBe('ok');
  });

  it('that cannot be read keeps the settings from being put in force', async () => {
    const listener = await listening(serverWith(await issued()));
    const refused = await dial(listener, clientWith({ revocationLists: ['no list'] }));
    expect(codeOf(refused)).toBe('config.invalid');
  });
});

describe('RFC 5922 the words of tls-verify-policy', () => {
  it.each([
    ['none', 'none', 'ok'],
    ['none', 'foreign', 'ok'],
    ['in', 'none', 'tls.client-certificate-required'],
    ['in', 'foreign', 'cert.unknown-ca'],
    ['in', 'other', 'ok'],
    ['subjects_in', 'other', 'cert.subject-not-allowed'],
    ['out|subjects_in', 'expected', 'ok'],
  ])('%s, for a client with certificate: %s', async (words, kind, expected) => {
    const policy = parseVerifyPolicy(words);
    if (!policy.ok) throw new Error(policy.error.message);
    const kinds: Record<string, TlsIdentity | undefined> = {
      foreign: await issued({}, await makeAuthority({ commonName: 'Foreign Root' })),
      other: await issued({ dns: ['other.example.com'] }),
      expected: await issued({ dns: ['phone.example.com'] }),
    };
    const listener = await listening(
      serverWith(await issued(), {
        clientCertificate: clientCertificateOf(policy.value),
        expectedSubjects: policy.value.in === 'subjects' ? ['phone.example.com'] : [],
      }),
    );
    await dial(listener, clientWith({ identity: kinds[kind] }));
    const accepted = await listener.next();
    // bun's own `node:tls`, which Electron does not have, drops the certificates of a client that it refuses.
    expect('code' in accepted ? accepted.code : 'ok').toBe(expected);
  });

  it.each([
    ['none', 'foreign', 'ok', false],
    ['out', 'foreign', 'cert.unknown-ca', false],
    ['out', 'other', 'ok', false],
    ['subjects_out', 'other', 'cert.name-mismatch', false],
    ['subjects_out', 'good', 'ok', true],
  ])('%s, for a server with certificate: %s', async (words, kind, expected, verified) => {
    const policy = parseVerifyPolicy(words);
    if (!policy.ok) throw new Error(policy.error.message);
    const identity =
      kind === 'foreign'
        ? await issued({}, await makeAuthority({ commonName: 'Foreign Root' }))
        : await issued(kind === 'other' ? { dns: ['other.example.com'] } : {});
    const dialled = await dial(await listening(serverWith(identity)), clientWith(serverVerificationOf(policy.value)));
    expect(codeOf(dialled)).toBe(expected);
    if (dialled.ok) expect(dialled.value.security?.peerVerified).toBe(verified);
  });
});

describe('RFC 5280 §6.1 what a chain may be', () => {
  it('a pinned certificate is good without authority and name', async () => {
    const foreign = await issued({ dns: ['other.example.com'] }, await makeAuthority({ commonName: 'Foreign Root' }));
    const listener = await listening(serverWith(foreign));
    const pinned = clientWith({ pins: [viewOf(foreign).sha256] });
    expect(good(await dial(listener, pinned)).security).toMatchObject({
      peerVerified: true,
      peerName: NAME,
      rules: expect.arrayContaining(['pin', 'dates', 'purpose']) as string[],
    });
    expect(codeOf(await dial(listener, clientWith({ pins: ['0'.repeat(64)] })))).toBe('cert.unknown-ca');
  });

  it('its length is limited to so many intermediate certificates', async () => {
    const listener = await listening(serverWith(await issued({}, intermediate)));
    expect(codeOf(await dial(listener, clientWith({ verifyDepth: 1 })))).toBe('ok');
    expect(codeOf(await dial(listener, clientWith({ verifyDepth: 0 })))).toBe('cert.chain-too-long');
  });

  it('an intermediate authority may be the one that is trusted', async () => {
    const listener = await listening(serverWith(await issued({}, intermediate)));
    const settings = clientWith({ trust: [intermediate.certificate], verifyDepth: 0 });
    expect(good(await dial(listener, settings)).security?.peerVerified).toBe(true);
  });

  it('dates do not count for who has no clock, and everything else does', async () => {
    const dates = { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY };
    const expired = await listening(serverWith(await issued(dates)));
    expect(codeOf(await dial(expired, clientWith()))).toBe('cert.expired');
    expect(good(await dial(expired, clientWith({ verifyDates: false }))).security?.peerVerified).toBe(true);
    const foreign = await issued(dates, await makeAuthority({ commonName: 'Foreign Root' }));
    const both = await listening(serverWith(foreign));
    expect(codeOf(await dial(both, clientWith({ verifyDates: false })))).toBe('cert.unknown-ca');
  });

  it('a server whose authority changes to one that is not trusted may be intercepted', async () => {
    const settings = serverWith(await issued());
    const listener = await listening(settings);
    const client = clientWith({ sessionSeconds: 0 });
    expect(codeOf(await dial(listener, client))).toBe('ok');
    const firewall = await issued({}, await makeAuthority({ commonName: 'Firewall CA' }));
    good(listener.server.updateTls({ ...settings, identity: firewall }));
    expect(await dial(listener, client)).toMatchObject({
      error: { code: 'cert.intercepted', evidence: { rule: 'chain', knownIssuer: 'CN=Test Root' } },
    });
  });
});
