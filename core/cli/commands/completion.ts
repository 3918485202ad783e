import { EXIT, UsageError, type Command } from '../command.ts';
import { completion, SHELLS } from '../help.ts';

/** Prints a completion script. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    arguments: SHELLS.join('|'),
    summary: 'prints a script that completes commands and options in a shell',
    options: {},
    help: {},
    run({ positionals }) {
      const shell = SHELLS.find((known) => known === positionals[0]);
      if (shell === undefined || positionals.length > 1) throw new UsageError(`name a shell: ${SHELLS.join(', ')}`);
      process.stdout.write(completion(shell, commands()));
      return Promise.resolve(EXIT.done);
    },
  };
}
