import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExternalProgram, installed } from '../../support/external-program.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What the archive may take, octets: main process, window and an index of the rest, which lies beside it. */
const LARGEST_ARCHIVE = 3_000_000;
/** Everything but Electron itself. */
const LARGEST_PROGRAM = 40_000_000;

/** Packed with Node in the place of Electron: a package whose command line runs. */
describe.runIf(installed('dpkg-deb'))('the Debian package', () => {
  let folder: string;
  let deb: string;
  /** Path → mode and size. */
  let files: ReadonlyMap<string, { readonly mode: string; readonly size: number }>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-deb-test-'));
    const packing = new ExternalProgram(process.execPath, ['build/dist.ts', '--linux', 'deb', '--stand-in'], {
      cwd: ROOT,
    });
    deb = (await packing.line(/^.*\.deb$/, 240_000))[0];
    expect(await packing.end()).toBe(0);
    const list = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' }).trim().split('\n');
    files = new Map(
      list.map((line) => {
        const [mode = '', , size = '', , , path = ''] = line.split(/\s+/);
        return [path.slice(1), { mode, size: Number(size) }] as const;
      }),
    );
    execFileSync('dpkg-deb', ['-x', deb, folder]);
  }, 300_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const field = (name: string): string => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();
  const text = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');

  it('says what it is and what it needs', () => {
    expect([field('Package'), field('Section')]).toEqual(['sotto', 'comm']);
    expect(field('Depends')).toContain('libasound2 | libasound2t64');
  });

  it('puts the command, its manual page and its completion where the system looks for them', async () => {
    for (const path of ['/usr/bin/sotto', '/opt/Sotto/sotto', '/opt/Sotto/sotto-phone']) {
      expect(files.get(path)?.mode, path).toBe('-rwxr-xr-x');
    }
    expect(gunzipSync(await readFile(join(folder, 'usr/share/man/man1/sotto.1.gz'))).toString()).toContain(
      '.TH SOTTO 1',
    );
    expect(await text('usr/share/bash-completion/completions/sotto')).toContain('complete ');
  });

  it('opens links of phone calls, and has an icon of each size', async () => {
    const desktop = await text('usr/share/applications/sotto-phone.desktop');
    const schemes = ['sip', 'sips', 'tel', 'callto'].map((scheme) => `x-scheme-handler/${scheme};`);
    expect(desktop).toContain(`MimeType=${schemes.join('')}\n`);
    expect(desktop).toContain('Exec=/opt/Sotto/sotto-phone %U');
    if (installed('desktop-file-validate')) {
      execFileSync('desktop-file-validate', [join(folder, 'usr/share/applications/sotto-phone.desktop')]);
    }
    for (const size of [16, 32, 48, 64, 128, 256, 512]) {
      expect(files.has(`/usr/share/icons/hicolor/${size}x${size}/apps/sotto-phone.png`)).toBe(true);
    }
  });

  it('has licences and the list of its parts', async () => {
    const parts = JSON.parse(await text('opt/Sotto/resources/sbom.cdx.json')) as { readonly components: readonly { readonly name: string }[] }; // prettier-ignore
    const names = parts.components.map(({ name }) => name);
    expect(names).toContain('ws');
    expect(names).not.toContain('vitest');
    const licences = await text('opt/Sotto/resources/third-party-licences.txt');
    for (const name of ['ws', 'zod', 'yaml', 'sdp-transform', '@peculiar/x509', 'naudiodon'])
      expect(licences).toContain(`${name} `);
  });

  it('carries what runs and nothing else, and nobody but its owner may write it', () => {
    const paths = [...files.keys()];
    expect(
      paths.filter(
        (path) => /\.(?:ts|map|md|cc|h)$|\/(?:test|tests|src)\//.test(path) && !path.includes('/dist/core/'),
      ),
    ).toEqual([]);
    expect(paths.filter((path) => path.endsWith('.map'))).toEqual([]);
    expect([...files].filter(([, { mode }]) => /^-.{4}w|^-.{7}w/.test(mode)).map(([path]) => path)).toEqual([]);
    const own = [...files].filter(([path]) => path.startsWith('/opt/Sotto/resources/'));
    expect(own.reduce((sum, [, { size }]) => sum + size, 0)).toBeLessThan(LARGEST_PROGRAM);
  });

  it('has an archive with main process, preload and window', () => {
    const archive = join(folder, 'opt/Sotto/resources/app.asar');
    const list = listPackage(archive, { isPack: false });
    for (const path of [
      '/dist/electron/main.js',
      '/dist/electron/preload.cjs',
      '/dist/renderer/index.html',
      '/package.json',
    ]) {
      expect(list).toContain(path);
    }
    expect(files.get('/opt/Sotto/resources/app.asar')?.size).toBeLessThan(LARGEST_ARCHIVE);
  });

  it('the command finds the program although there is a link of its name beside it, as update-alternatives makes it', async () => {
    const bin = join(folder, 'usr', 'bin');
    const link = join(bin, 'sotto-phone');
    await symlink(join(folder, 'opt', 'Sotto', 'sotto-phone'), link);
    expect(execFileSync(join(bin, 'sotto'), ['--help'], { encoding: 'utf8' })).toContain('Usage: sotto COMMAND');
    await rm(link);
  });

  it('places an encrypted call from what was unpacked', async () => {
    const data = join(folder, 'data');
    const demo = new ExternalProgram(join(folder, 'opt/Sotto/sotto'), [
      'demo',
      '--seconds',
      '2',
      '--data',
      data,
      '--json',
    ]);
    const [line] = await demo.line(/^.*"event":"result".*$/, 60_000);
    expect(JSON.parse(line)).toMatchObject({ ok: true, security: 'encrypted' });
    expect(await demo.end()).toBe(0);
  }, 90_000);
});
