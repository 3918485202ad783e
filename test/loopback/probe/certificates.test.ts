import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorityContext } from '../../../core/io/authority-files.ts';
import { issueSelfSigned, type CertificateAuthority } from '../../../core/tls/certificate-authority.ts';
import type { CertificateOptions } from '../../../core/tls/certificate-options.ts';
import type { TlsIdentity, TlsServerSettings } from '../../../core/tls/tls-settings.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';
import { probing } from './probing.ts';
import { sipServer, type Server } from './servers.ts';

const NAME = 'pbx.example.com';
const DAY = 86_400_000;

let root: CertificateAuthority;
let foreign: CertificateAuthority;
let firewall: CertificateAuthority;
let intermediate: CertificateAuthority;
const servers: Server[] = [];

beforeAll(async () => {
  root = await makeAuthority();
  foreign = await makeAuthority({ commonName: 'Foreign Root' });
  firewall = await makeAuthority({ commonName: 'FortiGate CA', organization: 'Fortinet' });
  intermediate = good(await root.issueAuthority({ commonName: 'Test Issuing Authority' }));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

async function issued(options: Partial<CertificateOptions> = {}, by = root): Promise<TlsIdentity> {
  const { certificateChain, key } = await issue(by, { dns: [NAME], ips: [], role: 'both', ...options });
  return { certificateChain, key, passphrase: undefined };
}

async function selfSigned(): Promise<TlsIdentity> {
  const made = good(await issueSelfSigned({ commonName: NAME, role: 'both', dns: [NAME] }, authorityContext(Date.now)));
  return { ...made, passphrase: undefined };
}

const firstOnly = ({ certificateChain, ...rest }: TlsIdentity): TlsIdentity => ({
  ...rest,
  certificateChain: certificateChain.slice(0, certificateChain.indexOf('-----END') + 26),
});

/** What is wrong, with which certificate and settings, and what must be found first. */
const CASES: readonly (readonly [
  what: string,
  identity: () => Promise<TlsIdentity>,
  worst: string,
  settings?: Partial<TlsServerSettings>,
])[] = [
  ['nothing', issued, ''],
  ['nothing, with an intermediate', () => issued({}, intermediate), ''],
  [
    'a certificate that has expired',
    () => issued({ notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY }),
    'error cert.expired',
  ],
  ['a certificate that expires soon', () => issued({ notAfter: Date.now() + 9 * DAY }), 'warning cert.expired'],
  ['a certificate of tomorrow', () => issued({ notBefore: Date.now() + DAY }), 'error cert.not-yet-valid'],
  ['a certificate signed by itself', selfSigned, 'error cert.self-signed'],
  ['another authority', () => issued({}, foreign), 'error cert.unknown-ca'],
  ['a firewall that looks in', () => issued({}, firewall), 'error cert.intercepted'],
  ['a missing intermediate', async () => firstOnly(await issued({}, intermediate)), 'error cert.incomplete-chain'],
  ['a certificate for clients', () => issued({ role: 'client' }), 'error cert.wrong-purpose'],
  ['another name', () => issued({ dns: ['other.example.com'] }), 'error cert.name-mismatch'],
  ['an address instead of the name', () => issued({ dns: [], ips: ['127.0.0.1'] }), 'error cert.name-mismatch'],
  ['a wildcard only', () => issued({ dns: ['*.example.com'] }), 'error cert.wildcard'],
  ['a wildcard beside the name', () => issued({ dns: [NAME, '*.example.com'] }), 'warning cert.wildcard'],
  ['TLS 1.2 only', issued, '', { maxVersion: 'TLSv1.2' }],
  ['TLS 1.3 only', issued, '', { minVersion: 'TLSv1.3' }],
  ['TLS 1.0 and 1.1 as well', issued, 'warning tls.weak-security', { minVersion: 'TLSv1' }],
  ['TLS 1.0 and 1.1 only', issued, 'error tls.version-mismatch', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
  [
    'a client certificate demanded, TLS 1.3',
    issued,
    'error tls.client-certificate-required',
    { clientCertificate: 'required' },
  ],
  [
    'a client certificate demanded, TLS 1.2',
    issued,
    'error tls.client-certificate-required',
    { clientCertificate: 'required', maxVersion: 'TLSv1.2' },
  ],
  ['a client certificate wished for', issued, '', { clientCertificate: 'wanted' }],
  [
    'no cipher that we have',
    issued,
    'error tls.no-shared-cipher',
    { ciphers: 'ECDHE-ECDSA-AES128-SHA', maxVersion: 'TLSv1.2' },
  ],
];

describe('a probe finds first what is wrong with a server: ', () => {
  const cases = CASES.map(([what, identity, worst, settings = {}]) => [what, identity, worst, settings] as const);
  it.each(cases)('%s', async (_, identity, worst, settings) => {
    const server = await sipServer({ identity: await identity(), trust: [root.certificate], ...settings });
    servers.push(server);
    const probed = await probing(`${NAME}:${server.port}`, { tls: { trust: [root.certificate] } });
    expect(probed.worst, JSON.stringify(probed, null, 1)).toBe(worst);
    if (worst === '') expect(probed.sip).toMatchObject({ options: 200, keepAlivePong: true, peerVerified: true });
  });
});

describe('what a probe says of a handshake', () => {
  it('each version by itself, cipher, group, chain, name and authority', async () => {
    const server = await sipServer({ identity: await issued({}, intermediate), minVersion: 'TLSv1' });
    servers.push(server);
    const { tls, steps } = await probing(`${NAME}:${server.port}`, { tls: { trust: [root.certificate] } });
    expect(tls).toMatchObject({
      versions: { TLSv1: 'accepted', 'TLSv1.1': 'accepted', 'TLSv1.2': 'accepted', 'TLSv1.3': 'accepted' },
      cipher: expect.stringMatching(/^TLS_AES_/) as string,
      trusted: true,
      nameMatches: true,
      clientCertificateRequested: false,
      clientCertificateRequired: false,
      applicationProtocol: '',
      sameWithoutServerName: true,
      secureRenegotiation: true,
    });
    expect(tls?.chain[0]).toMatchObject({
      subject: 'CN=leaf',
      issuer: 'CN=Test Issuing Authority',
      san: [`DNS:${NAME}`],
      keyType: 'EC P-256',
      keyBits: 256,
      signature: 'ecdsa-with-SHA256',
      eku: ['serverAuth', 'clientAuth'],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(steps.map(({ step }) => step)).toEqual([
      'dns', 'tcp', 'protocol', 'tls', 'tls-version', 'tls-version', 'tls-version', 'certificate', 'server-name',
      'application-protocol', 'connection', 'options', 'keep-alive',
    ]); // prettier-ignore
    expect(steps.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('a wish for a client certificate is noticed over %s', async (maxVersion) => {
    const server = await sipServer({
      identity: await issued(),
      minVersion: maxVersion,
      maxVersion,
      trust: [root.certificate],
      clientCertificate: 'wanted',
    });
    servers.push(server);
    const { tls } = await probing(`${NAME}:${server.port}`, { tls: { trust: [root.certificate] } });
    expect(tls).toMatchObject({ clientCertificateRequested: true, clientCertificateRequired: false });
  });

  it('with a client certificate a server that demands one is content', async () => {
    const server = await sipServer({
      identity: await issued(),
      trust: [root.certificate],
      clientCertificate: 'required',
    });
    servers.push(server);
    const identity = await issued({ dns: ['phone.example.com'] });
    const probed = await probing(`${NAME}:${server.port}`, { tls: { trust: [root.certificate], identity } });
    expect(probed.worst, JSON.stringify(probed.findings)).toBe('');
    expect(probed.tls).toMatchObject({ clientCertificateRequested: true });
  });

  it('a refused version is told with its alert', async () => {
    const server = await sipServer({ identity: await issued(), minVersion: 'TLSv1.3' });
    servers.push(server);
    const { tls } = await probing(`${NAME}:${server.port}`, { tls: { trust: [root.certificate] } });
    expect(tls?.versions).toEqual({
      TLSv1: 'refused:protocol_version',
      'TLSv1.1': 'refused:protocol_version',
      'TLSv1.2': 'refused:protocol_version',
      'TLSv1.3': 'accepted',
    });
  });

  it('an address that was dialled must be in the certificate', async () => {
    const server = await sipServer({ identity: await issued() });
    servers.push(server);
    const probed = await probing(`127.0.0.1:${server.port}`, { tls: { trust: [root.certificate] } });
    expect(probed.worst).toBe('error cert.ip-mismatch');
    expect(probed.tls).toMatchObject({ trusted: true, nameMatches: false });
  });
});
