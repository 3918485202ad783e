import { VERSION } from '../../shell/version.ts';
import { EXIT, type Command } from '../command.ts';
import { manPage } from '../help.ts';

/** Prints the manual page. */
export function manCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'man',
    arguments: '',
    summary: 'prints the manual page of all commands, for man',
    options: {},
    help: {},
    run() {
      process.stdout.write(manPage(commands(), VERSION));
      return Promise.resolve(EXIT.done);
    },
  };
}
