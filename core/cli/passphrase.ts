import { randomToken } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { readBoundedFile } from '../io/bounded-file.ts';
import { systemRandom } from '../io/node-random.ts';
import { CommandFailure, text, UsageError, type CommandContext, type CommandOptions } from './command.ts';

/** The two ways to give a passphrase; the second shows it to nobody who lists the processes. */
export const PASSPHRASE_OPTIONS: CommandOptions = {
  passphrase: { type: 'string' },
  'passphrase-file': { type: 'string' },
};

const LONGEST = 1024;

/**
 * The passphrase of `--passphrase`, where `-` reads a line of standard input, or of `--passphrase-file`; `undefined` where
 * neither was given. One on the command line disappears from the list of processes at once.
 */
export async function givenPassphrase(context: CommandContext): Promise<Secret | undefined> {
  const [value, path] = [text(context, 'passphrase'), text(context, 'passphrase-file')];
  if (value !== undefined && path !== undefined) {
    throw new UsageError('--passphrase and --passphrase-file cannot both be given');
  }
  let passphrase: string | undefined;
  if (path !== undefined) {
    const file = await readBoundedFile(path, LONGEST);
    if (!file.ok) throw new CommandFailure(file.error);
    passphrase = firstLine(file.value.octets.toString('utf8'));
  } else if (value === '-') passphrase = firstLine(await readInput());
  else {
    passphrase = value;
    if (value !== undefined) process.title = 'sotto cert';
  }
  if (passphrase === '') throw new UsageError('the passphrase is empty');
  return passphrase === undefined ? undefined : new Secret(passphrase);
}

/** A passphrase that can be typed: almost 120 bits in five groups. */
export function makePassphrase(): Secret {
  const groups = Array.from({ length: 5 }, () => randomToken(systemRandom, 4).replace(/[-.]/g, 'x'));
  return new Secret(groups.join('-'));
}

async function readInput(): Promise<string> {
  let input = '';
  for await (const chunk of process.stdin) {
    input += String(chunk);
    if (input.includes('\n') || input.length > LONGEST) break;
  }
  return input;
}

function firstLine(input: string): string {
  return (input.split('\n')[0] ?? '').replace(/\r$/, '');
}
