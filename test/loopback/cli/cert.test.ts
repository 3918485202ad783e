import { createPrivateKey, X509Certificate } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCliHere, type CliEndHere } from '../../support/cli-here.ts';
import { killLeftovers, runCli, type CliEnd, type CliOptions } from '../../support/cli-run.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-cert-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});
afterAll(async () => {
  expect(await killLeftovers()).toEqual([]);
});

const at = (...parts: string[]): string => join(folder, ...parts);

/** Runs `sotto cert VERB` with `--dir`, as contract.md writes it. */
function cert(verb: string, ...args: string[]): Promise<CliEndHere> {
  return runCliHere(['cert', verb, '--dir', folder, ...args]);
}

/** The same in a process of its own, for what shall happen at the same time. */
function certApart(verb: string, ...args: string[]): Promise<CliEnd> {
  return runCli(['cert', verb, '--dir', folder, ...args]);
}

/** The same where nothing may go wrong; gives the result. */
async function done(verb: string, ...args: string[]): Promise<Readonly<Record<string, unknown>>> {
  const end = await cert(verb, ...args);
  expect(end.code, end.stdout + end.stderr).toBe(0);
  return end.result ?? {};
}

function openssl(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  return stdout + stderr;
}

const verify = (purpose: 'sslserver' | 'sslclient', file: string, ...more: string[]): string =>
  openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'cafile.pem', ...more, file);

async function mode(...parts: string[]): Promise<string> {
  return ((await stat(at(...parts))).mode & 0o777).toString(8);
}

const codes = (end: CliEndHere): unknown[] => {
  const findings = end.result?.findings;
  if (!Array.isArray(findings)) return [];
  return (findings as { severity: string; code: string }[]).map(({ severity, code }) => `${severity} ${code}`);
};

