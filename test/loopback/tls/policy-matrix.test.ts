import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { FaultyCertificates } from '../../../core/faults/faulty-certificates.ts';
import { authorityContext } from '../../../core/io/authority-files.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import type { StreamServer, StreamSocket } from '../../../core/sip/transport/network.ts';
import { CertificateAuthority } from '../../../core/tls/certificate-authority.ts';
import type { CertificateOptions } from '../../../core/tls/certificate-options.ts';
import { readCertificate } from '../../../core/tls/certificate-reader.ts';
import {
  DEFAULT_TLS_CLIENT_SETTINGS,
  type TlsCommonSettings,
  type TlsIdentity,
} from '../../../core/tls/tls-settings.ts';
import { clientCertificateOf, parseVerifyPolicy, serverVerificationOf } from '../../../core/tls/verify-policy.ts';
import { derOf, good, issue, makeAuthority } from '../../support/test-authority.ts';
import { KINDS, matrixPage, outcomeOf, POLICIES, type CertificateKind, type Direction, type Outcome, type Policy } from '../../support/tls-matrix.ts'; // prettier-ignore

const LOOPBACK = '127.0.0.1';
const NAME = 'phone.example.com';
const DAY = 86_400_000;
const WEAK = 'with a weak key, for servers';
/** Lets the library load a key that is too weak, as a device of old would. */
const CARELESS = process.versions.bun === undefined ? 'DEFAULT@SECLEVEL=0' : 'ALL';

const identities = new Map<string, TlsIdentity>();
let switchIdentity: TlsIdentity;
let common: TlsCommonSettings;
const open: (() => unknown)[] = [];

beforeAll(async () => {
  const root = await makeAuthority();
  const below = good(await root.issueAuthority({ commonName: 'Test Issuing Authority' }));
  const faulty = await FaultyCertificates.create({ domain: NAME, address: LOOPBACK }, authorityContext(Date.now));
  const issued = async (
    options: Partial<CertificateOptions> = {},
    by: CertificateAuthority = root,
  ): Promise<TlsIdentity> => {
    const { certificateChain, key } = await issue(by, { dns: [NAME], ips: [], role: 'both', ...options });
    return { certificateChain, key, passphrase: undefined };
  };
  const revoked = await issued();
  const [der] = derOf(revoked.certificateChain);
  const { serial } = good(readCertificate(der ?? new Uint8Array()));
  const list = await root.revocationList({
    revoked: [{ serial, at: Date.now() - DAY, reason: 'keyCompromise' }],
    number: 1,
    thisUpdate: Date.now() - DAY,
    nextUpdate: Date.now() + DAY,
  });
  const made: Record<string, TlsIdentity> = {
    good: await issued(),
    'of another authority': await issued({}, await makeAuthority({ commonName: 'Foreign Root' })),
    expired: await issued({ notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY }),
    'not yet valid': await issued({ notBefore: Date.now() + DAY }),
    revoked,
    'below too many others': await issued({}, below),
    'with a weak key, for servers': await faulty.identity('weak-key'),
    'for clients alone': await issued({ role: 'client' }),
    'for servers alone': await issued({ role: 'server' }),
    'with another name': await issued({ dns: ['other.example.com'] }),
    'with an address alone': await issued({ dns: [], ips: [LOOPBACK] }),
    'with a wildcard': await issued({ dns: ['*.example.com'] }),
  };
  for (const [kind, identity] of Object.entries(made)) identities.set(kind, identity);
  switchIdentity = await issued({ dns: ['switch.example.com'] });
  common = {
    ...DEFAULT_TLS_CLIENT_SETTINGS,
    trust: [root.certificate, faulty.trust],
    revocationLists: [list],
    verifyDepth: 0,
  };
});
afterAll(async () => {
  for (const close of open.reverse()) await close();
});

