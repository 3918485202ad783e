import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import type { Result } from '../../../core/base/result.ts';
import { authorityContext } from '../../../core/io/authority-files.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import type { StreamServer, StreamSocket } from '../../../core/sip/transport/network.ts';
import {
  issueSelfSigned,
  type CertificateAuthority,
  type IssuedCertificate,
} from '../../../core/tls/certificate-authority.ts';
import type { CertificateOptions } from '../../../core/tls/certificate-options.ts';
import {
  DEFAULT_TLS_CLIENT_SETTINGS,
  type TlsClientSettings,
  type TlsIdentity,
  type TlsServerSettings,
} from '../../../core/tls/tls-settings.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';

const LOOPBACK = '127.0.0.1';
const NAME = 'pbx.example.com';
const DAY = 86_400_000;
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

let root: CertificateAuthority;
let foreign: CertificateAuthority;
let intermediate: CertificateAuthority;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  root = await makeAuthority();
  foreign = await makeAuthority({ commonName: 'Foreign Root' });
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
const issued = async (options: Partial<CertificateOptions>, by = root): Promise<TlsIdentity> =>
  identityOf(await issue(by, { dns: [NAME], ips: [], role: 'both', ...options }));

const firstOnly = ({ certificateChain, ...rest }: TlsIdentity): TlsIdentity => ({
  ...rest,
  certificateChain: certificateChain.slice(0, certificateChain.indexOf('-----END') + 26),
});

const selfSigned = async (): Promise<TlsIdentity> =>
  identityOf(good(await issueSelfSigned({ commonName: NAME, role: 'both', dns: [NAME] }, authorityContext(Date.now))));

/** bun's own `node:tls`, which Electron does not have, drops the certificates of a client that it refuses: only a code is left. */
const refusedClient = (code: string): string => (process.versions.bun === undefined ? code : 'cert.unknown-ca');

/** The kinds of certificates, and what the end that looks at them must say. */
const KINDS: readonly (readonly [
  kind: string,
  make: () => Promise<TlsIdentity>,
  asServer: string,
  asClient: string,
])[] = [
  ['good', () => issued({}), 'ok', 'ok'],
  ['good with its intermediate', () => issued({}, intermediate), 'ok', 'ok'],
  ['of another authority', () => issued({}, foreign), 'cert.unknown-ca', 'cert.unknown-ca'],
  [
    'expired',
    () => issued({ notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY }),
    'cert.expired',
    'cert.expired',
  ],
  ['not yet valid', () => issued({ notBefore: Date.now() + DAY }), 'cert.not-yet-valid', 'cert.not-yet-valid'],
  ['self-signed', selfSigned, 'cert.self-signed', refusedClient('cert.self-signed')],
  [
    'without its intermediate',
    async () => firstOnly(await issued({}, intermediate)),
    'cert.incomplete-chain',
    refusedClient('cert.incomplete-chain'),
  ],
  ['for the client', () => issued({ role: 'client' }), 'cert.wrong-purpose', 'ok'],
  ['for the server', () => issued({ role: 'server' }), 'ok', 'cert.wrong-purpose'],
  ['with another name', () => issued({ dns: ['other.example.com'] }), 'cert.name-mismatch', 'ok'],
  ['with a wildcard', () => issued({ dns: ['*.example.com'] }), 'cert.wildcard', 'ok'],
  ['with an address only', () => issued({ dns: [], ips: [LOOPBACK] }), 'cert.name-mismatch', 'ok'],
];

interface Outcome {
  readonly dialled: Result<StreamSocket, Diagnosis>;
  /** What the listener said: a connection, or why there is none. */
  readonly accepted: StreamSocket | Diagnosis;
}

async function connect(server: TlsServerSettings, client: TlsClientSettings, serverName = NAME): Promise<Outcome> {
  let settle: (accepted: StreamSocket | Diagnosis) => void = () => undefined;
  const accepted = new Promise<StreamSocket | Diagnosis>((resolve) => (settle = resolve));
  const listener: StreamServer = good(
    await nodeNetwork.listenStream({ address: LOOPBACK, port: 0 }, server, { onConnection: settle, onRefused: settle }),
  );
  closing.push(() => listener.close());
  const dialled = await nodeNetwork.connectStream({
    remote: listener.local,
    tls: { settings: client, serverName },
    timeoutMs: 5000,
  });
  if (dialled.ok)
    closing.push(() => {
      dialled.value.destroy();
    });
  const seen = await accepted;
  if ('destroy' in seen)
    closing.push(() => {
      seen.destroy();
    });
  return { dialled, accepted: seen };
}