describe('what gentls_cert does, sotto cert does: C1', () => {
  it('setup, create_server, create_client, remove, unattended and with its options', async () => {
    const ca = await done('setup', '-cn', 'pbx.example.com', '-org', 'Example', '-days', '2190');
    expect(ca).toMatchObject({ ca: at('CA', 'cacert.pem'), cafile: at('cafile.pem'), keyProtection: 'mode 600' });
    expect(ca.subject).toBe('CN=Authority of pbx.example.com, O=Example');
    const server = await done(
      'create_server',
      ...['-cn', 'pbx.example.com', '-alt', 'DNS:pbx.example.com,URI:sip:pbx.example.com'],
      ...['-org', 'Example', '-out', 'agent.pem', '-days', '300', '--ip', '192.0.2.7'],
    );
    expect(server).toMatchObject({
      file: at('agent.pem'),
      subject: 'CN=pbx.example.com, O=Example',
      san: ['DNS:pbx.example.com', 'IP:192.0.2.7', 'URI:sip:pbx.example.com'],
      role: ['server'],
      eku: ['serverAuth'],
      replaced: false,
    });
    const client = await done('create_client', '-cn', '1000', '--uri', 'sip:1000@pbx.example.com', '--key', 'rsa');
    expect(client).toMatchObject({ file: at('client.pem'), eku: ['clientAuth'], keyType: 'RSA' });
    expect(await mode('CA')).toBe('700');
    expect(await mode('CA', 'cakey.pem')).toBe('600');
    expect(await mode('agent.pem')).toBe('600');
    expect(await mode('cafile.pem')).toBe('644');
    expect(verify('sslserver', 'agent.pem')).toContain('OK');
    expect(verify('sslclient', 'agent.pem')).toContain('error 26');
    expect(verify('sslclient', 'client.pem')).toContain('OK');
    expect(verify('sslserver', 'client.pem')).toContain('error 26');

    const again = await cert('setup', '-cn', 'other');
    expect([again.code, again.codes]).toEqual([1, ['config.conflict']]);
    expect(again.stdout).toContain('Existing CA found in');
    const asked = await cert('remove');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('--yes');
    expect(await done('remove', '--yes')).toMatchObject({ removed: true, left: [] });
    expect((await readdir(folder)).sort()).toEqual(['agent.pem', 'cafile.pem', 'client.pem']);
    const without = await cert('create_server', '-cn', 'x.example');
    expect([without.code, without.codes]).toEqual([1, ['file.missing']]);
    expect(without.stdout).toContain('No existing CA found');
  }, 60_000);

  it('create is another word for create_server, which replaces and says so; a node may do both', async () => {
    await done('setup', '-cn', 'A');
    await done('create', '-alt', 'DNS:a.example');
    const both = await done('create_server', '--role', 'server,client', '-alt', 'a.example,192.0.2.1');
    expect(both).toMatchObject({ replaced: true, role: ['server', 'client'], eku: ['serverAuth', 'clientAuth'] });
    expect(both.subject).toBe('CN=a.example');
    for (const purpose of ['sslserver', 'sslclient'] as const) expect(verify(purpose, 'agent.pem')).toContain('OK');
  });

  it('issues into the folder of a profile, which is then complete', async () => {
    await done('setup', '-cn', 'A');
    await done('create_server', '-cn', 'a.example', '-out', 'internal/agent.pem');
    expect((await readdir(at('internal'))).sort()).toEqual(['agent.pem', 'cafile.pem']);
    expect(await readFile(at('internal', 'cafile.pem'), 'utf8')).toBe(await readFile(at('cafile.pem'), 'utf8'));
  });

  it.each([
    [['create_server'], /needs a name/],
    [['create_server', '-cn', 'not a host'], /no host name/],
    [['create_server', '-cn', 'x', '-alt', 'dirName:x'], /-alt/],
    [['create_server', '-cn', 'x', '--ip', '300.1.1.1'], /--ip/],
    [['create_server', '-cn', 'x', '-days', '0'], /--days/],
    [['create_server', '-cn', 'x', '--key', 'dsa'], /--key/],
    [['create_server', '-cn', 'x', '--role', 'proxy'], /--role/],
    [['create_server', '-cn', 'x'.repeat(65), '--ip', '192.0.2.1'], /64 characters/],
    [['setup', '-cn', 'a\u001b[31mb'], /control characters/],
    [['setup', '--passphrase', ''], /empty/],
    [['revoke', 'x', '--reason', 'fun'], /--reason/],
    [['export', '--format', 'jks'], /--format/],
  ])('wrong usage ends with 2 and says what is wrong: %j', async (args, message) => {
    if (args[0] !== 'setup') await done('setup', '-cn', 'A');
    const [verb = '', ...rest] = args;
    const end = await cert(verb, ...rest);
    expect([end.code, end.stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('tells of a life that Apple refuses, and of one that the authority cuts short', async () => {
    await done('setup', '-cn', 'A', '-days', '2000');
    const long = await cert('create_server', '-cn', 'a.example', '-days', '1500');
    expect(JSON.stringify(long.events.filter(({ event }) => event === 'notice'))).toContain('825');
    const cut = await cert('create_server', '-cn', 'a.example', '-days', '9000');
    expect(JSON.stringify(cut.events)).toContain('together with its authority');
    expect(verify('sslserver', 'agent.pem')).toContain('OK');
    const normal = await cert('create_server', '-cn', 'a.example');
    expect(normal.events).toHaveLength(1);
    const { validFromDate, validToDate } = new X509Certificate(await readFile(at('agent.pem')));
    expect((validToDate.getTime() - validFromDate.getTime()) / 86_400_000).toBe(397);
  });

  it('writes dates past 2049 as they are', async () => {
    await done('setup', '-cn', 'A', '-days', '36500');
    await done('create_server', '-cn', 'a.example', '-days', '30000');
    expect(openssl('x509', '-in', 'agent.pem', '-noout', '-enddate')).toMatch(/20[5-9]\d|21\d\d/);
    expect(verify('sslserver', 'agent.pem')).toContain('OK');
  });

  it('never writes over what is no certificate, nor over a link into another folder', async () => {
    await done('setup', '-cn', 'A');
    await writeFile(at('notes.txt'), 'precious');
    const end = await cert('create_server', '-cn', 'a.example', '-out', 'notes.txt');
    expect([end.code, end.codes]).toEqual([1, ['config.conflict']]);
    expect(await readFile(at('notes.txt'), 'utf8')).toBe('precious');
    const overCa = await cert('create_server', '-cn', 'a.example', '-out', 'CA/cakey.pem');
    expect([overCa.code, overCa.codes]).toEqual([1, ['config.conflict']]);
    await done('create_server', '-cn', 'a.example', '-out', 'notes.txt', '--yes');
  });

  it.runIf(process.getuid?.() === 0)(
    'keeps owner, group and the group’s right to read of a file that it replaces',
    async () => {
      await done('setup', '-cn', 'A');
      await done('create_server', '-cn', 'a.example');
      execFileSync('chown', ['0:12345', at('agent.pem')]);
      await chmod(at('agent.pem'), 0o640);
      await mkdir(at('live'));
      await symlink(at('agent.pem'), at('live', 'agent.pem'));
      await done('create_server', '-cn', 'a.example', '-out', 'live/agent.pem');
      const { gid } = await stat(at('agent.pem'));
      expect([gid, await mode('agent.pem')]).toEqual([12345, '640']);
      expect((await readdir(at('live'), { withFileTypes: true })).map((one) => one.isSymbolicLink())).toContain(true);
    },
  );

  it('two processes at once: one authority, and every certificate in the list', async () => {
    const both = await Promise.all([certApart('setup', '-cn', 'A'), certApart('setup', '-cn', 'B')]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
    const names = ['a', 'b', 'c'];
    const made = await Promise.all(
      names.map((name) => certApart('create_server', '-cn', `${name}.example`, '-out', name)),
    );
    expect(made.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const name of names) expect(verify('sslserver', name)).toContain('OK');
    const revoked = await Promise.all(names.map((name) => certApart('revoke', at(name))));
    expect(revoked.map(({ code }) => code)).toEqual([0, 0, 0]);
    const text = openssl('crl', '-in', 'crl.pem', '-noout', '-text');
    expect(text.match(/Serial Number/g)).toHaveLength(3);
    const { certificates } = await done('list');
    expect(new Set((certificates as { serial: string }[]).map(({ serial }) => serial)).size).toBe(3);
    expect((await readdir(at('CA'))).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 60_000);
});

describe('the key of the authority', () => {
  it('is encrypted with a passphrase, and is then needed; from the command line, a file or standard input', async () => {
    const file = at('passphrase');
    await writeFile(file, 'correct horse\nsecond line\n', { mode: 0o600 });
    expect(await done('setup', '-cn', 'A', '--passphrase', 'correct horse')).toMatchObject({
      keyProtection: 'passphrase',
    });
    const key = await readFile(at('CA', 'cakey.pem'), 'utf8');
    expect(key).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(createPrivateKey({ key, passphrase: 'correct horse' }).asymmetricKeyType).toBe('ec');
    const none = await cert('create_server', '-cn', 'a.example');
    expect([none.code, none.codes]).toEqual([1, ['file.passphrase']]);
    const wrong = await cert('create_server', '-cn', 'a.example', '--passphrase', 'wrong');
    expect([wrong.code, wrong.codes]).toEqual([1, ['file.passphrase']]);
    const right = await cert('create_server', '-cn', 'a.example', '--passphrase-file', file);
    expect(right.code).toBe(0);
    expect(right.stdout + right.stderr).not.toContain('correct');
    const program = new URL('../../support/cli-program.ts', import.meta.url).pathname;
    const args = [program, 'cli', 'cert', 'renew', at('agent.pem'), '--passphrase', '-', '--json'];
    const piped = spawnSync(process.execPath, args, { input: 'correct horse\n', encoding: 'utf8' });
    expect([piped.status, piped.stdout]).toEqual([0, expect.stringContaining('"ok":true')]);
  }, 60_000);

  it('half of an authority is told, and nothing is made beside it', async () => {
    await done('setup', '-cn', 'A');
    await rm(at('CA', 'cakey.pem'));
    const create = await cert('create_server', '-cn', 'a.example');
    expect([create.code, create.codes]).toEqual([1, ['file.missing']]);
    expect(create.stdout).toContain('cakey.pem');
    expect((await cert('setup', '-cn', 'B')).codes).toEqual(['config.conflict']);
    await writeFile(at('CA', 'cakey.pem'), (await issue(await makeAuthority())).key.reveal(), { mode: 0o600 });
    expect((await cert('create_server', '-cn', 'a.example')).codes).toEqual(['file.key-mismatch']);
  });
});

describe('sotto cert show, list, renew, revoke, export: C3', () => {
  it('shows every field, of PEM, DER and a folder', async () => {
    await done('setup', '-cn', 'A');
    await done('create_server', '-cn', 'a.example', '-org', 'O', '--ip', '2001:db8::1');
    const { certificates, keys } = await done('show', at('agent.pem'));
    const [shown] = certificates as Record<string, unknown>[];
    const raw = new X509Certificate(await readFile(at('agent.pem')));
    expect(shown).toMatchObject({
      subject: 'CN=a.example, O=O',
      issuer: 'CN=A',
      san: ['IP:2001:db8:0:0:0:0:0:1'],
      daysLeft: 395,
      keyType: 'EC P-256',
      signature: 'ecdsa-with-SHA256',
      eku: ['serverAuth'],
      keyUsage: ['digitalSignature'],
      isCa: false,
      serial: raw.serialNumber.toLowerCase(),
      sha256: raw.fingerprint256.replace(/:/g, '').toLowerCase(),
      sha1: raw.fingerprint.replace(/:/g, '').toLowerCase(),
    });
    expect(keys).toEqual([{ file: at('agent.pem'), encrypted: false }]);
    await done('export', at('agent.pem'), '--format', 'der');
    expect((await done('show', at('agent.cer'))).certificates).toMatchObject([{ sha256: shown?.sha256 }]);
    expect((await done('show')).certificates).toHaveLength(2);
    expect((await cert('show', at('CA', 'cakey.pem'))).code).toBe(0);
    expect((await cert('show', at('nothing.pem'))).codes).toEqual(['file.missing']);
    const text = spawnSync(process.execPath, [
      new URL('../../support/cli-program.ts', import.meta.url).pathname,
      ...['cli', 'cert', 'show', at('agent.pem')],
    ]);
    expect(String(text.stdout)).toContain('395 days left');
  }, 60_000);

  it('renews with the same names, role and kind of key, and a new key unless it shall stay', async () => {
    await done('setup', '-cn', 'A');
    await done('create_server', '-cn', 'a.example', '-alt', 'URI:sip:a.example,DNS:b.example', '--key', 'rsa');
    const before = await readFile(at('agent.pem'), 'utf8');
    const renewed = await done('renew', '-days', '100');
    const after = await readFile(at('agent.pem'), 'utf8');
    expect(renewed).toMatchObject({ san: ['DNS:b.example', 'URI:sip:a.example'], eku: ['serverAuth'] });
    expect(createPrivateKey(after).equals(createPrivateKey(before))).toBe(false);
    expect(createPrivateKey(after).asymmetricKeyType).toBe('rsa');
    expect(new X509Certificate(after).serialNumber).not.toBe(new X509Certificate(before).serialNumber);
    expect(new X509Certificate(after).checkPrivateKey(createPrivateKey(after))).toBe(true);
    expect(verify('sslserver', 'agent.pem')).toContain('OK');
    await done('renew', at('agent.pem'), '--keep-key');
    const kept = await readFile(at('agent.pem'), 'utf8');
    expect(createPrivateKey(kept).equals(createPrivateKey(after))).toBe(true);
    expect(await mode('agent.pem')).toBe('600');
    const foreign = await issue(await makeAuthority());
    await writeFile(at('foreign.pem'), foreign.certificateChain + foreign.key.reveal(), { mode: 0o600 });
    expect((await cert('renew', at('foreign.pem'))).codes).toEqual(['cert.unknown-ca']);
  }, 60_000);

  it('revokes by file and by serial number, and OpenSSL refuses from then on', async () => {
    await done('setup', '-cn', 'A');
    await done('create_client', '-cn', '1000', '-out', 'one.pem');
    const two = await done('create_client', '-cn', '1001', '-out', 'two.pem');
    await done('create_client', '-cn', '1002', '-out', 'internal/three.pem');
    expect(await done('revoke', at('one.pem'), '--reason', 'keyCompromise')).toMatchObject({ revoked: 1 });
    expect(await done('revoke', String(two.serial))).toMatchObject({
      revoked: 2,
      crl: [at('CA', 'crl.pem'), at('crl.pem'), at('internal', 'crl.pem')],
    });
    const check = ['-crl_check', '-CRLfile', 'crl.pem'];
    expect(openssl('crl', '-in', 'crl.pem', '-CAfile', 'cafile.pem', '-noout')).toContain('verify OK');
    expect(verify('sslclient', 'one.pem', ...check)).toContain('error 23');
    expect(verify('sslclient', 'two.pem', ...check)).toContain('error 23');
    expect(verify('sslclient', 'internal/three.pem', ...check)).toContain('OK');
    const { certificates } = await done('list');
    const states = (certificates as { subject: string; revoked: { reason: string } | null }[]).map(
      ({ subject, revoked }) => [subject, revoked?.reason],
    );
    expect(new Map(states as [string, string][])).toEqual(
      new Map([
        ['CN=1000', 'keyCompromise'],
        ['CN=1001', 'unspecified'],
        ['CN=1002', undefined],
      ]),
    );
    expect(await done('revoke', at('one.pem'), '--reason', 'superseded')).toMatchObject({ revoked: 2 });
    expect(openssl('crl', '-in', 'crl.pem', '-noout', '-text')).toContain('Key Compromise');
    expect((await cert('revoke', 'abcdef0123')).codes).toEqual(['config.invalid']);
    const foreign = await issue(await makeAuthority());
    await writeFile(at('foreign.pem'), foreign.certificateChain);
    expect((await cert('revoke', at('foreign.pem'))).codes).toEqual(['cert.unknown-ca']);
  }, 60_000);

  it('exports for phones and systems, and the private key only where it belongs', async () => {
    await done('setup', '-cn', 'A');
    await done('create_server', '-cn', 'a.example');
    const key = createPrivateKey(await readFile(at('agent.pem'), 'utf8'));
    expect(await done('export', '--format', 'pem')).toMatchObject({ certificates: 2, privateKey: false });
    expect(await readFile(at('agent-export.pem'), 'utf8')).not.toContain('PRIVATE KEY');
    await done('export', '--format', 'pem', '--with-key', '-out', at('whole.pem'));
    expect(createPrivateKey(await readFile(at('whole.pem'), 'utf8')).equals(key)).toBe(true);
    expect(await mode('whole.pem')).toBe('600');
    for (const more of [[], ['--legacy']]) {
      await done('export', '--format', 'pkcs12', '--passphrase', 'secret', '-out', at('a.p12'), ...more);
      expect(await mode('a.p12')).toBe('600');
      const text = openssl('pkcs12', '-in', 'a.p12', '-passin', 'pass:secret', '-nodes');
      expect(createPrivateKey(text).equals(key)).toBe(true);
      expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    }
    const made = await done('export', '--format', 'pkcs12', '--without-key');
    expect(String(made.passphrase)).toMatch(/^[\w-]{24}$/);
    const trust = openssl('pkcs12', '-in', 'agent.p12', '-passin', `pass:${String(made.passphrase)}`, '-nodes');
    expect(trust).not.toContain('PRIVATE KEY');
    await done('export', at('cafile.pem'), '--format', 'der', '-out', at('ca.cer'));
    expect(new X509Certificate(await readFile(at('ca.cer'))).ca).toBe(true);
  }, 60_000);
});

describe('sotto cert check: as the listener reads, worst first', () => {
  it('is content with what sotto cert makes', async () => {
    await done('setup', '-cn', 'A');
    await done('create_server', '-cn', 'a.example', '--role', 'server,client');
    const end = await cert('check', '--role', 'server,client', '--name', 'a.example');
    expect([end.code, codes(end)]).toEqual([0, []]);
  });

  it.each<[string, string[], string[], number]>([
    ['no folder', [], ['error file.missing'], 1],
    [
      'a client’s certificate',
      ['create_client', '-cn', 'a.example', '-out', 'agent.pem'],
      ['error cert.wrong-purpose'],
      1,
    ],
    ['another name', ['create_server', '-cn', 'b.example'], ['error cert.name-mismatch', 'info cert.wrong-purpose'], 1],
    [
      'a wildcard, and too long a life',
      ['create_server', '-alt', 'DNS:*.example,DNS:a.example', '-days', '2000'],
      ['warning cert.wildcard', 'warning config.conflict', 'info cert.wrong-purpose'],
      0,
    ],
    [
      'an end that is near',
      ['create_server', '-cn', 'a.example', '-days', '20'],
      ['warning cert.expired', 'info cert.wrong-purpose'],
      0,
    ],
  ])('%s', async (_, create, expected, code) => {
    await done('setup', '-cn', 'A');
    const [verb, ...args] = create;
    if (verb !== undefined) await done(verb, ...args);
    const end = await cert('check', '--name', 'a.example');
    expect([end.code, codes(end)], end.stdout).toEqual([code, expected]);
    if (code === 1) expect(end.codes[0]).toBe(String(expected[0]).replace('error ', ''));
  });

  it('a certificate that its list takes back, and a list that has ended', async () => {
    await done('setup', '-cn', 'A');
    await done('create_server', '-cn', 'a.example');
    await done('revoke');
    expect((await cert('check')).code).toBe(0);
    await done('revoke', at('agent.pem'));
    expect((await cert('check')).codes).toEqual(['cert.revoked']);
    const root = await makeAuthority();
    const now = Date.now();
    const ended = { revoked: [], number: 1, thisUpdate: now - 2000, nextUpdate: now - 1000 };
    await writeFile(at('crl.pem'), await root.revocationList(ended));
    expect((await cert('check')).codes).toEqual(['cert.crl-expired']);
    await writeFile(at('crl.pem'), '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n');
    expect((await cert('check')).codes).toEqual(['file.not-pem']);
  });

  it('names the intermediate certificate that is missing: C4', async () => {
    const root = await makeAuthority();
    const intermediate = good(await root.issueAuthority({ commonName: 'Example Issuing CA 7' }));
    const { certificateChain, key } = await issue(intermediate);
    const leaf = certificateChain.slice(0, certificateChain.indexOf('-----END') + 26);
    await writeFile(at('cafile.pem'), root.certificate);
    await writeFile(at('agent.pem'), leaf + key.reveal(), { mode: 0o600 });
    const without = await cert('check');
    expect([without.code, codes(without)[0]]).toEqual([1, 'error cert.incomplete-chain']);
    expect(without.stdout).toContain('Example Issuing CA 7');
    await writeFile(at('cafile.pem'), root.certificate + intermediate.certificate);
    expect((await cert('check')).code).toBe(0);
    await writeFile(at('cafile.pem'), root.certificate);
    await writeFile(at('agent.pem'), certificateChain + key.reveal());
    expect((await cert('check')).code).toBe(0);
  }, 60_000);

  it('tells broken files apart, and several at a time', async () => {
    const { certificateChain, key } = await issue(await makeAuthority());
    await writeFile(at('agent.pem'), certificateChain + (await issue(await makeAuthority())).key.reveal());
    await writeFile(at('cafile.pem'), 'no certificate');
    const end = await cert('check');
    expect(codes(end)).toEqual(['error file.not-pem', 'error file.key-mismatch']);
    const encrypted = createPrivateKey(key.reveal()).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'p',
    });
    await writeFile(at('cafile.pem'), certificateChain);
    await writeFile(at('agent.pem'), certificateChain + String(encrypted));
    expect((await cert('check')).codes).toEqual(['file.passphrase']);
    expect((await cert('check', '--passphrase', 'p')).code).toBe(0);
  }, 60_000);

  it.runIf(process.getuid?.() === 0)(
    'says whose a file is that it may not read, and who may read a key: C5',
    async () => {
      await done('setup', '-cn', 'A');
      await done('create_server', '-cn', 'a.example');
      await chmod(folder, 0o755);
      const asNobody: CliOptions = { uid: 65534, env: { HOME: '/nonexistent', NODE_COMPILE_CACHE: '' } };
      const unreadable = await runCli(['cert', 'check', folder], asNobody);
      expect([unreadable.code, unreadable.codes], unreadable.stdout + unreadable.stderr).toEqual([
        1,
        ['file.unreadable'],
      ]);
      expect(unreadable.stdout).toMatch(/EACCES, mode 600 of user 0 and group 0; this program runs as user 65534/);
      await chmod(at('agent.pem'), 0o644);
      const exposed = await cert('check');
      expect([exposed.code, codes(exposed)[0]]).toEqual([0, 'warning file.key-exposed']);
    },
  );
});
