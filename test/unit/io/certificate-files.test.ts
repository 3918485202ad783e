import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { authorityContext, readAuthority, writeAuthority } from '../../../core/io/authority-files.ts';
import { loadCertificateFolder, readTrust } from '../../../core/io/certificate-files.ts';
import { setupCertificates } from '../../../core/io/certificate-setup.ts';
import { readIdentity } from '../../../core/io/identity-file.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-certificates-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const SETUP = {
  names: ['pbx.example.com', 'localhost'],
  ips: ['127.0.0.1'],
  profiles: ['internal', 'external'],
  now: Date.now(),
} as const;

async function write(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text, { mode });
  await chmod(path, mode);
  return path;
}

describe('the set-up of certificates', () => {
  it('makes the authority and a folder for each profile, keys for the owner only', async () => {
    const { caFile } = good(await setupCertificates(folder, SETUP));
    expect(caFile).toBe(join(folder, 'CA', 'cacert.pem'));
    const files = (await readdir(folder, { recursive: true })).sort();
    const records = files.filter((file) => file.startsWith('CA/issued/'));
    expect(records.map((file) => /^CA\/issued\/[0-9a-f]{32}\.pem$/.test(file))).toEqual([true, true]);
    expect(files.filter((file) => !records.includes(file))).toEqual([
      'CA',
      'CA/cacert.pem',
      'CA/cakey.pem',
      'CA/issued',
      'external',
      'external/agent.pem',
      'external/cafile.pem',
      'internal',
      'internal/agent.pem',
      'internal/cafile.pem',
    ]);
    for (const file of files) {
      const { mode } = await stat(join(folder, file));
      const isKey = /cakey|agent/.test(file);
      if (file.endsWith('.pem')) expect((mode & 0o777).toString(8), file).toBe(isKey ? '600' : '644');
    }
    for (const purpose of ['sslserver', 'sslclient']) {
      const options = ['-x509_strict', '-purpose', purpose, '-CAfile', caFile, join(folder, 'internal', 'agent.pem')];
      expect(String(execFileSync('openssl', ['verify', ...options]))).toContain('OK');
    }
  });

  it('gives what a listener loads', async () => {
    good(await setupCertificates(folder, SETUP));
    const loaded = good(await loadCertificateFolder(join(folder, 'internal')));
    expect(loaded.warnings).toEqual([]);
    expect(loaded.trust).toHaveLength(1);
    expect(loaded.chain[0]?.san).toEqual(['DNS:pbx.example.com', 'DNS:localhost', 'IP:127.0.0.1']);
    expect(inspect(loaded, { depth: 9 })).not.toContain('PRIVATE KEY');
  });

  it('never overwrites an authority', async () => {
    good(await setupCertificates(folder, SETUP));
    const before = await readFile(join(folder, 'CA', 'cakey.pem'), 'utf8');
    expect(await setupCertificates(folder, SETUP)).toMatchObject({ ok: false, error: { code: 'config.conflict' } });
    expect(await readFile(join(folder, 'CA', 'cakey.pem'), 'utf8')).toBe(before);
  });
});

describe('an authority in its files', () => {
  const context = authorityContext(() => Date.now());

  it('issues again after it was read, also from a key with a passphrase', async () => {
    for (const passphrase of [undefined, new Secret('correct horse')]) {
      const path = join(folder, passphrase === undefined ? 'open' : 'closed');
      good(await writeAuthority(path, await makeAuthority(), passphrase));
      const key = await readFile(join(path, 'cakey.pem'), 'utf8');
      expect(key).toContain(passphrase === undefined ? 'BEGIN PRIVATE KEY' : 'BEGIN ENCRYPTED PRIVATE KEY');
      await issue(good(await readAuthority(path, context, passphrase)).authority);
    }
  });

  it('says that the passphrase is wrong', async () => {
    good(await writeAuthority(folder, await makeAuthority(), new Secret('right')));
    for (const passphrase of [undefined, new Secret('wrong')]) {
      expect(await readAuthority(folder, context, passphrase)).toMatchObject({ error: { code: 'file.passphrase' } });
    }
  });
});

describe('a certificate file', () => {
  it('may have its blocks in any order, and the chain is put right', async () => {
    const root = await makeAuthority();
    const intermediate = good(await root.issueAuthority({ commonName: 'Intermediate' }));
    const { certificateChain, key } = await issue(intermediate);
    const blocks = certificateChain.split(/(?<=-----END CERTIFICATE-----\n)/);
    const path = await write('agent.pem', [root.certificate, key.reveal(), ...blocks.reverse()].join('comment\n'));
    const { chain } = good(await readIdentity({ certificate: path }));
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=leaf', 'CN=Intermediate', 'CN=Test Root']);
  });

  it('finds an intermediate in cafile.pem, where FreeSWITCH wants it', async () => {
    const root = await makeAuthority();
    const intermediate = good(await root.issueAuthority({ commonName: 'Intermediate' }));
    const { certificateChain, key } = await issue(intermediate);
    const [leaf = ''] = certificateChain.split(/(?<=-----END CERTIFICATE-----\n)/);
    await write('agent.pem', leaf + key.reveal());
    await write('cafile.pem', root.certificate + intermediate.certificate);
    const { chain } = good(await loadCertificateFolder(folder));
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=leaf', 'CN=Intermediate']);
  });

  it('with a key that everybody may read gives a warning', async () => {
    const { certificateChain, key } = await issue(await makeAuthority());
    const path = await write('agent.pem', certificateChain + key.reveal(), 0o644);
    expect(good(await readIdentity({ certificate: path })).warnings).toMatchObject([{ code: 'file.key-exposed' }]);
    await chmod(path, 0o640);
    expect(good(await readIdentity({ certificate: path })).warnings).toEqual([]);
  });

  it('is refused with the reason', async () => {
    const one = await issue(await makeAuthority());
    const two = await issue(await makeAuthority());
    const reason = async (text: string): Promise<string> => {
      const read = await readIdentity({ certificate: await write('agent.pem', text) });
      if (!read.ok) expect(read.error.summary).toContain(join(folder, 'agent.pem'));
      return read.ok ? 'ok' : read.error.code;
    };
    expect(await reason(one.certificateChain + one.key.reveal())).toBe('ok');
    expect(await reason(one.certificateChain + two.key.reveal())).toBe('file.key-mismatch');
    expect(await reason(one.certificateChain)).toBe('file.no-key');
    expect(await reason(one.key.reveal())).toBe('file.no-certificate');
    expect(await reason('')).toBe('file.not-pem');
    expect(await reason('0\x82\x01\x02')).toBe('file.not-pem');
    expect(await reason(one.certificateChain.replace(/.{20}\n/, '****\n') + one.key.reveal())).toBe(
      'file.no-certificate',
    );
    expect(await reason(one.certificateChain + one.key.reveal().replace(/.{20}\n/, 'AAAA\n'))).toBe('file.no-key');
  });

  it('that is missing or no file is told apart', async () => {
    expect(await readTrust(join(folder, 'none.pem'))).toMatchObject({ error: { code: 'file.missing' } });
    expect(await readTrust(folder)).toMatchObject({ error: { code: 'file.unreadable' } });
  });
});
