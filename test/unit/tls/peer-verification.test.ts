import { webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyPeer, type PeerExpectation, type TlsEvidence } from '../../../core/tls/peer-verification.ts';
import { issueSelfSigned } from '../../../core/tls/certificate-authority.ts';
import type { CertificateOptions } from '../../../core/tls/certificate-options.ts';
import { derOf, good, issue, makeAuthority } from '../../support/test-authority.ts';

const root = await makeAuthority();
const pinned = good(
  await issueSelfSigned(
    { commonName: 'localhost', role: 'server', dns: ['localhost'] },
    { now: () => Date.now(), crypto: webcrypto },
  ),
);
const DAY = 86_400_000;

const intermediate = good(await root.issueAuthority({ commonName: 'Example Issuing 1' }));
const fromIntermediate = derOf((await issue(intermediate)).certificateChain);
const selfMade = derOf((await makeAuthority({ commonName: 'localhost' })).certificate);
const foreign = derOf((await issue(await makeAuthority({ commonName: 'Foreign Root' }))).certificateChain);
const namesake = derOf((await issue(await makeAuthority())).certificateChain);

async function evidence(
  options: Partial<CertificateOptions> = {},
  more: Partial<TlsEvidence> = {},
): Promise<TlsEvidence> {
  return {
    role: 'client',
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    group: 'X25519',
    peerChain: derOf((await issue(root, options)).certificateChain),
    now: Date.now(),
    ...more,
  };
}

const dialled = (serverName: string): PeerExpectation => ({ role: 'client', verify: true, serverName });

