import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build as buildInstallers, Platform, type PackagerOptions } from 'electron-builder';
import { build } from './build.ts';
import { electronBinary } from './electron-binary.ts';
import { installerConfiguration, OUTPUT } from './installer/configuration.ts';
import { makeStandInElectron } from './installer/stand-in.ts';
import { node, root } from './paths.ts';

const HELP = `Usage: npm run dist -- [--linux [TARGET ...]] [--mac [TARGET ...]] [--win [TARGET ...]] [--dir] [--stand-in]
Makes the installers of the systems named, or of this one, in ${OUTPUT}/. TARGET is one of electron-builder's: deb, rpm,
AppImage, tar.gz, nsis, portable, msi, dmg, zip; without any, all of the system.
  --dir       only the unpacked program
  --stand-in  packs with Node in the place of Electron, where Electron cannot be had (Linux): the command line runs, no window
`;

const SYSTEMS = { linux: Platform.LINUX, mac: Platform.MAC, win: Platform.WINDOWS } as const;
type System = keyof typeof SYSTEMS;

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

/** What is to be made: the targets of each system; none means all of it. */
type Wanted = ReadonlyMap<System, readonly string[]>;

/** Makes the installers; the paths of what was made. */
async function makeInstallers(wanted: Wanted, standIn: boolean): Promise<readonly string[]> {
  writeCompanions();
  const configuration = installerConfiguration({ standIn });
  const version = (JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')) as { readonly version: string }).version; // prettier-ignore
  if (standIn) process.env.CUSTOM_FPM_PATH ??= join(root, 'build', 'installer', 'fpm.js');
  const electronDist = standIn ? makeStandInElectron(join(root, 'dist', 'stand-in'), version) : undefined;
  const targets: NonNullable<PackagerOptions['targets']> = new Map();
  for (const [system, names] of wanted) {
    for (const [platform, archs] of SYSTEMS[system].createTarget(names.length === 0 ? null : [...names])) targets.set(platform, archs);
  } // prettier-ignore
  return buildInstallers({
    targets,
    projectDir: root,
    config: { ...configuration, electronVersion: version, ...(electronDist === undefined ? {} : { electronDist }) },
    publish: 'never',
  });
}

/** Reads `--linux deb rpm --win`: targets belong to the system before them. Throws at a word that is none. */
function readWanted(args: readonly string[]): { readonly wanted: Wanted; readonly standIn: boolean } {
  const here = process.platform === 'darwin' ? 'mac' : process.platform === 'win32' ? 'win' : 'linux';
  const { tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    tokens: true,
    options: { linux: { type: 'boolean' }, mac: { type: 'boolean' }, win: { type: 'boolean' }, dir: { type: 'boolean' }, 'stand-in': { type: 'boolean' } },
  }); // prettier-ignore
  const named = new Map<System, string[]>();
  let system: System = here;
  for (const token of tokens) {
    if (token.kind === 'option' && token.name in SYSTEMS) system = token.name as System;
    const targets = named.get(system) ?? [];
    if (token.kind === 'positional') targets.push(token.value);
    if (token.kind === 'positional' || (token.kind === 'option' && token.name in SYSTEMS)) named.set(system, targets);
  }
  if (named.size === 0) named.set(here, []);
  const has = (name: string): boolean => tokens.some((token) => token.kind === 'option' && token.name === name);
  if (has('dir')) for (const name of named.keys()) named.set(name, ['dir']);
  return { wanted: named, standIn: has('stand-in') };
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  let asked: ReturnType<typeof readWanted>;
  try {
    asked = readWanted(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (!(await build())) return 1;
  if (!asked.standIn && electronBinary() === undefined)
    console.error('Electron is fetched by electron-builder; --stand-in packs without it.');
  for (const made of await makeInstallers(asked.wanted, asked.standIn)) console.log(made);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
