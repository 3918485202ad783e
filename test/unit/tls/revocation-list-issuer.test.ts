import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCertificates } from '../../../core/tls/certificate-reader.ts';
import type { Revocation } from '../../../core/tls/revocation-list-issuer.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-crl-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function openssl(...args: readonly string[]): string {
  try {
    return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

const DAY_MS = 86_400_000;
const now = Date.now();

describe.each(['ec', 'rsa'] as const)('RFC 5280 a revocation list of an authority with %s keys', (keyType) => {
  it('§5 is signed, has its dates and its number, and takes back what it names', async () => {
    const root = await makeAuthority({ keyType });
    const [lost, kept] = [await issue(root), await issue(root)];
    const serial = good(readCertificates(lost.certificateChain))[0]?.serial ?? '';
    const revoked: Revocation[] = [
      { serial, at: now, reason: 'keyCompromise' },
      { serial: '7', at: now, reason: 'unspecified' },
    ];
    const list = await root.revocationList({ revoked, number: 128, thisUpdate: now, nextUpdate: now + DAY_MS });
    writeFileSync(join(folder, 'root.pem'), root.certificate);
    writeFileSync(join(folder, 'crl.pem'), list);
    writeFileSync(join(folder, 'lost.pem'), lost.certificateChain);
    writeFileSync(join(folder, 'kept.pem'), kept.certificateChain);
    const text = openssl('crl', '-in', 'crl.pem', '-CAfile', 'root.pem', '-noout', '-text');
    expect(text).toContain('Version 2');
    expect(text).toMatch(/X509v3 CRL Number:\s+128\n/);
    expect(text).toContain('Key Compromise');
    expect(text.match(/Reason Code/g)).toHaveLength(1);
    expect(openssl('crl', '-in', 'crl.pem', '-CAfile', 'root.pem', '-noout')).toBe('');
    const verify = ['verify', '-x509_strict', '-crl_check', '-CAfile', 'root.pem', '-CRLfile', 'crl.pem'];
    expect(openssl(...verify, 'kept.pem')).toContain('OK');
    expect(openssl(...verify, 'lost.pem')).toContain('error 23');
  });
});

it('RFC 5280 §5.1.2.6 an empty revocation list leaves its entries out', async () => {
  const root = await makeAuthority();
  const list = await root.revocationList({ revoked: [], number: 1, thisUpdate: now, nextUpdate: now + DAY_MS });
  writeFileSync(join(folder, 'root.pem'), root.certificate);
  writeFileSync(join(folder, 'crl.pem'), list);
  expect(openssl('crl', '-in', 'crl.pem', '-CAfile', 'root.pem', '-noout', '-text')).toContain('No Revoked');
});
