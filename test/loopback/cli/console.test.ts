import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectControl, controlPath, listenForCommands } from '../../../core/io/control-socket.ts';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { good } from '../../support/test-authority.ts';

let scene: PbxScene;
let pbx: RunningPbx;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene, ['--data', scene.folder]);
});

afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

/** The answer of the switch to one command, as the console gets it. */
async function ask(command: string): Promise<string | undefined> {
  const client = good(await connectControl(controlPath(scene.folder)));
  const answer = await client.ask(command);
  client.close();
  return answer;
}

describe('sotto console', () => {
  it('finds the switch of the data folder, and the place that the first line of the switch names', async () => {
    const { control } = await pbx.process.event('ready');
    expect(control).toBe(controlPath(scene.folder));
    const end = await runCli(['console', '--control', String(control), '-x', 'help']);
    expect(end.code).toBe(0);
    expect(String(end.events[0]?.answer)).toContain('sofia status');
  });

  it('only the owner may use it', async () => {
    expect((await stat(controlPath(scene.folder))).mode & 0o777).toBe(0o600);
  });

  it('sofia status lists a line a listener, with ports as they are', async () => {
    const answer = await ask('sofia status');
    expect(answer).toContain(`sip:mod_sotto@127.0.0.1:${pbx.port('udp')}\tRUNNING (0)`);
    expect(answer).toContain(`sip:mod_sotto@127.0.0.1:${pbx.port('tls')};transport=tls\tRUNNING (0) (TLS)`);
    expect(answer).toContain(`${'='.repeat(97)}\n`);
    expect(answer).toMatch(/2 profiles 0 aliases$/);
  });

  it('shows a registration and a call while they last, with the security of each leg', async () => {
    const phone = new CliProcess(['call', '9196', ...pbx.account(), '--seconds', '30', '--json'], { limitSeconds: 60 });
    await phone.event('connected');
    expect(await ask('show registrations')).toMatch(new RegExp(`^reg_user,.*\n1000,${DOMAIN.replace('.', '\\.')},.*,tls\n\n1 total\\.$`)); // prettier-ignore
    expect(await ask('sofia status profile internal reg')).toContain('Registered(TLS)');
    expect(await ask('sofia status profile internal')).toMatch(/REGISTRATIONS {4}\t1/);
    expect(await ask('sofia_contact 1000')).toMatch(/^sofia\/internal\/sip:[\w.-]+@127\.0\.0\.1:\d+;transport=tls/);
    const shown = JSON.parse((await ask('show channels as json')) ?? '') as {
      rows: { secure: string; security: string }[];
    };
    expect(shown.rows).toMatchObject([
      { secure: 'srtp:sdes:AES_CM_128_HMAC_SHA1_80', security: 'encrypted', callstate: 'ACTIVE' },
    ]);
    expect(await ask('show calls count')).toBe('1 total.');
    phone.signal('SIGINT');
    await phone.finished;
    await pbx.process.event('call', ({ state }) => state === 'ended');
    expect(await ask('show calls')).toBe('\n0 total.');
    expect(await ask('sofia_contact 1001')).toBe('error/user_not_registered');
  });

  it('turns components up and down while the switch runs, and siptrace on and off; no secret is in what it prints', async () => {
    expect(await ask('sofia loglevel tport')).toBe('Sofia-sip loglevel for [tport] is [0]');
    expect(await ask('sofia loglevel tport 5')).toBe('Sofia log level for component [tport] has been set to [5]');
    expect(await ask('sofia global siptrace on')).toBe('+OK Global siptrace on');
    await runCli(['register', ...pbx.account(), '--seconds', '0.1']);
    expect(await ask('sofia profile internal siptrace off')).toBe('Disabled sip debugging on internal');
    expect(await ask('sofia loglevel tport 0')).toContain('[0]');
    const log = pbx.process.stderr;
    expect(log).toMatch(/recv \d+ bytes from tls\/\[127\.0\.0\.1\]:\d+ at [\d:.]+:\n-{72}\nREGISTER sip:/);
    expect(log).toContain(' 5 tport connection.opened ');
    expect(log).toMatch(/response="\[secret\]"/);
  });

  it('reloads certificates, and answers in the words that FreeSWITCH users know', async () => {
    expect(await ask('reloadcert')).toBe('+OK cert reload event sent');
    expect(await ask('sofia profile internal rescan')).toBe('+OK scan complete');
    expect(await ask('reload mod_sofia')).toContain('+OK');
  });

  it.each([
    ['dance', '-ERR dance Command not found!'],
    ['sofia status profile nobody', 'Invalid Profile!'],
    ['sofia profile nobody rescan', '-ERR cannot find config for profile nobody'],
    ['sofia loglevel nothing 3', '-ERR invalid component [nothing]'],
    ['sofia loglevel tport 12', '-ERR the level must be from 0 to 9'],
    ['sofia global siptrace perhaps', '-ERR'],
    ['show calls as xml', '-ERR'],
  ])('"%s" is answered with %s', async (command, answer) => {
    expect(await ask(command)).toContain(answer);
  });

  it.each([
    ['sofia st', 'sofia status'],
    ['sofia status profile ', 'sofia status profile internal\nsofia status profile external'],
    ['sofia profile internal re', 'sofia profile internal rescan\nsofia profile internal restart\nsofia profile internal register'],
    ['show c', 'show calls\nshow channels'],
    ['show calls ', 'show calls count\nshow calls as'],
    ['dance', ''],
  ])('"%s" is completed to what there is', async (line, completions) => {
    expect(await ask(`console_complete ${line}`)).toBe(completions);
  }); // prettier-ignore

  it('a refused command is exit 1, and no switch at all is told with where it was looked for', async () => {
    expect((await runCli(['console', '--data', scene.folder, '-x', 'dance'])).code).toBe(1);
    const nowhere = await runCli(['console', '--control', join(scene.folder, 'nobody.sock'), '-x', 'help']);
    expect([nowhere.code, nowhere.codes]).toEqual([1, ['file.missing']]);
  });
});

describe('the place where a switch takes commands', () => {
  const path = (): string => join(scene.folder, 'place.sock');
  const answer = (text: string) => () => Promise.resolve(text);

  it('replaces a socket that a dead program left behind, but none that answers', async () => {
    await writeFile(path(), '');
    const first = good(await listenForCommands(path(), answer('first')));
    const second = await listenForCommands(path(), answer('second'));
    expect(second).toMatchObject({ ok: false, error: { code: 'port.in-use' } });
    await first.close();
  });
});
