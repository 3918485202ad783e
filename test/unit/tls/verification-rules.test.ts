import { describe, expect, it } from 'vitest';
import { isCertificateSignedBy, isListSignedBy } from '../../../core/io/certificate-signatures.ts';
import { findPath, type CertificatePath } from '../../../core/tls/certificate-path.ts';
import type { CertificateView } from '../../../core/tls/certificate-reader.ts';
import { readRevocationLists } from '../../../core/tls/certificate-revocation-list.ts';
import { verifyPeer, type PeerExpectation, type TlsEvidence } from '../../../core/tls/peer-verification.ts';
import { findLists } from '../../../core/tls/revocation-check.ts';
import { TrustAnchors } from '../../../core/tls/trust-anchors.ts';
import { derOf, good, issue, makeAuthority } from '../../support/test-authority.ts';

const NAME = 'pbx.example.com';
const DAY = 86_400_000;
const NOW = Date.now();
const root = await makeAuthority();
const intermediate = good(await root.issueAuthority({ commonName: 'Issuing' }));
const foreign = await makeAuthority({ commonName: 'Foreign Root' });
const anchors = new TrustAnchors(derOf(root.certificate));
const chain = derOf((await issue(intermediate, { dns: [NAME] })).certificateChain);
const foreignChain = derOf((await issue(foreign, { dns: [NAME] })).certificateChain);

const pathOf = (sent: readonly Uint8Array[], trusted = anchors): CertificatePath => {
  const path = findPath(sent, trusted, isCertificateSignedBy, NOW);
  if (path === undefined) throw new Error('no path');
  return path;
};

/** The good path, with one certificate changed: nobody issues such certificates, and the policy must not care who did. */
function changed(index: number, changes: Partial<CertificateView>): CertificatePath {
  const { certificates, anchored } = pathOf(chain);
  return {
    anchored,
    certificates: certificates.map(({ der, view }, at) => ({
      der,
      view: at === index ? { ...view, ...changes } : view,
    })),
  };
}

const evidence = (more: Partial<TlsEvidence> = {}): TlsEvidence => ({
  role: 'client',
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  peerChain: chain,
  path: pathOf(chain),
  now: NOW,
  ...more,
});
const wanted = (more: Partial<PeerExpectation> = {}): PeerExpectation => ({
  role: 'client',
  verify: true,
  serverName: NAME,
  verifyDepth: 2,
  ...more,
});

async function over(path: CertificatePath, serials: readonly string[], nextUpdate: number, by = intermediate) {
  const pem = await by.revocationList({
    revoked: serials.map((serial) => ({ serial, at: NOW - DAY, reason: 'unspecified' })),
    number: 1,
    thisUpdate: NOW - 9 * DAY,
    nextUpdate,
  });
  return findLists(path, good(readRevocationLists([pem])), isListSignedBy);
}

const serial = pathOf(chain).certificates[0]?.view.serial ?? '';
const LISTS = {
  revoking: await over(pathOf(chain), [serial], NOW + DAY),
  oldRevoking: await over(pathOf(chain), [serial], NOW - DAY),
  old: await over(pathOf(chain), [], NOW - DAY),
  ofOthers: await over(pathOf(chain), ['77'], NOW + DAY),
};

