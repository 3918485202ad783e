import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess } from '../../support/cli-run.ts';
import { ExternalProgram, installed } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';

const DOMAIN = 'export.example';

describe.skipIf(!installed('kamailio'))('a Kamailio that sotto export wrote', () => {
  let folder: string;
  let kamailio: ExternalProgram;
  let tlsPort: number;
  let passwords: ReadonlyMap<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-export-'));
    const pbx = join(folder, 'pbx');
    const made = await new CliProcess(['pbx', 'init', pbx, '--domain', DOMAIN, '--json']).finished;
    const users = made.result?.users as readonly { readonly user: string; readonly password: string }[];
    passwords = new Map(users.map(({ user, password }) => [user, password]));
    tlsPort = await freePort();
    const ports: Readonly<Record<string, number>> = { '5060': await freePort(), '5061': tlsPort, '5080': await freePort(), '5081': await freePort() }; // prettier-ignore
    const config = join(pbx, 'sotto-pbx.yaml');
    const text = (await readFile(config, 'utf8'))
      .replaceAll(/port: (50[68][01])$/gm, (_, port: string) => `port: ${ports[port] ?? 0}`)
      .concat(
        'groups:\n  sales: ["1001", "1002"]\ndialplan:\n  - name: short\n    destination_number: ^7(?:0|1)(\\d{2})$\n    action: { application: bridge, user: "10$1" }\n',
      );
    await writeFile(config, text);
    const out = join(folder, 'kamailio');
    const exported = await new CliProcess(['export', 'kamailio', out, '--config', config, '--json']).finished;
    expect(exported.result).toMatchObject({ ok: true });
    // Nothing in it points back to where it was written.
    const moved = join(folder, 'moved');
    await cp(out, moved, { recursive: true });
    await rm(out, { recursive: true });
    await rm(pbx, { recursive: true });
    await writeFile(join(folder, 'ca.pem'), await readFile(join(moved, 'tls/internal/cafile.pem')));
    kamailio = new ExternalProgram('kamailio', ['-DD', '-E', '-m', '32', '-M', '8', '-f', join(moved, 'kamailio.cfg'), '-P', join(folder, 'pid'), '-Y', folder]); // prettier-ignore
    await kamailio.listening(tlsPort);
  }, 60_000);

  afterAll(async () => {
    await kamailio.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const as = (user: string, password = passwords.get(user) ?? ''): readonly string[] => [
    '--user', user, '--password', password, '--domain', DOMAIN, '--server', `localhost:${tlsPort}`, '--transport', 'tls',
    '--ca', join(folder, 'ca.pem'), '--json',
  ]; // prettier-ignore

  it('registers its users over TLS, with the certificate of the switch, and nobody with a wrong password', async () => {
    const good = await new CliProcess(['register', ...as('1000')]).finished;
    expect(good.result).toMatchObject({
      ok: true,
      registered: true,
      signalling: { transport: 'tls', peerVerified: true },
    });
    const wrong = await new CliProcess(['register', ...as('1000', 'wrong')]).finished;
    expect(wrong.codes).toEqual(['sip.bad-credentials']);
  });

  it.each([
    ['a user', '1001', '1001'],
    ['a group, whose members ring together', '2000', '1002'],
    ['a number of an own rule with groups in its expression', '7101', '1001'],
  ])('connects an encrypted call to %s', async (_what, number, callee) => {
    const answer = new CliProcess(['answer', ...as(callee), '--echo', '--calls', '1', '--timeout', '60']);
    await answer.event('ready');
    const call = await new CliProcess(['call', number, ...as('1000'), '--seconds', '2', '--srtp', 'mandatory'])
      .finished;
    expect(call.result).toMatchObject({ ok: true, security: 'encrypted' });
    expect((await answer.finished).code).toBe(0);
  });

  it('answers 404 for who is not there, 480 for who is not registered, and asks callers for a password', async () => {
    expect((await new CliProcess(['call', '4711', ...as('1000')]).finished).codes).toEqual(['sip.not-found']);
    expect((await new CliProcess(['call', '1005', ...as('1000')]).finished).codes).toEqual(['sip.unavailable']);
    const stranger = await new CliProcess(['options', '1005', ...as('1000', 'wrong')]).finished;
    expect(stranger.result).toMatchObject({ ok: false });
  });
});
