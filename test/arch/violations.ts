import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Import, ImportsByFile } from './imports.ts';
import type { Area } from './rules.ts';

/** The rules that imports are held to. */
export interface Rules {
  readonly areas: Readonly<Record<string, Area>>;
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Packages that package.json names. */
  readonly declared: ReadonlySet<string>;
}

/** Every import that breaks a rule, one sentence each, with file and line; empty when all is well. */
export function violations(files: ImportsByFile, rules: Rules): string[] {
  const found: string[] = [];
  for (const [path, imports] of files) {
    const area = areaOf(path, rules.areas);
    if (area === undefined) {
      found.push(`${path}: its folder has no row in test/arch/rules.ts`);
      continue;
    }
    for (const one of imports) {
      const complaint = complaintAbout(path, area, one, rules);
      if (complaint !== undefined) found.push(`${path}:${one.line}: ${complaint}`);
    }
  }
  return [...found, ...cycles(files).map((cycle) => `circle: ${cycle.join(' -> ')}`)];
}

function complaintAbout(path: string, name: string, { specifier, typeOnly }: Import, rules: Rules): string | undefined {
  const area = rules.areas[name];
  if (specifier.startsWith('.')) {
    const target = areaOf(posix.join(posix.dirname(path), specifier), rules.areas);
    if (target === undefined) return `${specifier} lies in a folder that has no row in test/arch/rules.ts`;
    if (target === name || area?.imports.includes(target)) return undefined;
    if (typeOnly && area?.importsTypes?.includes(target)) return undefined;
    return `${name} may not import ${target}`;
  }
  if (isBuiltin(specifier)) return area?.node ? undefined : `${name} may not use ${specifier}`;
  const packageName = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (!rules.declared.has(packageName)) return `package.json does not name ${packageName}`;
  if (area?.anyPackage || rules.packages[packageName]?.includes(name)) return undefined;
  return `${name} may not use the package ${packageName}`;
}

/** The row that a path belongs to: the longest folder that holds it. */
function areaOf(path: string, areas: Rules['areas']): string | undefined {
  for (let folder = posix.dirname(path); folder !== '.' && folder !== '/'; folder = posix.dirname(folder)) {
    if (folder in areas) return folder;
  }
  return undefined;
}

/** Circles of files that import each other at run time; each once, its first file again at its end. */
export function cycles(files: ImportsByFile): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path]);
      return;
    }
    if (done.has(path)) return;
    for (const { specifier, typeOnly } of files.get(path) ?? []) {
      if (!typeOnly && specifier.startsWith('.')) visit(posix.join(posix.dirname(path), specifier), [...trail, path]);
    }
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  return found;
}
