import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../core/cli/command-list.ts';
import { completion, manPage } from '../../../core/cli/help.ts';
import { runCli } from '../../support/cli-run.ts';
import { installed } from '../../support/external-program.ts';

/** What bash offers for a line, of which the last word is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${completion('bash', COMMANDS)}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sotto; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script, 'bash', 'sotto', ...words], { encoding: 'utf8' });
  return [...new Set(output.trim().split('\n'))];
}

describe('completion in bash', () => {
  it.each([
    [[''], ['demo', 'pbx', 'call', 'cert', 'completion']],
    [
      ['cert', ''],
      ['show', 'setup', 'renew', 'create_server'],
    ],
    [['pbx', 'i'], ['init']],
    [['call', '9196', '--pl'], ['--play']],
    [['cert', 'create_server', '-da'], ['-days']],
  ])('sotto %j offers %j', (words, expected) => {
    expect(offered(...words)).toEqual(expect.arrayContaining(expected));
  });

  it('offers nothing for a command that there is not', () => {
    expect(offered('dance', '--')).toEqual(['']);
  });
});

describe.runIf(installed('fish'))('completion in fish', () => {
  it.each([
    ['sotto ', ['call', 'cert', 'pbx']],
    ['sotto cert ', ['renew', 'show']],
    ['sotto pbx i', ['init']],
    ['sotto call 9196 --pl', ['--play']],
    ['sotto cert create_server -da', ['-days']],
  ])('%s offers %j', (line, expected) => {
    const script = `${completion('fish', COMMANDS)}\ncomplete -C '${line}'`;
    const output = execFileSync('fish', ['-c', script], { encoding: 'utf8' });
    const words = output.split('\n').map((row) => row.split('\t')[0]);
    expect(words).toEqual(expect.arrayContaining(expected));
    if (line === 'sotto cert ') expect(words).not.toContain('call');
  });
});

describe('the manual page', () => {
  const page = manPage(COMMANDS, '0');

  it('has every command and every option', () => {
    for (const { name, options } of COMMANDS) {
      expect(page).toContain(`.SS sotto ${name.replaceAll('-', '\\-')}`);
      for (const option of Object.keys(options)) expect(page).toContain(option.replaceAll('-', '\\-'));
    }
  });

  it('no text of help is taken for a request of troff', () => {
    const requests = new Set(page.match(/^\.\S+/gm));
    expect([...requests].sort()).toEqual(['.B', '.I', '.SH', '.SS', '.TH', '.TP']);
  });
});

describe('sotto completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { code, stdout } = await runCli(['completion', shell]);
    expect([code, stdout.includes('sotto')]).toEqual([0, true]);
  });

  it('another shell is wrong usage', async () => {
    expect((await runCli(['completion', 'csh'])).code).toBe(2);
  });
});
