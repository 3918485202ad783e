import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExternalProgram } from './external-program.ts';

/** How a SIPp ended, and what it sent and received. */
export interface SippEnd {
  readonly code: number | null;
  readonly messages: string;
}

/** Runs a scenario of SIPp once, on `port` of 127.0.0.1, over UDP or TCP; `target` is the port that a caller calls. */
export async function runSipp(
  scenario: string,
  transport: 'udp' | 'tcp',
  port: number,
  target?: number,
): Promise<SippEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-sipp-'));
  const program = new ExternalProgram(
    'sipp',
    [
      ...(target === undefined ? [] : [`127.0.0.1:${target}`]),
      ...['-sf', scenario, '-t', transport === 'udp' ? 'u1' : 't1', '-i', '127.0.0.1', '-p', String(port), '-m', '1'],
      ...['-nostdin', '-trace_msg', '-timeout', '15s', '-timeout_error'],
    ],
    { cwd: folder },
  );
  try {
    const code = await program.end();
    const log = (await readdir(folder)).find((name) => name.endsWith('_messages.log'));
    return { code, messages: log === undefined ? '' : await readFile(join(folder, log), 'utf8') };
  } finally {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
