import { isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type * as z from 'zod';
import { err, ok, type Result } from '../base/result.ts';
import {
  configurationJsonSchema,
  configurationSchema,
  type JsonSchema,
  type PbxConfiguration,
} from './configuration.ts';

/** One mistake in a configuration file, where it stands and what was expected. Lines and columns count from 1. */
export interface ConfigurationProblem {
  readonly code: 'config.invalid' | 'config.unknown-key' | 'config.conflict';
  readonly line: number;
  readonly column: number;
  /** Such as `profiles.internal.sip-port`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Longest file that is read. */
export const MAX_CONFIGURATION_LENGTH = 4 * 1024 * 1024;

/** Reads `sotto-pbx.yaml`. All mistakes are reported at once. */
export function parseConfiguration(text: string): Result<PbxConfiguration, readonly ConfigurationProblem[]> {
  if (text.length > MAX_CONFIGURATION_LENGTH) {
    return err([{ code: 'config.invalid', line: 1, column: 1, path: '', message: 'the file is longer than 4 MiB' }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    // What follows the first mistake is mostly its echo.
    const { line, col } = lines.linePos(broken.pos[0]);
    return err([{ code: 'config.invalid', line, column: col, path: '', message: withoutSource(broken.message) }]);
  }
  const checked = configurationSchema.safeParse(plainKeys(document));
  if (!checked.success) return err(checked.error.issues.flatMap((issue) => describeIssue(issue, document, lines)));
  const conflicts = findConflicts(checked.data, document, lines);
  return conflicts.length === 0 ? ok(checked.data) : err(conflicts);
}

/** The library quotes what it did not expect, and that may be a password. */
function withoutSource(message: string): string {
  return message.replace(/(?::\s| \\).*$/s, '');
}

/** YAML reads the key `1000` as a number; the schema wants text. An alias bomb is refused by the library's own limit. */
function plainKeys(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return null;
  }
}

function describeIssue(
  issue: z.core.$ZodIssue,
  document: Document.Parsed,
  lines: LineCounter,
): readonly ConfigurationProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return {
        code: 'config.unknown-key',
        ...locate(document, lines, path),
        path: path.join('.'),
        message: `unknown key ${key}${suggestion(key, issue.path)}`,
      };
    });
  }
  const secret = SECRETS[String(issue.path.at(-1))];
  return [
    {
      code: 'config.invalid',
      ...locate(document, lines, issue.path),
      path: issue.path.join('.'),
      message: secret ?? lowerFirst(issue.message),
    },
  ];
}

/** What is said of secrets, whose value no message may quote. */
const SECRETS: Readonly<Record<string, string>> = {
  password: 'a password is text of 1 to 512 characters',
  'tls-passphrase': 'a passphrase is text',
};

/** The place of the node at `path`, or of its nearest parent that is there. */
function locate(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line: number; column: number } {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length).map(keyOf), true) as Node | null | undefined;
    const start = node?.range?.[0];
    if (start === undefined || (isScalar(node) && node.value === null && length < path.length)) continue;
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

function keyOf(key: PropertyKey): unknown {
  return typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : key;
}

/** The keys that the schema knows at `path`; none where anything goes. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: JsonSchema | undefined = configurationJsonSchema();
  for (const step of path) {
    const inList: JsonSchema | undefined = typeof step === 'number' ? schema?.items : undefined;
    schema = inList ?? schema?.properties?.[String(step)] ?? schema?.additionalProperties;
  }
  return Object.keys(schema?.properties ?? {});
}

function suggestion(key: string, path: readonly PropertyKey[]): string {
  const nearest = keysAt(path)
    .map((known) => ({ known, distance: editDistance(key.toLowerCase(), known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return nearest !== undefined && nearest.distance <= Math.max(2, key.length / 3)
    ? `; did you mean ${nearest.known}?`
    : '';
}

/** Levenshtein distance; keys are short. */
function editDistance(a: string, b: string): number {
  if (a.length > 64) return a.length;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(
        Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + cost),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

function findConflicts(
  configuration: PbxConfiguration,
  document: Document.Parsed,
  lines: LineCounter,
): readonly ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const conflict = (path: readonly string[], message: string): void => {
    problems.push({ code: 'config.conflict', ...locate(document, lines, path), path: path.join('.'), message });
  };
  const listens = Object.values(configuration.profiles).some(
    (profile) => profile['sip-port'] !== undefined || (profile.tls && profile['tls-sip-port'] !== undefined),
  );
  if (!listens) conflict(['profiles'], 'no profile listens; give one a sip-port or a tls-sip-port');
  const taken = new Map<string, string>();
  for (const [name, profile] of Object.entries(configuration.profiles)) {
    const ports: [key: string, port: number | undefined][] = [['sip-port', profile['sip-port']]];
    if (profile.tls) ports.push(['tls-sip-port', profile['tls-sip-port']]);
    if (profile.tls && profile['tls-sip-port'] !== undefined && profile['tls-cert-dir'] === undefined) {
      conflict(['profiles', name], 'tls needs tls-cert-dir, the folder with agent.pem');
    }
    if (profile['tls-min-version'] > profile['tls-max-version']) {
      conflict(['profiles', name, 'tls-min-version'], 'tls-min-version is above tls-max-version');
    }
    const policy = profile['tls-verify-policy'];
    if (policy?.in === 'subjects' && profile['tls-verify-in-subjects'].length === 0) {
      conflict(
        ['profiles', name, 'tls-verify-policy'],
        'subjects_in needs tls-verify-in-subjects; FreeSWITCH would check no name',
      );
    }
    if (policy?.in === 'none' && profile['tls-client-certificate'] === 'required') {
      conflict(
        ['profiles', name, 'tls-client-certificate'],
        'tls-verify-policy asks clients for no certificate, this does',
      );
    }
    for (const [key, number] of ports) {
      if (number === undefined || number === 0) continue;
      const socket = `${profile['sip-ip']} ${number}`;
      const other = taken.get(socket);
      if (other !== undefined) conflict(['profiles', name, key], `port ${number} is taken by ${other}`);
      taken.set(socket, `profiles.${name}.${key}`);
    }
  }
  const { 'rtp-start-port': start, 'rtp-end-port': end } = configuration.rtp;
  if (start >= end) conflict(['rtp', 'rtp-start-port'], 'rtp-start-port must be below rtp-end-port');
  return problems;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
