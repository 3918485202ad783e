import { requestOnce } from '../scripted-request.ts';
import { AGENT_HELP, AGENT_OPTIONS } from '../agent.ts';
import { UsageError, type Command } from '../command.ts';

/** Asks what somebody can do (RFC 3261 §11) and says what came back. */
export const optionsCommand: Command = {
  name: 'options',
  arguments: 'TARGET [options]',
  summary: 'asks a number, address or server what it can do',
  options: AGENT_OPTIONS,
  help: AGENT_HELP,
  run(context) {
    const [target] = context.positionals;
    if (target === undefined || context.positionals.length > 1) throw new UsageError('one TARGET is needed');
    return requestOnce(context, target, ({ agent }, to) => agent.userAgent.options(to));
  },
};
