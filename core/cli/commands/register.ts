import { EXIT, number, pause, type Command } from '../command.ts';
import { AGENT_HELP, AGENT_OPTIONS, createAgent, signallingFields, signallingText } from '../agent.ts';

/** Registers, says what came of it, and takes the registration away again. */
export const registerCommand: Command = {
  name: 'register',
  arguments: '--user U --password P --domain D [options]',
  summary: 'registers an account, says how the connection is protected, and un-registers',
  options: { ...AGENT_OPTIONS, seconds: { type: 'string' } },
  help: { ...AGENT_HELP, seconds: 'stays registered that long (0)' },
  async run(context) {
    const seconds = number(context, 'seconds', { min: 0, max: 86_400 }) ?? 0;
    const scripted = await createAgent(context);
    try {
      const view = await scripted.register();
      const fields = { registered: true, expires: view.expires, signalling: signallingFields(view.flow) };
      if (seconds > 0) {
        context.output.event('registered', fields, `✓ ${scripted.account.address} registered`);
        await pause(seconds, context.signal);
      }
      const { flow } = view;
      context.output.success(
        fields,
        `✓ ${scripted.account.address} registered for ${view.expires ?? 0} s\n  ${flow === undefined ? '' : signallingText(flow)}`,
      );
      return EXIT.done;
    } finally {
      await scripted.close();
    }
  },
};
