import { createInterface } from 'node:readline';
import { connectControl, controlPath } from '../../io/control-socket.ts';
import { defaultDataFolder } from '../../io/data-folder.ts';
import { CommandFailure, EXIT, text, UsageError, type Command } from '../command.ts';

/** FreeSWITCH's console, for a switch that runs. */
export const consoleCommand: Command = {
  name: 'console',
  arguments: '[--control PATH] [-x "COMMAND"]',
  summary: 'gives a running switch commands in the words of FreeSWITCH; "help" lists them',
  options: { control: { type: 'string' }, execute: { type: 'string', short: 'x', multiple: true } },
  help: {
    control: 'where the switch takes commands, as its first line says ("control")',
    execute: 'does this command and ends; may be given more than once',
  },
  async run(context) {
    if (context.positionals.length > 0) throw new UsageError('a command is given with -x "COMMAND"');
    const path = text(context, 'control') ?? controlPath(text(context, 'data') ?? defaultDataFolder());
    const client = await connectControl(path);
    if (!client.ok) throw new CommandFailure(client.error);
    const { ask, close } = client.value;
    const { execute } = context.values;
    const commands = Array.isArray(execute) ? execute.map(String) : undefined;
    const isTerminal = process.stdin.isTTY;
    const completer = (line: string, done: (failed: null, found: [string[], string]) => void): void => {
      void ask(`console_complete ${line}`).then((answer = '') => {
        done(null, [answer === '' ? [] : answer.split('\n'), line]);
      });
    };
    const input = createInterface({
      input: process.stdin,
      ...(isTerminal && commands === undefined ? { output: process.stderr, prompt: 'sotto> ', completer } : {}),
    });
    context.signal.addEventListener('abort', () => {
      input.close();
      close();
    });
    let refused = 0;
    try {
      if (commands === undefined && isTerminal) input.prompt();
      for await (const line of commands ?? input) {
        const command = line.trim();
        if (['exit', 'quit', 'bye', '/exit', '/quit', '/bye', '...'].includes(command)) break;
        const answer = command === '' ? '' : await ask(command);
        if (answer === undefined) break;
        if (answer.startsWith('-ERR')) refused += 1;
        if (command !== '') context.output.event('answer', { command, answer }, answer);
        if (commands === undefined && isTerminal) input.prompt();
      }
    } finally {
      input.close();
      close();
    }
    context.output.success({ refused }, '');
    return refused === 0 || commands === undefined ? EXIT.done : EXIT.failed;
  },
};
