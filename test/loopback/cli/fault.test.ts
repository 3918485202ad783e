import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../../../core/faults/catalogue.ts';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { runCliHere } from '../../support/cli-here.ts';

afterAll(async () => {
  expect(await killLeftovers()).toEqual([]);
});

/** What a client of another make says of a port: the code of its library, or nothing. */
function opinion(port: number, domain: string, ca: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: domain, ca });
    socket.once('secureConnect', () => {
      resolve(undefined);
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code);
    });
  });
}

describe('sotto fault', () => {
  it('list shows every fault with its parameters and what must be said of it', async () => {
    const { code, result } = await runCliHere(['fault', 'list']);
    expect(code).toBe(0);
    const faults = result?.faults as { id: string }[];
    expect(faults.map(({ id }) => id)).toEqual(FAULTS.map(({ id }) => id));
    expect(faults.find(({ id }) => id === 'sip.status')).toMatchObject({
      parameters: [{ name: 'status', min: 400, max: 699, default: 486 }, { name: 'method' }],
      expected: { client: 'sip.busy', switch: null },
    });
  });

  it('serve puts a fault on show for clients of any make; SIGTERM ends it with 0', async () => {
    const cabinet = new CliProcess(['fault', 'serve', 'tls.expired', '--json']);
    const ready = await cabinet.event('ready');
    expect(ready).toMatchObject({
      fault: 'tls.expired',
      address: '127.0.0.1',
      user: '1000',
      expected: { client: 'cert.expired', switch: 'tls.closed-during-handshake' },
    });
    const ca = await readFile(String(ready.ca), 'utf8');
    expect(await opinion(Number(ready.port), String(ready.domain), ca)).toBe('CERT_HAS_EXPIRED');
    await cabinet.event('diagnosis', ({ code }) => code === 'tls.closed-during-handshake');
    cabinet.signal('SIGTERM');
    const end = await cabinet.finished;
    expect([end.code, end.result, end.leftBehind]).toMatchObject([0, { ok: true }, false]);
    await expect(readFile(String(ready.ca))).rejects.toThrow('ENOENT');
  });

  it('serve --once ends after the first client, here one that is told what the parameter says', async () => {
    const cabinet = new CliProcess(['fault', 'serve', 'sip.status', '--param', 'status=403', '--param', 'method=REGISTER', '--once', '--json']);
    const { port, domain, user, password, ca } = await cabinet.event('ready');
    const end = await runCli([
      'register', '--user', String(user), '--password', String(password), '--domain', String(domain),
      '--server', `${String(domain)}:${String(port)}`, '--ca', String(ca),
    ]);
    expect([end.code, end.codes[0]]).toEqual([1, 'sip.forbidden']);
    expect((await cabinet.finished).code).toBe(0);
  }); // prettier-ignore

  it('check compares what must be said with what our own phone says', async () => {
    const end = await runCliHere(['fault', 'check', 'tls.wildcard', 'tls.alert-48']);
    expect([end.code, end.result]).toMatchObject([0, { ok: true, tried: 2, disagreed: 0 }]);
    const tried = end.events.filter(({ event }) => event === 'fault');
    expect(tried.map(({ expected }) => (expected as { client: string }).client).sort()).toEqual([
      'cert.unknown-ca',
      'cert.wildcard',
    ]);
    for (const { agrees, actual, expected } of tried) {
      expect(agrees).toBe(true);
      expect((actual as { client: string[] }).client).toContain((expected as { client: string }).client);
    }
  });

  it.each([
    [['serve'], 'the ID of a fault is needed'],
    [['serve', 'tls.nothing'], 'there is no fault "tls.nothing"'],
    [['serve', 'tls.expired', '--param', 'a=1'], 'has no parameters'],
    [['serve', 'tls.expired', '--listen', 'somewhere'], '--listen must be IP or IP:PORT'],
    [['check', 'tls.nothing'], 'there is no fault'],
  ])('%j is wrong usage', async (args, words) => {
    const { code, stderr } = await runCliHere(['fault', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  it('a port that is taken is a diagnosis', async () => {
    const first = new CliProcess(['fault', 'serve', 'tls.stalls', '--json']);
    const { port } = await first.event('ready');
    const { code, codes } = await runCliHere(['fault', 'serve', 'tls.stalls', '--listen', `127.0.0.1:${String(port)}`]);
    expect([code, codes]).toEqual([1, ['port.in-use']]);
    first.signal('SIGTERM');
    expect((await first.finished).code).toBe(0);
  });
});