describe('RFC 5280 §6 the rules and their refusals', () => {
  it.each<[string, string, Partial<TlsEvidence>, Partial<PeerExpectation>, string]>([
    ['a chain without a trusted end', 'chain', { peerChain: foreignChain, path: pathOf(foreignChain) }, {}, 'cert.unknown-ca'],
    ['a chain without its intermediate', 'chain', { peerChain: chain.slice(0, 1), path: pathOf(chain.slice(0, 1)) }, {}, 'cert.incomplete-chain'],
    ['§4.2.1.9 an issuer that is no authority', 'chain', { path: changed(1, { isCa: false }) }, {}, 'cert.invalid-ca'],
    ['§4.2.1.3 an issuer that may not sign', 'chain', { path: changed(1, { keyUsage: ['cRLSign'] }) }, {}, 'cert.invalid-ca'],
    ['what only the library saw', 'chain', { chainError: 'PERMITTED_VIOLATION' }, {}, 'cert.unknown-ca'],
    ['a date that the library saw, with a constraint that only it reads', 'chain', { chainError: 'CERT_HAS_EXPIRED', path: changed(1, { unreadCritical: ['2.5.29.30'] }) }, {}, 'cert.expired'],
    ['another authority than before', 'chain', { peerChain: foreignChain, path: pathOf(foreignChain), known: { fingerprint: 'ab', issuer: 'CN=Issuing' } }, {}, 'cert.intercepted'],
    ['more intermediates than are wanted', 'depth', {}, { verifyDepth: 0 }, 'cert.chain-too-long'],
    ['§4.2.1.9 more intermediates than the root allows', 'depth', { path: changed(2, { pathLength: 0 }) }, {}, 'cert.chain-too-long'],
    ['an expired leaf', 'dates', { path: changed(0, { notAfter: '2020-01-01T00:00:00Z' }) }, {}, 'cert.expired'],
    ['an expired intermediate', 'dates', { path: changed(1, { notAfter: '2020-01-01T00:00:00Z' }) }, {}, 'cert.expired'],
    ['a leaf of tomorrow', 'dates', { path: changed(0, { notBefore: new Date(NOW + DAY).toISOString() }) }, {}, 'cert.not-yet-valid'],
    ['a clock before the birth of the trusted root', 'dates', { now: NOW - 90 * DAY }, {}, 'cert.clock-wrong'],
    ['a clock that another one contradicts', 'dates', { now: NOW + 9000 * DAY, otherClock: NOW }, {}, 'cert.clock-wrong'],
    ['a clock that another one confirms', 'dates', { now: NOW + 9000 * DAY, otherClock: NOW + 9000 * DAY }, {}, 'cert.expired'],
    ['a short key of the leaf', 'strength', { path: changed(0, { keyType: 'RSA', keyBits: 1024 }) }, {}, 'cert.weak-key'],
    ['a short key of the root', 'strength', { path: changed(2, { keyType: 'RSA', keyBits: 1024 }) }, {}, 'cert.weak-key'],
    ['a weak signature of an intermediate', 'strength', { path: changed(1, { signature: 'sha1WithRSAEncryption' }) }, {}, 'cert.weak-signature'],
    ['a revoked certificate', 'revocation', { lists: LISTS.revoking }, {}, 'cert.revoked'],
    ['a revoked certificate, whatever the dates of the list', 'revocation', { lists: LISTS.oldRevoking }, { verifyDates: false, allowExpiredLists: true }, 'cert.revoked'],
    ['a list that has ended', 'revocation', { lists: LISTS.old }, {}, 'cert.crl-expired'],
    ['§4.2.1.12 an intermediate for another purpose', 'purpose', { path: changed(1, { eku: ['clientAuth'] }) }, {}, 'cert.wrong-purpose'],
    ['the name of another server', 'name', {}, { serverName: 'other.example.com' }, 'cert.name-mismatch'],
    ['none of the expected subjects', 'subjects', {}, { expectedSubjects: ['a.example.com', 'sip:1000@example.com'] }, 'cert.subject-not-allowed'],
  ])('%s: %s', (_, rule, seen, asked, code) => {
    const refused = verifyPeer(evidence(seen), wanted(asked));
    expect(refused).toMatchObject({ ok: false, error: { code, side: 'here', evidence: { rule } } });
  }); // prettier-ignore

  it.each<[string, Partial<TlsEvidence>, Partial<PeerExpectation>, readonly string[]]>([
    ['everything', { lists: LISTS.ofOthers }, {}, ['chain', 'depth', 'dates', 'strength', 'revocation', 'purpose', 'name']],
    ['an old device, whose key may be weak', { protocol: 'TLSv1.1', path: changed(0, { keyBits: 1, keyType: 'RSA' }) }, {}, ['chain', 'depth', 'dates', 'purpose', 'name']],
    ['a device without a clock', { path: changed(0, { notAfter: '2020-01-01T00:00:00Z' }), chainError: 'CERT_HAS_EXPIRED' }, { verifyDates: false }, ['chain', 'depth', 'strength', 'purpose', 'name']],
    ['expected subjects in the place of a name', {}, { serverName: '192.0.2.1', expectedSubjects: [NAME] }, ['chain', 'depth', 'dates', 'strength', 'purpose', 'subjects']],
    ['RFC 5924 a certificate for SIP domains', { path: changed(0, { eku: ['sipDomain'] }) }, {}, ['chain', 'depth', 'dates', 'strength', 'purpose', 'name']],
    ['a list that has ended and may', { lists: LISTS.old }, { allowExpiredLists: true }, ['chain', 'depth', 'dates', 'strength', 'revocation', 'purpose', 'name']],
    ['an authority that only the library does not know', { chainError: 'UNABLE_TO_GET_ISSUER_CERT' }, {}, ['chain', 'depth', 'dates', 'strength', 'purpose', 'name']],
    ['a pin, in the place of chain and name', { peerChain: foreignChain, path: pathOf(foreignChain), chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, { serverName: 'anything', pins: [pathOf(foreignChain).certificates[0]?.view.sha256 ?? ''] }, ['pin', 'dates', 'strength', 'purpose']],
  ])('%s: told with the rules that held', (_, seen, asked, rules) => {
    const security = good(verifyPeer(evidence(seen), wanted(asked)));
    expect(security).toMatchObject({ peerVerified: true, rules });
  }); // prettier-ignore

  it('a good chain alone does not verify a server', () => {
    const security = good(verifyPeer(evidence(), wanted({ verifyName: false, serverName: 'other.example.com' })));
    expect(security).toMatchObject({ peerVerified: false, peerName: undefined, peerIdentities: [] });
    expect(security.rules).toContain('chain');
  });

  it('RFC 9525 §6.3 a wildcard stands for one label where it is allowed', async () => {
    const sent = derOf((await issue(root, { dns: ['*.example.com'] })).certificateChain);
    const seen = evidence({ peerChain: sent, path: pathOf(sent) });
    expect(verifyPeer(seen, wanted())).toMatchObject({ error: { code: 'cert.wildcard', evidence: { rule: 'name' } } });
    const allowed = (serverName: string) => verifyPeer(seen, wanted({ allowWildcard: true, serverName }));
    expect(good(allowed(NAME)).peerName).toBe('*.example.com');
    expect(allowed('a.b.example.com')).toMatchObject({ error: { code: 'cert.name-mismatch' } });
    expect(allowed('example.com')).toMatchObject({ error: { code: 'cert.name-mismatch' } });
  });

  it.each([
    [['digitalSignature'], 'TLS_AES_128_GCM_SHA256', 'ok'],
    [['keyEncipherment'], 'TLS_AES_128_GCM_SHA256', 'cert.wrong-purpose'],
    [['keyEncipherment'], 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'cert.wrong-purpose'],
    [['keyEncipherment'], 'TLS_RSA_WITH_AES_128_CBC_SHA', 'ok'],
    [['keyAgreement'], 'TLS_RSA_WITH_AES_128_CBC_SHA', 'cert.wrong-purpose'],
  ])('§4.2.1.3 a key for %j with %s: %s', (keyUsage, cipher, expected) => {
    const verified = verifyPeer(evidence({ cipher, path: changed(0, { keyUsage }) }), wanted());
    expect(verified.ok ? 'ok' : verified.error.code).toBe(expected);
  });

  it('§6.3.3 a list of a namesake, or of who may not sign lists, is not taken for the issuer’s', async () => {
    const path = pathOf(chain);
    const namesake = good(await foreign.issueAuthority({ commonName: 'Issuing' }));
    // Without key identifiers only the signature tells them apart.
    const lists = (await over(path, [], NOW + DAY, namesake)).map(({ list }) => list);
    expect(lists).toEqual([]);
    const pem = await namesake.revocationList({ revoked: [], number: 1, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY });
    const forged = good(readRevocationLists([pem])).map((list) => ({ ...list, authorityKeyId: undefined }));
    expect(findLists(path, forged, isListSignedBy)).toMatchObject([{ genuine: false }]);
    const seen = evidence({ lists: findLists(path, forged, isListSignedBy) });
    expect(verifyPeer(seen, wanted())).toMatchObject({
      error: { code: 'cert.crl-expired', evidence: { genuine: false } },
    });
    const mute = changed(1, { keyUsage: ['keyCertSign'] });
    expect((await over(mute, [], NOW + DAY))[0]?.genuine).toBe(false);
  });
});

describe('RFC 5280 §6.1 the path', () => {
  it('is found whatever the order, with strangers and doubles between', () => {
    const [leaf = new Uint8Array(), ...others] = chain;
    const sent = [leaf, ...foreignChain, ...derOf(foreign.certificate), ...others, ...others, leaf];
    expect(pathOf(sent)).toMatchObject({ anchored: true });
    expect(pathOf(sent).certificates).toHaveLength(3);
  });

  it('needs the signature, and not only the name', async () => {
    const impostor = await makeAuthority();
    const sent = derOf((await issue(impostor)).certificateChain);
    const nameless = { ...pathOf(sent) };
    expect(nameless.anchored).toBe(false);
    const forged = findPath(sent, anchors, () => false, NOW);
    expect(forged?.anchored).toBe(false);
  });

  it('takes the issuer that is valid now where a renewed one has the same key', async () => {
    const sent = chain.slice(0, 1);
    const old = pathOf(chain).certificates[1];
    if (old === undefined) throw new Error('no intermediate');
    expect(pathOf([...sent, old.der]).certificates).toHaveLength(3);
  });

  it('ends where a certificate is itself trusted', () => {
    const [leaf] = chain;
    const path = pathOf(chain, new TrustAnchors(leaf === undefined ? [] : [leaf]));
    expect(path).toMatchObject({ anchored: true, certificates: [{ der: leaf }] });
  });

  it('is not searched for ever', async () => {
    let checks = 0;
    const thicket = await Promise.all(Array.from({ length: 12 }, () => makeAuthority({ commonName: 'Thicket' })));
    const sent = await Promise.all(thicket.map(async (one) => derOf(good(await one.issueAuthority({ commonName: 'Thicket' })).certificate)));
    findPath(sent.flat(), anchors, () => ++checks > 0, NOW);
    expect(checks).toBeLessThanOrEqual(32);
  }); // prettier-ignore

  it('does not start with what cannot be read', () => {
    expect(findPath([Uint8Array.of(1, 2, 3), ...chain], anchors, isCertificateSignedBy, NOW)).toBeUndefined();
  });
});
