import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killLeftovers } from '../../support/cli-run.ts';
import { ExternalProgram, installed } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

const USER = '1002';
const CALLS = 5;
const TRANSPORTS = [
  { transport: 'udp', sippName: 'u1' },
  { transport: 'tcp', sippName: 't1' },
] as const;

const scenario = (name: string): string => fileURLToPath(new URL(`./${name}.xml`, import.meta.url));

describe('the switch and other test tools', () => {
  let scene: PbxScene;
  let pbx: RunningPbx;
  let folders = 0;

  beforeAll(async () => {
    scene = await makePbxFolder();
    pbx = await RunningPbx.start(scene);
  });
  afterAll(async () => {
    await pbx.stop();
    await scene.remove();
    expect(await killLeftovers()).toEqual([]);
  });

  /** Runs a program to its end; its exit code, and what it said. */
  async function run(
    command: string,
    args: readonly string[],
    cwd = scene.folder,
  ): Promise<{ readonly code: number | null; readonly text: string }> {
    const program = new ExternalProgram(command, args, { cwd });
    try {
      const code = await program.end();
      return { code, text: [...program.output, ...program.errors].join('\n') };
    } finally {
      await program.stop();
    }
  }

  /** Runs SIPp in a folder of its own; `messages` is what it sent and received. */
  async function sipp(
    transport: 'udp' | 'tcp',
    sippName: string,
    args: readonly string[],
  ): Promise<{ readonly code: number | null; readonly messages: string; readonly text: string }> {
    const folder = join(scene.folder, `sipp-${folders++}`);
    await mkdir(folder);
    const users = `SEQUENTIAL\n${USER};[authentication username=${USER} password=${scene.password(USER)}];${DOMAIN}\n`;
    await writeFile(join(folder, 'users.csv'), users);
    const port = String(await freePort());
    const { code, text } = await run(
      'sipp',
      [
        ...[`127.0.0.1:${pbx.port(transport)}`, '-t', sippName, '-i', '127.0.0.1', '-p', port, '-inf', 'users.csv'],
        ...['-nostdin', '-trace_msg', '-timeout', '15s', '-timeout_error'],
        ...args,
      ],
      folder,
    );
    const log = (await readdir(folder)).find((name) => name.endsWith('_messages.log'));
    return { code, text, messages: log === undefined ? '' : await readFile(join(folder, log), 'utf8') };
  }

  describe.skipIf(!installed('sipsak'))('sipsak', () => {
    it.each(['udp', 'tcp'] as const)('gets 200 for OPTIONS over %s, with what we understand', async (transport) => {
      const { code, text } = await run('sipsak', [
        ...['-E', transport, '-vv', '-s', `sip:127.0.0.1:${pbx.port(transport)}`],
      ]);
      expect(text).toMatch(/^\s*SIP\/2\.0 200 OK/m);
      expect(text).toMatch(/^Allow: .*\bINVITE\b/m);
      expect(code).toBe(0);
    });
  });

  describe.skipIf(!installed('sipp'))('SIPp', () => {
    it.each(TRANSPORTS)('its own caller gets 407 over $transport without a password', async (row) => {
      const before = pbx.process.events.length;
      const { code, messages } = await sipp(row.transport, row.sippName, ['-sn', 'uac', '-s', '9196', '-m', '1']);
      expect(messages).toMatch(/received[^]*SIP\/2\.0 407 /);
      expect(messages).not.toMatch(/^SIP\/2\.0 200 /m);
      // Its caller expects to be let in.
      expect(code).toBe(1);
      expect(pbx.process.events.slice(before).filter(({ event }) => event === 'call')).toEqual([]);
    });

    it.each(TRANSPORTS)('registers with MD5 over $transport, and takes it away with *', async (row) => {
      const before = pbx.process.events.length;
      const args = ['-sf', scenario('register'), '-m', '1'];
      const { code, messages } = await sipp(row.transport, row.sippName, args);
      expect({ code, messages: code === 0 ? '' : messages }).toEqual({ code: 0, messages: '' });
      const registrations = pbx.process.events.slice(before).filter(({ event }) => event === 'registration');
      expect(registrations).toMatchObject([
        { state: 'registered', user: USER, transport: row.transport, expires: 60 },
        { state: 'removed', user: USER, transport: row.transport },
      ]);
    });

    it.each(TRANSPORTS)(`makes ${CALLS} calls to 9196 over $transport at once, each proved and ended`, async (row) => {
      const before = pbx.process.events.length;
      const args = ['-sf', scenario('echo-call'), '-m', String(CALLS), '-r', '20'];
      const { code, messages } = await sipp(row.transport, row.sippName, args);
      expect({ code, messages: code === 0 ? '' : messages }).toEqual({ code: 0, messages: '' });
      const ended = (): readonly object[] =>
        pbx.process.events.slice(before).filter(({ event, state }) => event === 'call' && state === 'ended');
      await expect.poll(() => ended().length, { timeout: 10_000 }).toBe(CALLS);
      for (const call of ended()) {
        expect(call).toMatchObject({ to: '9196', legs: [{ transport: row.transport, security: 'open', suite: null }] });
      }
    });
  });
});