function versionOf(version: (typeof VERSIONS)[number]): Pick<TlsClientSettings, 'minVersion' | 'maxVersion'> {
  return { minVersion: version, maxVersion: version };
}

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
const codeOf = (accepted: StreamSocket | Diagnosis): string => ('code' in accepted ? accepted.code : 'ok');

describe.each(VERSIONS)('over %s', (version) => {
  it.each(KINDS)('we judge a server whose certificate is %s', async (_, make, expected) => {
    const { dialled } = await connect(serverWith(await make()), clientWith(versionOf(version)));
    expect(dialled.ok ? 'ok' : dialled.error.code).toBe(expected);
    if (dialled.ok)
      expect(dialled.value.security).toMatchObject({ protocol: version, peerVerified: true, peerName: NAME });
    else expect(dialled.error.side).toBe('here');
  });

  it.each(KINDS)('we judge a client whose certificate is %s', async (_, make, __, expected) => {
    const { accepted } = await connect(
      serverWith(await issued({}), { clientCertificate: 'required' }),
      clientWith({ ...versionOf(version), identity: await make() }),
    );
    expect(codeOf(accepted)).toBe(expected);
    if ('security' in accepted)
      expect(accepted.security).toMatchObject({ peerVerified: true, clientCertificate: true });
    else expect(accepted.side).toBe('here');
  });

  it('a client without a certificate is turned away where one is required', async () => {
    const { accepted } = await connect(
      serverWith(await issued({}), { clientCertificate: 'required' }),
      clientWith(versionOf(version)),
    );
    expect(accepted).toMatchObject({ code: 'tls.client-certificate-required', side: 'here' });
  });

  it('an address is dialled by its IP name', async () => {
    const server = serverWith(await issued({ ips: [LOOPBACK] }));
    const { dialled } = await connect(server, clientWith(versionOf(version)), LOOPBACK);
    expect(good(dialled).security?.peerName).toBe(LOOPBACK);
    const nameOnly = await connect(serverWith(await issued({})), clientWith(versionOf(version)), LOOPBACK);
    expect(nameOnly.dialled).toMatchObject({ error: { code: 'cert.ip-mismatch' } });
  });

  it('verification that is switched off connects to anybody, and verifies nobody', async () => {
    const { dialled } = await connect(
      serverWith(await selfSigned()),
      clientWith({ ...versionOf(version), verify: false }),
    );
    expect(good(dialled).security).toMatchObject({ peerVerified: false, peerName: undefined });
  });
});

describe('policies that do not meet', () => {
  it('name the version on both sides', async () => {
    const { dialled, accepted } = await connect(
      serverWith(await issued({}), versionOf('TLSv1.3')),
      clientWith(versionOf('TLSv1.2')),
    );
    expect(dialled).toMatchObject({ error: { code: 'tls.version-mismatch', side: 'there' } });
    expect(accepted).toMatchObject({ code: 'tls.version-mismatch', side: 'here' });
  });

  it('name the cipher on both sides', async () => {
    const { dialled, accepted } = await connect(
      serverWith(await issued({}), { ...versionOf('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }),
      clientWith({ ...versionOf('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
    );
    expect(dialled).toMatchObject({ error: { code: 'tls.no-shared-cipher', side: 'there' } });
    expect(accepted).toMatchObject({ code: 'tls.no-shared-cipher', side: 'here' });
  });

  it('name the kind of key where the client knows only the other', async () => {
    const { accepted } = await connect(
      serverWith(await issued({}), versionOf('TLSv1.2')),
      clientWith({ ...versionOf('TLSv1.2'), ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }),
    );
    expect(accepted).toMatchObject({ code: 'tls.certificate-type-mismatch', side: 'here' });
  });
});

describe('old devices', () => {
  it.each(['TLSv1', 'TLSv1.1'] as const)('reach a listener that allows %s on purpose', async (version) => {
    const old = { minVersion: version, maxVersion: version };
    const { dialled } = await connect(serverWith(await issued({}), { ...old, maxVersion: 'TLSv1.2' }), clientWith(old));
    expect(good(dialled).security).toMatchObject({ protocol: version, peerVerified: true });
  });
});
