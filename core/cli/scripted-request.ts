import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { SipResponse } from '../sip/message/message.ts';
import type { RequestTarget } from '../sip/ua/out-of-dialog-request.ts';
import { statusDiagnosis } from '../sip/ua/status-diagnosis.ts';
import { createAgent, targetUri, type ScriptedAgent } from './agent.ts';
import { CommandFailure, EXIT, UsageError, type CommandContext } from './command.ts';

/** Sends one request outside any call, as the account of the options, and tells the final response. */
export async function requestOnce(
  context: CommandContext,
  word: string,
  send: (scripted: ScriptedAgent, to: RequestTarget) => Promise<Result<SipResponse, Diagnosis>>,
): Promise<number> {
  const scripted = await createAgent(context, word);
  const { account } = scripted;
  try {
    const target = targetUri(word, account.options.address.host);
    if (target === undefined) throw new UsageError(`"${word}" is no address`);
    const flow = await account.connect();
    if (!flow.ok) throw new CommandFailure(flow.error);
    const answered = await send(scripted, {
      flow: flow.value,
      target,
      from: { uri: account.options.address },
      digest: account.digest,
      headers: account.route,
      redirection: { connect: (uri) => account.connect(uri) },
    });
    if (!answered.ok) throw new CommandFailure(answered.error);
    const { status, reason, headers } = answered.value;
    const allow = headers.get('Allow');
    const fields = { status, reason, ...(allow === undefined ? {} : { allow }) };
    if (status >= 300) {
      context.output.failure([statusDiagnosis(answered.value)], fields);
      return EXIT.failed;
    }
    context.output.success(fields, `✓ ${status} ${reason}`);
    return EXIT.done;
  } finally {
    await scripted.close();
  }
}
