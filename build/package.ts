import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build as buildInstallers, Platform } from 'electron-builder';
import { build } from './build.ts';
import { electronBinary } from './electron-binary.ts';
import { installerConfiguration } from './installer/configuration.ts';
import { makeStandInElectron } from './installer/stand-in.ts';
import { node, root } from './paths.ts';

const HELP = `Usage: npm run package -- [TARGET ...] [--stand-in]
Makes the installers of this system, or only the targets named (dir, deb, tar.gz, AppImage, rpm, nsis, dmg ...), in release/.
  --stand-in  packs with Node in the place of Electron, where Electron cannot be had (Linux): the command line runs, no window
`;

/** The licences of what is packed, the list of its parts, and what the command line says of itself. */
function writeCompanions(): void {
  const folder = join(root, 'dist', 'installer');
  mkdirSync(folder, { recursive: true });
  const sotto = (...args: readonly string[]): string =>
    execFileSync(node, [join(root, 'build', 'sotto.js'), ...args], { encoding: 'utf8' });
  // No time of day inside: the same sources give the same file.
  writeFileSync(join(folder, 'sotto.1.gz'), gzipSync(sotto('man'), { level: 9 }));
  writeFileSync(join(folder, 'sotto.bash'), sotto('completion', 'bash'));
  writeFileSync(join(folder, 'sotto.fish'), sotto('completion', 'fish'));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const sbom = execFileSync(npm, ['sbom', '--omit=dev', '--sbom-format=cyclonedx'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' }); // prettier-ignore
  writeFileSync(join(folder, 'sbom.cdx.json'), sbom);
  writeFileSync(join(folder, 'third-party-licences.txt'), thirdPartyLicences());
}

/** The licence texts of everything that is packed beside our own code. */
function thirdPartyLicences(): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly dev?: boolean; readonly version?: string; readonly license?: string }>
    >;
  };
  const parts = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path.startsWith('node_modules/') && dev !== true && existsSync(join(root, path)))
    .map(([path, { version = '', license = 'see its text' }]) => {
      const text = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'License.txt', 'LICENSE-MIT']
        .map((name) => join(root, path, name))
        .find((file) => existsSync(file));
      const head = `${path.slice('node_modules/'.length)} ${version} (${license})`;
      return `${head}\n${'-'.repeat(head.length)}\n${text === undefined ? 'The package has no text of its licence.' : readFileSync(text, 'utf8').trim()}\n`;
    });
  return parts.join('\n\n');
}

/** Makes the installers; the paths of what was made. */
async function packageAll(targets: readonly string[], standIn: boolean): Promise<readonly string[]> {
  writeCompanions();
  const configuration = installerConfiguration({ standIn });
  const version = (JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')) as { readonly version: string }).version; // prettier-ignore
  if (standIn) process.env.CUSTOM_FPM_PATH ??= join(root, 'build', 'installer', 'fpm.js');
  const electronDist = standIn ? makeStandInElectron(join(root, 'dist', 'stand-in'), version) : undefined;
  const platform = standIn ? Platform.LINUX : Platform.current();
  return buildInstallers({
    targets: platform.createTarget(targets.length === 0 ? null : [...targets]),
    projectDir: root,
    config: { ...configuration, electronVersion: version, ...(electronDist === undefined ? {} : { electronDist }) },
    publish: 'never',
  });
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { 'stand-in': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!(await build())) return 1;
  const standIn = values['stand-in'] === true;
  if (!standIn && electronBinary() === undefined)
    console.error('Electron is fetched by electron-builder; --stand-in packs without it.');
  for (const made of await packageAll(positionals, standIn)) console.log(made);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
