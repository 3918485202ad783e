#!/usr/bin/env node
// What electron-builder asks fpm for when it makes a .deb, done with dpkg-deb: for machines that cannot fetch fpm itself.
// It takes the arguments that electron-builder gives and no others.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const many = { type: 'string', multiple: true };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    s: { ...text, short: 's' }, t: { ...text, short: 't' }, d: { ...many, short: 'd' }, force: { type: 'boolean' },
    architecture: text, name: text, version: text, package: text, description: text, maintainer: text, vendor: text,
    url: text, license: text, category: text, 'deb-priority': text, 'deb-recommends': many, 'deb-compression': text,
    'after-install': text, 'after-remove': text,
  },
}); // prettier-ignore
if (values.t !== 'deb') throw new Error(`this stands in for fpm only where it makes a .deb, not ${values.t}`);

const folder = mkdtempSync(join(tmpdir(), 'sotto-deb-'));
chmodSync(folder, 0o755);
try {
  for (const mapping of positionals) {
    const [from, to] = mapping.split('=');
    const target = join(folder, to);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(resolve(from), target, { recursive: true });
  }
  const control = join(folder, 'DEBIAN');
  mkdirSync(control);
  const fields = {
    Package: values.name,
    Version: values.version,
    License: values.license,
    Vendor: values.vendor,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    Depends: values.d?.join(', '),
    Recommends: values['deb-recommends']?.join(', '),
    Section: values.category ?? 'default',
    Priority: values['deb-priority'],
    Homepage: values.url,
    Description: values.description?.trimStart().replaceAll(/\n(?! )/g, '\n '),
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}\n`); // prettier-ignore
  writeFileSync(join(control, 'control'), lines.join(''));
  for (const [script, source] of [['postinst', values['after-install']], ['postrm', values['after-remove']]]) {
    writeFileSync(join(control, script), readFileSync(source), { mode: 0o755 });
  } // prettier-ignore
  const compression = values['deb-compression'] ?? 'xz';
  execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '-z0', '--build', folder, values.package], { stdio: 'inherit' }); // prettier-ignore
} finally {
  rmSync(folder, { recursive: true, force: true });
}
