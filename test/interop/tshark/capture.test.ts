import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type CliEnd } from '../../support/cli-run.ts';
import { installed } from '../../support/external-program.ts';

const run = promisify(execFile);
let folder: string;
let demo: CliEnd;

/** What Wireshark makes of a capture file: the fields of each packet that a filter lets through. */
async function dissected(file: string, filter: string, fields: readonly string[], port?: string): Promise<string[]> {
  const { stdout } = await run('tshark', [
    '-r', file, '-Y', filter, '-T', 'fields',
    ...fields.flatMap((field) => ['-e', field]),
    ...(port === undefined ? [] : ['-d', `tls.port==${port},sip`]),
  ]); // prettier-ignore
  return stdout.split('\n').filter((line) => line !== '');
}

const path = (name: string): string => join(folder, name);

describe.skipIf(!installed('tshark'))('Wireshark', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-trace-'));
    demo = await runCli(['demo', '--seconds', '1', '--trace', path('demo.ndjson'), '--capture']);
    expect(demo.result).toMatchObject({ ok: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('opens the TLS of a captured call with the secrets inside, and reads its SIP', async () => {
    const written = await runCli(['trace', 'pcapng', path('demo.ndjson'), '--out', path('open.pcapng')]);
    expect(written.result).toMatchObject({ ok: true, secrets: true });
    const [port] = await dissected(path('open.pcapng'), 'tls.handshake.type == 2', ['tcp.srcport']);
    const methods = await dissected(path('open.pcapng'), 'sip.Method', ['sip.Method'], port);
    expect([...new Set(methods.flatMap((line) => line.split(',')))]).toEqual(['REGISTER', 'INVITE', 'ACK', 'BYE']);
    expect(await dissected(path('open.pcapng'), 'tls.handshake.type == 11', ['tls.handshake.type'])).not.toEqual([]);
  });

  it('sees neither octets nor secrets in what is written with --redact, and still every message', async () => {
    const written = await runCli(['trace', 'pcapng', path('demo.ndjson'), '--redact', '--out', path('shut.pcapng')]);
    expect(written.result).toMatchObject({ ok: true, secrets: false });
    expect(await dissected(path('shut.pcapng'), 'tls', ['frame.number'])).toEqual([]);
    const methods = await dissected(path('shut.pcapng'), 'sip.Method', ['sip.Method']);
    expect([...new Set(methods)]).toEqual(['REGISTER', 'INVITE', 'ACK', 'BYE']);
    expect((await readFile(path('shut.pcapng'))).includes('TRAFFIC_SECRET')).toBe(false);
  });

  it('is not needed for the ladder', async () => {
    const drawn = await runCli(['trace', 'ladder', path('demo.ndjson')]);
    expect(drawn.code).toBe(0);
    const rows = drawn.events.filter(({ event }) => event === 'row').map(({ row }) => (row as { label: string }).label);
    expect(rows.filter((label) => /^(INVITE|ACK|BYE|200 OK to INVITE)/.test(label)).map((label) => label.split(' sip:')[0])).toEqual([
      'INVITE', 'ACK', 'INVITE', '200 OK to INVITE + SDP', 'ACK', 'BYE',
    ]); // prettier-ignore
  });
});
