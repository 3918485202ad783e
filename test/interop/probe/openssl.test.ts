import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installed } from '../../support/external-program.ts';
import { probing, type Probed } from '../../loopback/probe/probing.ts';
import { makeCertificate, openSslServer, type CertificateWish, type MadeCertificate } from './openssl-server.ts';

const NAME = 'pbx.example.com';
const SAN = `DNS:${NAME}`;
const WEAK = ['-cipher', 'ALL:@SECLEVEL=0'];

let folder: string;
let trust: string;
let root: MadeCertificate;
let foreign: MadeCertificate;
let intermediate: MadeCertificate;
let noAuthority: MadeCertificate;

/** Made one after the other: OpenSSL's databases of certificates have no locks. */
const certificates = new Map<string, MadeCertificate>();

const moment = (days: number): string =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;

/** The certificates of the servers by what is wrong with them; the issuer by its name. */
const WISHES: readonly (readonly [key: string, wish: Partial<CertificateWish>, by?: 'foreign' | 'intermediate' | 'none' | 'leaf'])[] = [
  ['good', {}],
  ['expired', { dates: [moment(-20), moment(-1)] }],
  ['early', { dates: [moment(1), moment(20)] }],
  ['soon', { dates: [moment(-20), moment(9)] }],
  ['self', {}, 'none'],
  ['foreign', {}, 'foreign'],
  ['below', {}, 'intermediate'],
  ['under a leaf', {}, 'leaf'],
  ['client', { eku: 'clientAuth' }],
  ['other', { san: 'DNS:other.example.com' }],
  ['wildcard', { san: 'DNS:*.example.com' }],
  ['1024', { key: 'RSA rsa_keygen_bits:1024' }],
  ['sha1', { digest: 'sha1' }],
  ['encipher', { key: 'RSA rsa_keygen_bits:2048', keyUsage: 'keyEncipherment' }],
]; // prettier-ignore

/** What `openssl s_server` is started with, and what must be found first. */
const CASES: readonly (readonly [what: string, certificate: string, args: readonly string[], worst: string])[] = [
  ['nothing, but no SIP either', 'good', [], 'warning sip.timeout'],
  ['expired', 'expired', [], 'error cert.expired'],
  ['not yet valid', 'early', [], 'error cert.not-yet-valid'],
  ['expires in nine days', 'soon', [], 'warning cert.expired'],
  ['signed by itself', 'self', [], 'error cert.self-signed'],
  ['of another authority', 'foreign', [], 'error cert.unknown-ca'],
  ['with the root of another authority', 'foreign', ['-cert_chain', 'foreign root'], 'error cert.self-signed-in-chain'],
  ['without the intermediate', 'below', [], 'error cert.incomplete-chain'],
  ['with the intermediate', 'below', ['-cert_chain', 'intermediate'], 'warning sip.timeout'],
  ['signed by who is no authority', 'under a leaf', ['-cert_chain', 'no authority'], 'error cert.invalid-ca'],
  ['for clients only', 'client', [], 'error cert.wrong-purpose'],
  ['for keys only', 'encipher', ['-tls1_2', '-cipher', 'ALL'], 'error cert.wrong-purpose'],
  ['for another name', 'other', [], 'error cert.name-mismatch'],
  ['only a commonName', 'common name', [], 'warning cert.name-mismatch'],
  ['a wildcard', 'wildcard', [], 'error cert.wildcard'],
  ['RSA 1024', '1024', WEAK, 'error cert.weak-key'],
  ['SHA-1', 'sha1', WEAK, 'error cert.weak-signature'],
  ['TLS 1.2 only', 'good', ['-tls1_2'], 'warning sip.timeout'],
  ['TLS 1.3 only', 'good', ['-tls1_3'], 'warning sip.timeout'],
  ['TLS 1.0 only', 'good', ['-tls1', ...WEAK], 'error tls.version-mismatch'],
  ['TLS 1.0 to 1.3', 'good', WEAK, 'warning tls.weak-security'],
  ['only ciphers of yesterday', 'good', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA'], 'error tls.no-shared-cipher'],
  ['a client certificate demanded, TLS 1.3', 'good', ['-Verify', '1'], 'error tls.client-certificate-required'],
  ['a client certificate demanded, TLS 1.2', 'good', ['-Verify', '1', '-tls1_2'], 'error tls.client-certificate-required'],
  ['no certificate at all', '', ['-nocert'], 'error tls.server-without-certificate'],
  ['no certificate, TLS 1.2', '', ['-nocert', '-tls1_2'], 'error tls.server-without-certificate'],
  ['its certificate only for who names it', 'other', ['-servername', NAME, '-cert2', 'good'], 'warning cert.name-mismatch'],
]; // prettier-ignore

describe.skipIf(!installed('openssl'))('a probe of openssl s_server', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-probe-'));
    root = await makeCertificate(folder, { name: 'Probe Root', isCa: true });
    foreign = await makeCertificate(folder, { name: 'Foreign Root', isCa: true });
    intermediate = await makeCertificate(folder, { name: 'Probe Issuing Authority', isCa: true, by: root });
    noAuthority = await makeCertificate(folder, { name: 'No Authority', by: root });
    trust = await readFile(root.certificate, 'utf8');
    for (const [key, wish, by] of WISHES) {
      const issuer = { foreign, intermediate, leaf: noAuthority, none: undefined, root }[by ?? 'root'];
      const made = await makeCertificate(folder, {
        name: key,
        san: SAN,
        ...wish,
        ...(issuer === undefined ? {} : { by: issuer }),
      });
      certificates.set(key, made);
    }
    certificates.set('common name', await makeCertificate(folder, { name: NAME, by: root }));
    certificates.set('foreign root', foreign).set('intermediate', intermediate).set('no authority', noAuthority);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const file = (key: string): MadeCertificate => {
    const made = certificates.get(key);
    if (made === undefined) throw new Error(`no certificate ${key}`);
    return made;
  };

  async function probed(key: string, args: readonly string[]): Promise<Probed> {
    const words = args.flatMap((word, index) => {
      if (args[index - 1] === '-cert_chain') return [file(word).certificate];
      return args[index - 1] === '-cert2' ? [file(word).certificate, '-key2', file(word).key] : [word];
    });
    const own = key === '' ? [] : ['-cert', file(key).certificate, '-key', file(key).key];
    const server = await openSslServer([...own, ...words]);
    try {
      return await probing(`${NAME}:${server.port}`, { tls: { trust: [trust] } });
    } finally {
      await server.stop();
    }
  }

  it.concurrent.for(CASES)('%s: %s', { timeout: 60_000 }, async ([, key, args, worst], { expect: expectHere }) => {
    const report = await probed(key, args);
    expectHere(report.worst, JSON.stringify(report)).toBe(worst);
  });

  it('a wish for a client certificate, ALPN and versions are told', { timeout: 60_000 }, async () => {
    const { tls } = await probed('good', ['-verify', '1', '-alpn', 'sip/2']);
    expect(tls).toMatchObject({
      versions: { TLSv1: expect.stringMatching(/^refused:/) as string, 'TLSv1.2': 'accepted', 'TLSv1.3': 'accepted' },
      clientCertificateRequested: true,
      clientCertificateRequired: false,
      applicationProtocol: 'sip/2',
      sameWithoutServerName: true,
    });
  });
});
