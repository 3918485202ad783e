import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { loadCertificateFolder } from '../../../core/io/certificate-files.ts';
import { readIdentity } from '../../../core/io/identity-file.ts';
import { nodePkcs12Crypto } from '../../../core/io/node-pkcs12-crypto.ts';
import { exposedBy } from '../../../core/io/windows-access.ts';
import { derInteger, derOid, derSequence, der } from '../../../core/tls/der-writer.ts';
import { writePem } from '../../../core/tls/pem.ts';
import { writePkcs12 } from '../../../core/tls/pkcs12.ts';
import { derOf, good, issue, makeAuthority } from '../../support/test-authority.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-broken-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const root = await makeAuthority();
const one = await issue(root);
const two = await issue(root);
const agent = one.certificateChain + one.key.reveal();
const [certificate = new Uint8Array(0)] = derOf(one.certificateChain);
const pkcs8 = createPrivateKey(one.key.reveal());

async function read(content: string | Uint8Array, passphrase?: string): Promise<[string, string, string]> {
  const path = join(folder, 'agent.pem');
  await writeFile(path, content, { mode: 0o600 });
  const identity = await readIdentity({
    certificate: path,
    passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
  });
  return identity.ok ? ['ok', '', ''] : [identity.error.code, identity.error.summary, identity.error.cure];
}

