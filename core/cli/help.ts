import type { Command } from './command.ts';

/** Options that every command has, as help shows them. */
const COMMON_OPTIONS: readonly (readonly [option: string, help: string])[] = [
  ['--json', 'one JSON object a line'],
  ['-v', 'more log on standard error; up to -vvvv'],
  ['--trace FILE', 'everything that happens goes to FILE, for "sotto trace"'],
  ['--capture', 'with --trace: also the octets of connections and their TLS secrets, for ten minutes'],
  ['--data DIR', 'data folder'],
  ['--timeout S', 'ends the command after S seconds'],
];

type Entry = readonly [left: string, right: string];

/** What `sotto --help` prints. */
export function overview(commands: readonly Command[]): string {
  const lines = columns(commands.map(({ name, summary }) => [name, summary]));
  return `Usage: sotto COMMAND [options]\n\n${lines}\n\n"sotto COMMAND --help" tells more.\n`;
}

/** What `sotto COMMAND --help` prints. */
export function usage(command: Command): string {
  const lines = columns([...ownOptions(command), ...COMMON_OPTIONS]);
  return `Usage: sotto ${command.name} ${command.arguments}\n${command.summary}\n\n${lines}\n`;
}

/** The manual page of section 1, as `man` reads it. */
export function manPage(commands: readonly Command[], version: string): string {
  const entries = (list: readonly Entry[]): string =>
    list.map(([left, right]) => `.TP\n.B ${roff(left)}\n${roff(right)}\n`).join('');
  const sections = commands.map(
    (command) =>
      `.SS sotto ${roff(`${command.name} ${command.arguments}`)}\n${roff(command.summary)}\n${entries(ownOptions(command))}`,
  );
  return [
    `.TH SOTTO 1 "" "Sotto ${version}" "User Commands"\n`,
    '.SH NAME\nsotto \\- encrypted calls (SIP over TLS, SRTP), and a switch to test them with\n',
    '.SH SYNOPSIS\n.B sotto\n.I COMMAND\n[options]\n',
    '.SH COMMANDS\n',
    ...sections,
    '.SH OPTIONS OF EVERY COMMAND\n',
    entries(COMMON_OPTIONS),
    '.SH EXIT STATUS\n',
    entries([
      ['0', 'done'],
      ['1', 'it did not work; the reason is printed'],
      ['2', 'wrong usage'],
      ['130', 'ended by Ctrl-C'],
    ]),
    '.SH ENVIRONMENT\n',
    entries([['SOTTO_PASSWORD', 'the password of the account, where --password is not given']]),
  ].join('');
}

/** Shells that completion is written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script that completes commands and their options. */
export function completion(shell: Shell, commands: readonly Command[]): string {
  const words = (command: Command): string[] =>
    [...ownOptions(command), ...COMMON_OPTIONS].map(([option]) => option.split(' ')[0] ?? '');
  if (shell === 'fish') return fishCompletion(commands);
  const cases = commands.map(
    (command) => `    ${quoted(`${command.name} `)}*) words=${quoted(words(command).join(' '))} ;;`,
  );
  // The longest name first, since the first pattern that matches is taken.
  cases.sort((a, b) => b.indexOf(' *)') - a.indexOf(' *)') || b.length - a.length);
  const zsh = shell === 'zsh' ? 'autoload -U +X compinit bashcompinit && compinit -u && bashcompinit\n' : '';
  return `${zsh}_sotto() {
  local line="\${COMP_WORDS[*]:1:COMP_CWORD} " current="\${COMP_WORDS[COMP_CWORD]}" words
  case "$line" in
${cases.join('\n')}
    *) words= ;;
  esac
  if [ -z "$words" ] || [ "$COMP_CWORD" -le 2 ]; then
    words="$words $(_sotto_next "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
_sotto_next() {
  local name
  for name in ${commands.map(({ name }) => quoted(name)).join(' ')}; do
    case "$name" in "$*"*) name="\${name#"$*"}"; name="\${name# }"; echo "\${name%% *}" ;; esac
  done
}
complete -o default -F _sotto sotto
`;
}

/** A line for each word of a command and for each option, with the condition under which it is offered. */
function fishCompletion(commands: readonly Command[]): string {
  const line = (words: readonly string[], what: string, help: string): string => {
    const seen = words.map((word) => `; and __fish_seen_subcommand_from ${word}`).join('');
    const condition = what.startsWith('-a') ? `test (count (commandline -opc)) -eq ${words.length + 1}${seen}` : seen.slice('; and '.length); // prettier-ignore
    return `complete -c sotto -n ${quoted(condition)} ${what} -d ${quoted(help)}`;
  };
  const lines = commands.flatMap((command) => {
    const [first = '', ...rest] = command.name.split(' ');
    const second = rest.length === 0 ? [] : [line([first], `-a ${rest.join(' ')}`, command.summary)];
    const group = commands.some(({ name }) => name.startsWith(`${first} `)) ? `${first} …` : command.summary;
    const options = [...ownOptions(command), ...COMMON_OPTIONS].map(([option, help]) => {
      const name = option.split(' ')[0] ?? '';
      const kind = name.startsWith('--') ? '-l' : name.length === 2 ? '-s' : '-o';
      return line(command.name.split(' '), `${kind} ${name.replace(/^-+/, '')}`, help);
    });
    return [line([], `-a ${first}`, group), ...second, ...options];
  });
  return `complete -c sotto -f\n${[...new Set(lines)].join('\n')}\ncomplete -c sotto -n 'test (count (commandline -opc)) -gt 2' -F\n`;
}

function ownOptions(command: Command): Entry[] {
  return Object.entries(command.options).map(([name, option]) => [
    `${command.oneDash?.includes(name) === true ? '-' : '--'}${name}${option.type === 'string' ? ' …' : ''}`,
    command.help[name] ?? '',
  ]);
}

function columns(entries: readonly Entry[]): string {
  const width = Math.max(...entries.map(([left]) => left.length));
  return entries.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

/** Text as troff takes it: no line is a request, and a dash is a dash that can be copied. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^(?=[.'])/, '\\&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
