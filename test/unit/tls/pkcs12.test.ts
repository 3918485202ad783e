import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodePkcs12Crypto } from '../../../core/io/node-pkcs12-crypto.ts';
import { writePkcs12 } from '../../../core/tls/pkcs12.ts';
import { derOf, good, issue, makeAuthority } from '../../support/test-authority.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-pkcs12-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Standard output and standard error together. */
function openssl(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  return stdout + stderr;
}

const root = await makeAuthority();
const intermediate = good(await root.issueAuthority({ commonName: 'Intermediate' }));

describe('RFC 7292 PKCS#12', () => {
  it.each([
    ['modern', 'ec', 'correct horse'],
    ['modern', 'rsa', 'Grüße €'],
    ['modern', 'ec', ''],
    ['legacy', 'ec', 'correct horse'],
    ['legacy', 'rsa', 'a password of more than sixty-four octets when it is written as UTF-16'],
  ] as const)('%s, with a key of type %s, is opened by OpenSSL with the password and no other', async (...row) => {
    const [strength, keyType, password] = row;
    const { certificateChain, key } = await issue(intermediate, { keyType });
    const pkcs8 = createPrivateKey(key.reveal());
    const file = writePkcs12(
      {
        key: pkcs8.export({ type: 'pkcs8', format: 'der' }),
        certificates: derOf(certificateChain + root.certificate),
        friendlyName: 'pbx.example.com',
        password,
        strength,
      },
      nodePkcs12Crypto,
    );
    writeFileSync(join(folder, 'file.p12'), file);
    const open = ['pkcs12', '-in', 'file.p12', '-passin', `pass:${password}`];
    const text = openssl(...open, '-nodes');
    expect(createPrivateKey(text).equals(pkcs8)).toBe(true);
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
    expect(text).toContain('friendlyName: pbx.example.com');
    // The certificate of the key is told from its chain by the identifier that both carry.
    const own = openssl(...open, '-nokeys', '-clcerts');
    expect(new X509Certificate(own).checkPrivateKey(pkcs8)).toBe(true);
    expect(openssl('pkcs12', '-in', 'file.p12', '-passin', 'pass:wrong', '-nodes')).toContain('invalid password');
    const info = openssl(...open, '-info', '-noout');
    expect(info).toContain(strength === 'modern' ? 'AES-256-CBC' : 'pbeWithSHA1And3-KeyTripleDES-CBC');
  });

  it('without a key holds certificates only', () => {
    const certificates = derOf(root.certificate);
    const content = { key: undefined, certificates, friendlyName: 'x', password: 'p', strength: 'modern' } as const;
    writeFileSync(join(folder, 'trust.p12'), writePkcs12(content, nodePkcs12Crypto));
    const text = openssl('pkcs12', '-in', 'trust.p12', '-passin', 'pass:p', '-nodes');
    expect(text).toContain('BEGIN CERTIFICATE');
    expect(text).not.toContain('PRIVATE KEY');
  });
});
