import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importsOf, readProjectImports } from './imports.ts';
import { AREAS, PACKAGES } from './rules.ts';
import { violations, type Rules } from './violations.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
const declared = new Set(
  ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((key) => Object.keys(manifest[key] ?? {})),
);
const rules: Rules = { areas: AREAS, packages: PACKAGES, declared };

describe('the house', () => {
  it('has no import that its rules forbid', { timeout: 60_000 }, () => {
    const files = readProjectImports(root);
    expect(files.size).toBeGreaterThan(50);
    expect(violations(files, rules)).toEqual([]);
  });

  it('has rules without circles: each folder imports only folders below it', () => {
    const below = (name: string, trail: readonly string[]): void => {
      expect(trail, `${[...trail, name].join(' -> ')} is a circle`).not.toContain(name);
      for (const next of AREAS[name]?.imports ?? []) if (next !== name) below(next, [...trail, name]);
    };
    for (const name of ['core/cli', 'electron', 'renderer', 'build']) below(name, []);
  });

  it('has rules for folders and packages that are declared only', () => {
    const named = Object.values(AREAS).flatMap(({ imports, importsTypes = [] }) => [...imports, ...importsTypes]);
    expect(named.filter((name) => !(name in AREAS))).toEqual([]);
    expect(
      Object.values(PACKAGES)
        .flat()
        .filter((name) => !(name in AREAS)),
    ).toEqual([]);
    expect(Object.keys(PACKAGES).filter((name) => !declared.has(name))).toEqual([]);
  });
});

describe('the checker', () => {
  const complaints = (path: string, text: string): string[] =>
    violations(new Map([[path, importsOf(path, text)]]), rules);

  it.each([
    ['core/sip/ua/x.ts', `import { a } from '../../sdp/a.ts';`, 'core/sip/ua may not import core/sdp'],
    [
      'core/sip/message/x.ts',
      `import type { A } from '../transport/a.ts';`,
      'core/sip/message may not import core/sip/transport',
    ],
    ['core/base/x.ts', `export * from '../trace/tracer.ts';`, 'core/base may not import core/trace'],
    ['core/phone/x.ts', `await import('../io/a.ts');`, 'core/phone may not import core/io'],
    ['core/rtp/x.ts', `import { createHash } from 'node:crypto';`, 'core/rtp may not use node:crypto'],
    ['core/rtp/x.ts', `import { createHash } from 'crypto';`, 'core/rtp may not use crypto'],
    ['core/rtp/x.ts', `let a: import('node:net').Socket;`, 'core/rtp may not use node:net'],
    ['core/audio/x.ts', `import naudiodon from 'naudiodon';`, 'core/audio may not use the package naudiodon'],
    ['core/io/x.ts', `import x from 'left-pad';`, 'package.json does not name left-pad'],
    ['renderer/x.tsx', `import { a } from '../core/phone/a.ts';`, 'renderer may not import core/phone'],
    ['renderer/x.tsx', `import { ok } from '../core/base/result.ts';`, 'renderer may not import core/base'],
    ['renderer/x.tsx', `const { ipcRenderer } = require('electron');`, 'renderer may not use the package electron'],
    ['core/cli/x.ts', `import { a } from '../../electron/a.ts';`, 'core/cli may not import electron'],
  ])('fails %s with %s', (path, text, expected) => {
    expect(complaints(path, text)).toEqual([`${path}:1: ${expected}`]);
  });

  it('fails a folder that it does not know', () => {
    expect(complaints('core/helpers/x.ts', '')).toEqual([
      'core/helpers/x.ts: its folder has no row in test/arch/rules.ts',
    ]);
  });

  it('passes what is allowed', () => {
    expect(
      complaints('renderer/x.tsx', `import type { Result } from '../core/base/result.ts'; import 'react';`),
    ).toEqual([]);
    expect(complaints('core/sip/ua/x.ts', `import { a } from '../message/a.ts'; import { b } from './b.ts';`)).toEqual(
      [],
    );
    expect(complaints('core/io/x.ts', `import 'node:net'; import { Opus } from '@evan/opus/wasm/index.js';`)).toEqual(
      [],
    );
  });

  it('fails a circle of files, and not one of types', () => {
    const files = (second: string): Map<string, ReturnType<typeof importsOf>> =>
      new Map([
        ['core/rtp/a.ts', importsOf('a.ts', `import { b } from './b.ts';`)],
        ['core/rtp/b.ts', importsOf('b.ts', second)],
      ]);
    expect(violations(files(`import { a } from './a.ts';`), rules)).toEqual([
      'circle: core/rtp/a.ts -> core/rtp/b.ts -> core/rtp/a.ts',
    ]);
    expect(violations(files(`import type { A } from './a.ts';`), rules)).toEqual([]);
  });
});
