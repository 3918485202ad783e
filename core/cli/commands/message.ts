import { requestOnce } from '../scripted-request.ts';
import { AGENT_HELP, AGENT_OPTIONS } from '../agent.ts';
import { UsageError, type Command } from '../command.ts';

/** Sends one text message (RFC 3428) and says what the other end answered. */
export const messageCommand: Command = {
  name: 'message',
  arguments: 'TARGET TEXT [options]',
  summary: 'sends a text message to a number or address and says what became of it',
  options: AGENT_OPTIONS,
  help: AGENT_HELP,
  run(context) {
    const [target, message] = context.positionals;
    if (target === undefined || message === undefined || context.positionals.length > 2) {
      throw new UsageError('one TARGET and one TEXT are needed');
    }
    return requestOnce(context, target, ({ agent }, to) => agent.userAgent.message(to, message));
  },
};
