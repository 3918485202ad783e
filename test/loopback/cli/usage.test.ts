import { afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../core/cli/main.ts';

const printed = { stdout: '', stderr: '' };

afterEach(() => {
  vi.restoreAllMocks();
});

async function run(args: readonly string[]): Promise<number> {
  for (const name of ['stdout', 'stderr'] as const) {
    printed[name] = '';
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    });
  }
  return main(args);
}

describe('wrong usage is exit 2, with a word on standard error and nothing on standard output', () => {
  const server = ['--server', '127.0.0.1'];
  it.each([
    [[]],
    [['nonsense']],
    [['nonsense', '--help']],
    [['register']],
    [['register', ...server, '--nonsense']],
    [['register', '--server']],
    [['register', '--server', 'a b']],
    [['register', ...server, '--transport', 'sctp']],
    [['register', ...server, '--srtp', 'perhaps']],
    [['register', ...server, '--tls-min', '1.4']],
    [['register', ...server, '--local', 'a b']],
    [['register', ...server, '--timeout', 'soon']],
    [['register', ...server, '--timeout', '0']],
    [['register', ...server, '--seconds', '']],
    [['call']],
    [['call', '1', '2', ...server]],
    [['call', '1', ...server, '--dtmf', 'x']],
    [['call', '1', ...server, '--seconds', '-1']],
    [['call', '1', ...server, '--codecs', 'mp3']],
    [['call', '1', ...server, '--suites', 'NULL']],
    [['answer', ...server, '--calls', 'many']],
    [['pbx', 'check']],
    [['pbx', 'check', 'one', 'two']],
    [['pbx', 'init']],
    [['pbx', 'init', 'x', '--bind', 'localhost']],
    [['pbx', 'init', 'x', '--ip', '300.1.1.1']],
    [['pbx', 'init', 'x', '--domain', 'a b']],
    [['demo', '--seconds', 'a']],
  ])('sotto %j', async (args) => {
    expect(await run([...args, '--json'])).toBe(2);
    expect(printed.stderr).toMatch(/\S/);
    expect(printed.stderr).not.toMatch(/^\s+at /m);
    expect(printed.stdout).toBe('');
  });
});

describe('help is asked for, so it is exit 0 on standard output', () => {
  it.each([[['--help']], [['-h']], [['register', '--help']], [['pbx', 'init', '-h']]])('sotto %j', async (args) => {
    expect(await run(args)).toBe(0);
    expect(printed.stdout).toMatch(/^Usage: sotto /);
    expect(printed.stderr).toBe('');
  });
});

describe('an option that takes a value takes the next word', () => {
  it('also where it begins with a dash, as a password may', async () => {
    expect(await run(['call', '1', '--password', '-x-', '--seconds', '-1'])).toBe(2);
    expect(printed.stderr).toContain('--seconds');
    expect(printed.stderr).not.toContain('ambiguous');
  });

  it('but never the name of an option: its value was forgotten', async () => {
    expect(await run(['call', '1', '--password', '--seconds', '3'])).toBe(2);
    expect(printed.stderr).toContain("'--password");
  });
});
