import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCertificates } from '../../../core/tls/certificate-reader.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-authority-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What `openssl verify` says of a chain for a purpose; `ok` where it is content. */
function verify(root: string, chain: string, purpose: 'sslserver' | 'sslclient'): string {
  const [rootFile, chainFile] = [join(folder, 'root.pem'), join(folder, 'chain.pem')];
  writeFileSync(rootFile, root);
  writeFileSync(chainFile, chain);
  const options = ['-x509_strict', '-purpose', purpose, '-CAfile', rootFile, '-untrusted', chainFile, chainFile];
  try {
    execFileSync('openssl', ['verify', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    return 'ok';
  } catch (error) {
    return /error (\d+)/.exec(String((error as { stderr: Buffer }).stderr))?.[1] ?? String(error);
  }
}

/** RSA keys take seconds to find on a busy machine. */
const PATIENCE = 60_000;

describe.each(['ec', 'rsa'] as const)('an authority with %s keys', { timeout: PATIENCE }, (keyType) => {
  it('issues what strict verification accepts for its role, and for no other', async () => {
    const root = await makeAuthority({ keyType });
    const chain = async (role: 'server' | 'client' | 'both'): Promise<string> =>
      (await issue(root, { role, keyType })).certificateChain;
    const server = await chain('server');
    expect(verify(root.certificate, server, 'sslserver')).toBe('ok');
    expect(verify(root.certificate, server, 'sslclient')).toBe('26');
    const client = await chain('client');
    expect(verify(root.certificate, client, 'sslserver')).toBe('26');
    expect(verify(root.certificate, client, 'sslclient')).toBe('ok');
    const both = await chain('both');
    expect(verify(root.certificate, both, 'sslserver')).toBe('ok');
    expect(verify(root.certificate, both, 'sslclient')).toBe('ok');
  });

  it('§4.2.1.3 gives every certificate digitalSignature, without which BoringSSL refuses it', async () => {
    const { certificateChain } = await issue(await makeAuthority({ keyType }), { keyType });
    expect(good(readCertificates(certificateChain))[0]?.keyUsage).toContain('digitalSignature');
  });

  it('hands out the key that belongs to the certificate', async () => {
    const { certificateChain, key } = await issue(await makeAuthority({ keyType }), { keyType });
    expect(new X509Certificate(certificateChain).checkPrivateKey(createPrivateKey(key.reveal()))).toBe(true);
  });
});

describe('an authority', () => {
  it('works through an intermediate that is sent with the leaf, while the root is not', async () => {
    const root = await makeAuthority();
    const intermediate = good(await root.issueAuthority({ commonName: 'Test Intermediate' }));
    const { certificateChain } = await issue(intermediate);
    expect(good(readCertificates(certificateChain)).map(({ subject }) => subject)).toEqual([
      'CN=leaf',
      'CN=Test Intermediate',
    ]);
    expect(verify(root.certificate, certificateChain, 'sslserver')).toBe('ok');
  });

  it('§4.1.2.5 writes dates of 2050 and later as GeneralizedTime', async () => {
    const root = await makeAuthority({ notAfter: Date.UTC(2080, 0, 1) });
    const { certificateChain } = await issue(root, { notAfter: Date.UTC(2056, 5, 1) });
    const [leaf] = good(readCertificates(certificateChain));
    expect(leaf?.notAfter).toBe('2056-06-01T00:00:00.000Z');
    const raw = Buffer.from(new X509Certificate(certificateChain).raw).toString('latin1');
    expect(raw).toContain('20560601000000Z');
    expect(verify(root.certificate, certificateChain, 'sslserver')).toBe('ok');
  });

  it('starts a day in the past, for devices whose clock is slow', async () => {
    const [leaf] = good(readCertificates((await issue(await makeAuthority())).certificateChain));
    const age = Date.now() - Date.parse(leaf?.notBefore ?? '');
    expect(age).toBeGreaterThan(86_000_000);
    expect(age).toBeLessThan(87_000_000);
  });

  it('takes any organisation as it is written', async () => {
    const organization = 'Müller, "Söhne" + #1';
    const [root] = good(readCertificates((await makeAuthority({ organization })).certificate));
    expect(new X509Certificate((await makeAuthority({ organization })).certificate).subject).toContain('Müller');
    expect(root?.subject).toBe('CN=Test Root, O=Müller\\, \\"Söhne\\" \\+ #1');
  });

  it.each([
    [{ dns: ['not a name'] }, 'not a name'],
    [{ dns: ['-a.example'] }, '-a.example'],
    [{ ips: ['300.1.1.1'] }, '300.1.1.1'],
    [{ uris: ['example.com'] }, 'example.com'],
  ])('refuses %j', async (names, bad) => {
    const issued = await (await makeAuthority()).issue({ commonName: 'x', role: 'server', ...names });
    expect(issued).toMatchObject({ ok: false, error: { code: 'config.invalid' } });
    expect(issued.ok ? '' : issued.error.summary).toContain(bad);
  });

  it('never gives two certificates one serial number', async () => {
    const root = await makeAuthority();
    const serials = await Promise.all(
      Array.from({ length: 8 }, async () => good(readCertificates((await issue(root)).certificateChain))[0]?.serial),
    );
    expect(new Set(serials).size).toBe(8);
  });
});