describe('a file that is good in spite of its form', () => {
  it.each<[string, string | Uint8Array]>([
    ['lines ended as on Windows', agent.replace(/\n/g, '\r\n')],
    ['a byte order mark', `\uFEFF${agent}`],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${agent}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${agent}`, 'utf16le').swap16()],
    [
      'text before, between and behind the blocks',
      `Bag Attributes\n${agent.replace(/(?=-----BEGIN)/g, '\n# text ü\n')}x`,
    ],
    ['the key first', one.key.reveal() + one.certificateChain],
    ['the key of the last certificate left in front', two.key.reveal() + agent],
    ['spaces at the ends of lines', agent.replace(/([^-])\n/g, '$1  \n')],
    ['no line end at the end', agent.trimEnd()],
  ])('%s', async (_, content) => {
    expect(await read(content)).toEqual(['ok', '', '']);
  });

  it.each<[string, () => string | Buffer, string | undefined]>([
    ['SEC 1', () => pkcs8.export({ type: 'sec1', format: 'pem' }), undefined],
    ['PKCS#8', () => pkcs8.export({ type: 'pkcs8', format: 'pem' }), undefined],
    [
      'encrypted PKCS#8',
      () => pkcs8.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' }),
      'p',
    ],
    [
      'encrypted SEC 1 (RFC 1421)',
      () => pkcs8.export({ type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'p' }),
      'p',
    ],
  ])('a key as %s', async (_, key, passphrase) => {
    expect(await read(one.certificateChain + String(key()), passphrase)).toEqual(['ok', '', '']);
    if (passphrase === undefined) return;
    expect((await read(one.certificateChain + String(key())))[1]).toContain('none was given');
    const [code, summary] = await read(one.certificateChain + String(key()), 'wrong');
    expect([code, summary]).toEqual(['file.passphrase', expect.stringContaining('not the one')]);
  });
});

describe('a file that is something else is called by its name', () => {
  const p12 = writePkcs12(
    {
      key: pkcs8.export({ type: 'pkcs8', format: 'der' }),
      certificates: [certificate],
      friendlyName: 'x',
      password: 'x',
      strength: 'modern',
    },
    nodePkcs12Crypto,
  );
  const p7b = derSequence(derOid('1.2.840.113549.1.7.2'), der(0xa0, derSequence(derInteger(1))));
  it.each<[string, string | Uint8Array, string, RegExp]>([
    ['a certificate in DER form', certificate, 'file.not-pem', /a certificate in DER form/],
    ['PKCS#12', p12, 'file.not-pem', /PKCS#12/],
    ['PKCS#7', p7b, 'file.not-pem', /PKCS#7/],
    ['a key in DER form', pkcs8.export({ type: 'pkcs8', format: 'der' }), 'file.not-pem', /a private key in DER form/],
    ['a Java key store', Buffer.from('feedfeed00000002', 'hex'), 'file.not-pem', /a Java key store/],
    ['nothing', '', 'file.not-pem', /empty/],
    ['a block without its end', agent.slice(0, 200), 'file.not-pem', /without its end/],
    ['a web page', '<html>not found</html>', 'file.not-pem', /no block/],
    ['garbage that begins as DER', Uint8Array.of(0x30, 0x84, 1, 2, 3), 'file.not-pem', /damaged DER/],
    ['a request', writePem('CERTIFICATE REQUEST', certificate), 'file.no-certificate', /CERTIFICATE REQUEST/],
    ['a public key', one.certificateChain + writePem('PUBLIC KEY', certificate), 'file.no-key', /PUBLIC KEY/],
    [
      'a key of OpenSSH',
      one.certificateChain + writePem('OPENSSH PRIVATE KEY', certificate),
      'file.no-key',
      /form of OpenSSH/,
    ],
    ['a damaged key', one.certificateChain + writePem('PRIVATE KEY', certificate), 'file.no-key', /damaged/],
    ['the key of another', one.certificateChain + two.key.reveal(), 'file.key-mismatch', /belongs to none/],
  ])('%s', async (_, content, code, summary) => {
    const [found, text, cure] = await read(content);
    expect([found, text]).toEqual([code, expect.stringMatching(summary)]);
    expect(cure).not.toBe('');
  });

  it('PKCS#12: and how to convert it', async () => {
    expect((await read(p12))[2]).toContain('openssl pkcs12');
  });
});

describe('a hostile file', () => {
  it('of ten megabytes is not read', async () => {
    const path = join(folder, 'agent.pem');
    await writeFile(path, agent);
    await truncate(path, 10 * 1024 * 1024);
    expect(await readIdentity({ certificate: path })).toMatchObject({
      error: { code: 'file.unreadable', evidence: { detail: expect.stringContaining('larger') as string } },
    });
  });

  it.skipIf(process.platform === 'win32')('a pipe that nobody writes to is not waited for', async () => {
    const path = join(folder, 'agent.pem');
    execFileSync('mkfifo', [path]);
    expect(await readIdentity({ certificate: path })).toMatchObject({ error: { code: 'file.unreadable' } });
  });

  it('a device that never ends, a folder, and links that point at each other', async () => {
    await symlink('/dev/zero', join(folder, 'zero.pem'));
    await symlink('b.pem', join(folder, 'a.pem'));
    await symlink('a.pem', join(folder, 'b.pem'));
    await mkdir(join(folder, 'folder.pem'));
    for (const name of ['zero.pem', 'a.pem', 'folder.pem']) {
      expect(await readIdentity({ certificate: join(folder, name) })).toMatchObject({
        error: { code: 'file.unreadable' },
      });
    }
  });

  it('a key that asks for thousands of millions of rounds is not opened', async () => {
    const rounds = derSequence(der(0x04, new Uint8Array(8)), derInteger(2 ** 31 - 1));
    const derivation = derSequence(derOid('1.2.840.113549.1.5.12'), rounds);
    const cipher = derSequence(derOid('2.16.840.1.101.3.4.1.42'), der(0x04, new Uint8Array(16)));
    const key = derSequence(
      derSequence(derOid('1.2.840.113549.1.5.13'), derSequence(derivation, cipher)),
      der(0x04, new Uint8Array(64)),
    );
    expect((await read(one.certificateChain + writePem('ENCRYPTED PRIVATE KEY', key), 'p'))[0]).toBe('file.passphrase');
  });

  it('a hundred thousand blocks, or half of them, are gone through at once', async () => {
    expect((await read('-----BEGIN X-----\n'.repeat(50_000)))[0]).toBe('file.not-pem');
    expect((await read(`-----BEGIN X-----\n${'- '.repeat(400_000)}`))[0]).toBe('file.not-pem');
    expect((await read('-----BEGIN X-----\n-----END X-----\n'.repeat(25_000)))[0]).toBe('file.no-certificate');
  });

  it('two certificates of one name: the signature tells which is the issuer', async () => {
    const other = await makeAuthority();
    const path = join(folder, 'agent.pem');
    const intermediate = good(await root.issueAuthority({ commonName: 'Same name' }));
    const impostor = good(await other.issueAuthority({ commonName: 'Same name' }));
    const leaf = await issue(intermediate);
    const [own = ''] = leaf.certificateChain.split(/(?<=-----END CERTIFICATE-----\n)/);
    await writeFile(path, own + impostor.certificate + leaf.certificateChain.slice(own.length) + leaf.key.reveal());
    const { identity } = good(await readIdentity({ certificate: path }));
    expect(identity.certificateChain).toBe(leaf.certificateChain);
  });
});

describe('a certificate folder', () => {
  it('takes tls.pem for what is missing, as FreeSWITCH does', async () => {
    await writeFile(join(folder, 'tls.pem'), agent + root.certificate, { mode: 0o600 });
    const { files, trust } = good(await loadCertificateFolder(folder));
    expect(files).toMatchObject({ identity: join(folder, 'tls.pem'), trust: join(folder, 'tls.pem') });
    expect(trust).toHaveLength(2);
  });

  it.skipIf(process.getuid?.() !== 0)('never takes tls.pem for what it may not read', async () => {
    await writeFile(join(folder, 'tls.pem'), agent, { mode: 0o644 });
    await writeFile(join(folder, 'cafile.pem'), root.certificate);
    await mkdir(join(folder, 'agent.pem'));
    expect(await loadCertificateFolder(folder)).toMatchObject({ error: { code: 'file.unreadable' } });
  });

  it('says which file is missing', async () => {
    await writeFile(join(folder, 'cafile.pem'), root.certificate);
    expect(await loadCertificateFolder(folder)).toMatchObject({
      error: { code: 'file.missing', evidence: { path: join(folder, 'agent.pem') } },
    });
  });

  it('with a broken revocation list is not used, for the list could hold anything', async () => {
    await writeFile(join(folder, 'agent.pem'), agent, { mode: 0o600 });
    await writeFile(join(folder, 'cafile.pem'), root.certificate);
    await writeFile(join(folder, 'crl.pem'), 'broken');
    expect(await loadCertificateFolder(folder)).toMatchObject({ error: { code: 'file.not-pem' } });
    await writeFile(join(folder, 'crl.pem'), writePem('X509 CRL', certificate));
    expect(good(await loadCertificateFolder(folder)).revocationLists).toHaveLength(1);
  });
});

describe('a private key that others can get at', () => {
  it.each([
    [0o644, /mode 644: every user may read it/],
    [0o602, /mode 602: every user may replace it/],
  ])('is warned about: mode %o', async (mode, detail) => {
    const path = join(folder, 'agent.pem');
    await writeFile(path, agent);
    await chmod(path, mode);
    const { warnings } = good(await readIdentity({ certificate: path }));
    expect(warnings).toMatchObject([
      { code: 'file.key-exposed', evidence: { path, detail: expect.stringMatching(detail) as string } },
    ]);
  });

  it.each([
    ['O:BAG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1001)', undefined],
    ['O:BAG:SYD:AI(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)', 'Users may read it'],
    ['O:BAG:SYD:(A;;FR;;;WD)', 'Everyone may read it'],
    ['O:BAG:SYD:(A;;GA;;;S-1-5-11)', 'Authenticated Users may read it'],
    ['O:BAG:SYD:(A;OICIIO;GA;;;WD)', undefined],
    ['O:BAG:SYD:(D;;FA;;;WD)', undefined],
    ['O:BAG:SYD:(A;;0x100000;;;WD)', undefined],
    ['O:BAG:SYD:(A;;0x80000000;;;WD)', 'Everyone may read it'],
    ['', undefined],
    ['garbage (A;;FA', undefined],
  ])('by its access list on Windows: %s', (sddl, crowd) => {
    expect(exposedBy(sddl)).toBe(crowd);
  });
});
