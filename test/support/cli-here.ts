import { vi } from 'vitest';
import { main } from '../../core/cli/main.ts';
import type { CliEnd, CliEvent } from './cli-run.ts';

/** What {@link runCliHere} gives: as from a process of its own, without what only such a process has. */
export type CliEndHere = Omit<CliEnd, 'signal' | 'seconds' | 'leftBehind'>;

/**
 * Runs a command with `--json` in this process, which saves the start of a program. For commands that write files and end;
 * one at a time.
 */
export async function runCliHere(args: readonly string[]): Promise<CliEndHere> {
  const [out, error] = [capture(process.stdout), capture(process.stderr)];
  let code: number;
  try {
    code = await main([...args, '--json']);
  } finally {
    out.restore();
    error.restore();
  }
  const stdout = out.text();
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const events = lines.map((line) => JSON.parse(line) as CliEvent);
  const last = events.at(-1);
  const result = last?.event === 'result' ? last : undefined;
  const diagnoses = Array.isArray(result?.diagnosis) ? (result.diagnosis as { code: string }[]) : [];
  return { code, stdout, stderr: error.text(), events, result, codes: diagnoses.map((diagnosis) => diagnosis.code) };
}

function capture(stream: NodeJS.WriteStream): { text(): string; restore(): void } {
  let text = '';
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    return true;
  });
  return {
    text: () => text,
    restore: () => {
      spy.mockRestore();
    },
  };
}