/** A server that tells of each connection what became of it. */
async function listening(
  settings: Parameters<typeof nodeNetwork.listenStream>[1],
): Promise<{ readonly server: StreamServer; readonly next: Promise<StreamSocket | Diagnosis> }> {
  let settle: (accepted: StreamSocket | Diagnosis) => void = () => undefined;
  const next = new Promise<StreamSocket | Diagnosis>((resolve) => (settle = resolve));
  const server = good(await nodeNetwork.listenStream({ address: LOOPBACK, port: 0 }, settings, { onConnection: settle, onRefused: settle })); // prettier-ignore
  open.push(() => server.close());
  return { server, next };
}

/** What the switch makes of a phone with this certificate. */
async function judge(
  direction: Direction,
  policy: Policy,
  { kind }: CertificateKind,
  version: 'TLSv1.2' | 'TLSv1.3',
): Promise<Outcome> {
  const parsed = parseVerifyPolicy(policy);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const words = parsed.value;
  const versions = { minVersion: version, maxVersion: version };
  const identity = identities.get(kind);
  const ofPhone = { ...common, ...versions, identity, ...(kind === WEAK ? { ciphers: CARELESS } : {}) };
  const careful = { verify: true, verifyName: true, allowWildcard: false };
  if (direction === 'phone-dials') {
    const { server, next } = await listening({
      ...common,
      identity: switchIdentity,
      clientCertificate: clientCertificateOf(words),
      expectedSubjects: policy.startsWith('subjects') ? [NAME] : [],
      ...(kind === WEAK ? { ciphers: CARELESS } : {}),
    });
    const dialled = await nodeNetwork.connectStream({
      remote: server.local,
      tls: { settings: { ...ofPhone, ...careful }, serverName: 'switch.example.com' },
      timeoutMs: 5_000,
    });
    if (dialled.ok) open.push(() => { dialled.value.destroy(); }); // prettier-ignore
    const accepted = await next;
    if ('code' in accepted) return accepted.code;
    open.push(() => { accepted.destroy(); }); // prettier-ignore
    return accepted.security?.peerVerified === true ? 'verified' : 'nobody';
  }
  if (identity === undefined) throw new Error('there is no server without a certificate');
  const { server, next } = await listening({ ...ofPhone, identity, clientCertificate: 'required' });
  const dialled = await nodeNetwork.connectStream({
    remote: server.local,
    tls: {
      settings: {
        ...common,
        ...careful,
        ...serverVerificationOf(words),
        identity: switchIdentity,
        ...(kind === WEAK ? { ciphers: CARELESS } : {}),
      },
      serverName: NAME,
    },
    timeoutMs: 5_000,
  });
  void next.then((accepted) => { if ('destroy' in accepted) accepted.destroy(); }); // prettier-ignore
  if (!dialled.ok) return dialled.error.code;
  dialled.value.destroy();
  if (dialled.value.security?.peerVerified === true) return 'verified';
  return words.out === 'none' ? 'nobody' : 'chain';
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('RFC 5922 §7 tls-verify-policy over %s', (version) => {
  describe.each([
    ['phone-dials', 'the phone dials'],
    ['switch-dials', 'the switch dials'],
  ] as const)('%s', (direction, who) => {
    it.each(KINDS.filter((kind) => outcomeOf(direction, 'none', kind) !== undefined))(
      `${who}: every policy judges a certificate $kind as its rule says`,
      async (kind) => {
        const seen: Record<string, Outcome> = {};
        for (const policy of POLICIES) seen[policy] = await judge(direction, policy, kind, version);
        expect(seen).toEqual(
          Object.fromEntries(POLICIES.map((policy) => [policy, outcomeOf(direction, policy, kind)])),
        );
      },
    );
  });
});

it('the page of the documentation shows the matrix as it is proved', async () => {
  expect(await readFile(new URL('../../../docs/tls-matrix.md', import.meta.url), 'utf8')).toBe(matrixPage());
});