describe('the name of a server (RFC 5922 §7)', () => {
  const dns = ['pbx.example.com'];
  it.each<[string, Partial<CertificateOptions>, string, string]>([
    ['§7.1 a DNS name counts where there is no SIP URI', { dns }, 'pbx.example.com', 'ok'],
    ['§7.2 case does not matter', { dns }, 'PBX.Example.COM.', 'ok'],
    ['§7.1 a SIP URI counts', { dns: [], uris: ['SIP:example.com'] }, 'example.com', 'ok'],
    [
      '§7.1 a DNS name MUST NOT count beside a SIP URI',
      { dns, uris: ['sip:example.com'] },
      dns[0] ?? '',
      'cert.name-mismatch',
    ],
    [
      '§7.1 a URI of another scheme does not count',
      { dns: [], uris: ['sips:example.com'] },
      'example.com',
      'cert.name-mismatch',
    ],
    [
      '§7.1 a URI with a user MUST NOT count',
      { dns: [], uris: ['sip:bob@example.com'] },
      'example.com',
      'cert.name-mismatch',
    ],
    ['§7.2 a suffix does not match', { dns }, 'example.com', 'cert.name-mismatch'],
    ['§7.2 a subdomain does not match', { dns: ['example.com'] }, 'pbx.example.com', 'cert.name-mismatch'],
    ['§7.2 a wildcard MUST NOT match', { dns: ['*.example.com'] }, 'pbx.example.com', 'cert.wildcard'],
    [
      '§7.2 a wildcard of another domain is no wildcard case',
      { dns: ['*.example.net'] },
      'pbx.example.com',
      'cert.name-mismatch',
    ],
    [
      '§7.1 the commonName MUST NOT count beside alternative names',
      { commonName: 'a.example', dns },
      'a.example',
      'cert.name-mismatch',
    ],
    [
      '§7.1 the commonName counts where there are none',
      { commonName: 'a.example', dns: [], ips: [] },
      'a.example',
      'ok',
    ],
    ['an address needs an IP alternative name', { ips: ['192.0.2.1'] }, '192.0.2.1', 'ok'],
    ['an IPv6 address is compared as an address', { ips: ['2001:db8::1'] }, '[2001:DB8:0:0::1]', 'ok'],
    ['an address with only DNS names fails', { dns, ips: [] }, '192.0.2.1', 'cert.ip-mismatch'],
    ['an address among the DNS names does not count', { dns: ['192.0.2.1'], ips: [] }, '192.0.2.1', 'cert.ip-mismatch'],
  ])('%s', async (_, options, name, expected) => {
    const verified = verifyPeer(await evidence(options), dialled(name));
    expect(verified.ok ? 'ok' : verified.error.code).toBe(expected);
    if (!verified.ok) {
      expect(verified.error.side).toBe('here');
      expect(verified.error.evidence.expected).toBe(name);
    }
  });

  it('is told as the certificate writes it', async () => {
    const security = good(verifyPeer(await evidence({ dns }), dialled('PBX.example.com')));
    expect(security).toMatchObject({ peerVerified: true, peerName: 'pbx.example.com', clientCertificate: false });
    expect(security.peerFingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('must be expected: verification without a name fails', async () => {
    expect(verifyPeer(await evidence(), { role: 'client', verify: true })).toMatchObject({
      error: { code: 'cert.name-mismatch' },
    });
  });
});

describe('a certificate', () => {
  it.each([
    [{ notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY }, Date.now(), 'cert.expired'],
    [{ notBefore: Date.now() + DAY, notAfter: Date.now() + 9 * DAY }, Date.now(), 'cert.not-yet-valid'],
    [{}, Date.UTC(2000, 0, 1), 'cert.clock-wrong'],
  ])('%j at %i is %s', async (options, now, code) => {
    expect(verifyPeer(await evidence(options, { now }), dialled('localhost'))).toMatchObject({ error: { code } });
  });

  it('§4.2.1.12 is refused where its purpose is the other end', async () => {
    const server = verifyPeer(await evidence({ role: 'client' }), dialled('localhost'));
    expect(server).toMatchObject({ error: { code: 'cert.wrong-purpose', evidence: { wanted: 'serverAuth' } } });
    const client = verifyPeer(await evidence({ role: 'server' }, { role: 'server' }), {
      role: 'server',
      verify: true,
      clientCertificate: 'required',
    });
    expect(client).toMatchObject({ error: { code: 'cert.wrong-purpose', evidence: { wanted: 'clientAuth' } } });
  });

  it('that cannot be read is no certificate', async () => {
    const broken = await evidence({}, { peerChain: [Uint8Array.of(0x30, 0x03, 1, 2, 3)] });
    expect(verifyPeer(broken, dialled('localhost'))).toMatchObject({ error: { code: 'tls.decode-error' } });
  });

  it('must be there', async () => {
    const none = await evidence({}, { peerChain: [] });
    expect(verifyPeer(none, dialled('localhost'))).toMatchObject({ error: { code: 'tls.server-without-certificate' } });
  });
});

describe('a chain that the TLS library refused', () => {
  it.each<[string, readonly Uint8Array[], string]>([
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', foreign, 'cert.unknown-ca'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', namesake, 'cert.unknown-ca'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', fromIntermediate.slice(0, 1), 'cert.incomplete-chain'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', foreign, 'cert.unknown-ca'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', selfMade, 'cert.self-signed'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', selfMade, 'cert.self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', [...foreign, ...selfMade], 'cert.self-signed-in-chain'],
    ['CERT_HAS_EXPIRED', foreign, 'cert.expired'],
    ['CERT_NOT_YET_VALID', foreign, 'cert.not-yet-valid'],
    ['CERT_REVOKED', foreign, 'cert.revoked'],
    ['CRL_HAS_EXPIRED', foreign, 'cert.crl-expired'],
    ['CERT_CHAIN_TOO_LONG', foreign, 'cert.chain-too-long'],
    ['PATH_LENGTH_EXCEEDED', foreign, 'cert.chain-too-long'],
    ['INVALID_CA', foreign, 'cert.invalid-ca'],
    ['INVALID_PURPOSE', foreign, 'cert.wrong-purpose'],
    ['UNSPECIFIED', foreign, 'cert.unknown-ca'],
  ])('as %s', async (chainError, peerChain, code) => {
    const trusted = derOf(root.certificate);
    const refused = verifyPeer(await evidence({}, { peerChain, chainError, trusted }), dialled('localhost'));
    expect(refused).toMatchObject({ ok: false, error: { code, side: 'here', evidence: { error: chainError } } });
  });
});

describe('a self-signed certificate that is itself trusted', () => {
  it.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])(
    'is good despite %s',
    async (chainError) => {
      const trusted = derOf(pinned.certificateChain);
      const proof = await evidence({}, { peerChain: trusted, chainError, trusted });
      expect(good(verifyPeer(proof, dialled('localhost'))).peerVerified).toBe(true);
      expect(verifyPeer(proof, dialled('other.example'))).toMatchObject({ error: { code: 'cert.name-mismatch' } });
    },
  );

  it('is not good after it expired, and does not vouch for others', async () => {
    const trusted = derOf(pinned.certificateChain);
    const expired = await evidence({}, { peerChain: trusted, chainError: 'CERT_HAS_EXPIRED', trusted });
    expect(verifyPeer(expired, dialled('localhost'))).toMatchObject({ error: { code: 'cert.expired' } });
    const other = await evidence({}, { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', trusted });
    expect(verifyPeer(other, dialled('localhost'))).toMatchObject({ error: { code: 'cert.unknown-ca' } });
  });
});

describe('verification', () => {
  it('that is switched off takes anybody, and never calls a connection verified or the peer by name', async () => {
    const anything = await evidence({}, { chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    for (const proof of [anything, await evidence(), await evidence({}, { peerChain: [] })]) {
      const security = good(verifyPeer(proof, { role: 'client', verify: false, serverName: 'localhost' }));
      expect(security).toMatchObject({ peerVerified: false, peerName: undefined });
    }
  });

  it.each([
    ['required', 'good', true],
    ['required', 'foreign', 'cert.unknown-ca'],
    ['required', 'none', 'tls.client-certificate-required'],
    ['wanted', 'good', true],
    ['wanted', 'foreign', false],
    ['wanted', 'none', false],
    ['ignored', 'good', false],
    ['ignored', 'none', false],
  ] as const)('of a client certificate that is %s, with a %s one: %s', async (clientCertificate, kind, expected) => {
    const proof = await evidence(
      { role: 'client', dns: [], ips: [], commonName: '1000' },
      {
        role: 'server',
        ...(kind === 'none' ? { peerChain: [] } : {}),
        ...(kind === 'foreign' ? { chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } : {}),
      },
    );
    const verified = verifyPeer(proof, { role: 'server', verify: true, clientCertificate });
    expect(verified.ok ? verified.value.peerVerified : verified.error.code).toBe(expected);
    if (verified.ok) {
      expect(verified.value.peerName).toBe(expected === true ? '1000' : undefined);
      expect(verified.value.clientCertificate).toBe(kind !== 'none');
    }
  });
});
