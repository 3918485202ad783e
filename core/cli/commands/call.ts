import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import { PhoneCall } from '../../phone/phone-call.ts';
import { AGENT_HELP, AGENT_OPTIONS, ANONYMOUS, createAgent, signallingText, targetUri } from '../agent.ts';
import { CommandFailure, EXIT, number, pause, text, UsageError, type Command } from '../command.ts';
import { callFields, checkSoundFiles, compareFiles, finish, scriptedCallOptions, waitFor } from '../scripted-call.ts';

/** Registers where there is a user, calls, plays, records, sends digits, and says how the call was. */
export const callCommand: Command = {
  name: 'call',
  arguments: 'TARGET [options]',
  summary: 'calls a number or address and says how the call was protected and how it sounded',
  options: {
    ...AGENT_OPTIONS,
    play: { type: 'string' },
    record: { type: 'string' },
    dtmf: { type: 'string' },
    seconds: { type: 'string' },
    'hold-after': { type: 'string' },
    'resume-after': { type: 'string' },
    'transfer-to': { type: 'string' },
  },
  help: {
    ...AGENT_HELP,
    play: 'WAV file to play; the call ends with it',
    record: 'WAV file to record what comes back',
    dtmf: 'digits to send once connected',
    seconds: 'ends the call after so many seconds',
    'hold-after': 'puts the other side on hold after so many seconds',
    'resume-after': 'takes it off hold so many seconds later',
    'transfer-to': 'sends the other side to this number or address, then ends the call',
  },
  async run(context) {
    const [target] = context.positionals;
    if (target === undefined || context.positionals.length > 1) throw new UsageError('one TARGET is needed');
    const seconds = number(context, 'seconds', { min: 0.1, max: 86_400 });
    const holdAfter = number(context, 'hold-after', { min: 0, max: 86_400 });
    const resumeAfter = number(context, 'resume-after', { min: 0, max: 86_400 });
    if (resumeAfter !== undefined && holdAfter === undefined) throw new UsageError('--resume-after needs --hold-after');
    const transferTo = text(context, 'transfer-to');
    const digits = text(context, 'dtmf');
    if (digits !== undefined && !/^[0-9*#A-D]{1,64}$/.test(digits)) throw new UsageError('--dtmf takes 0-9 * # A-D');
    const play = text(context, 'play');
    const record = text(context, 'record');
    await checkSoundFiles(play, record);
    const scripted = await createAgent(context, target);
    const { output, signal } = context;
    try {
      if (scripted.account.options.authorizationUser !== ANONYMOUS) {
        const { expires, flow } = await scripted.register();
        output.event('registered', { expires }, flow === undefined ? '' : `✓ registered: ${signallingText(flow)}`);
      }
      const uri = targetUri(target, scripted.account.options.address.host);
      if (uri === undefined) throw new UsageError(`"${target}" cannot be called`);
      const newTarget =
        transferTo === undefined ? undefined : targetUri(transferTo, scripted.account.options.address.host);
      if (transferTo !== undefined && newTarget === undefined) throw new UsageError(`"${transferTo}" cannot be called`);
      let played = false;
      const call = PhoneCall.place(
        scriptedCallOptions(
          scripted,
          output,
          {
            source: play === undefined ? { kind: 'silence' } : { kind: 'wav', path: play },
            sink: record === undefined ? { kind: 'none' } : { kind: 'wav', path: record },
          },
          (_call, event) => {
            if (event.kind === 'source-ended') played = true;
          },
        ),
        uri,
      );
      await waitFor(call, signal, () => call.state === 'connected');
      const started = performance.now();
      if (digits !== undefined) call.sendDtmf(digits);
      if (holdAfter !== undefined) {
        await pause(holdAfter, signal);
        succeed(await call.setHeld(true));
      }
      if (resumeAfter !== undefined) {
        await pause(resumeAfter, signal);
        succeed(await call.setHeld(false));
      }
      if (newTarget !== undefined && call.state === 'connected') {
        call.transferTo(newTarget);
        await waitFor(call, signal, () => call.transfer?.state === 'failed');
        if (call.transfer?.diagnosis !== undefined) throw new CommandFailure(call.transfer.diagnosis);
      }
      await waitFor(call, signal, () =>
        seconds === undefined ? played : performance.now() - started >= seconds * 1000,
      );
      await finish(call);
      if (call.connectedAt === undefined)
        throw new CommandFailure(...(call.diagnosis === undefined ? [] : [call.diagnosis]));
      const audio = play !== undefined && record !== undefined ? { audio: await compareFiles(play, record) } : {};
      output.success({ ...callFields(call), ...audio }, `✓ ${call.security.state}`);
      return EXIT.done;
    } finally {
      await scripted.close();
    }
  },
};

function succeed(result: Result<void, Diagnosis>): void {
  if (!result.ok) throw new CommandFailure(result.error);
}
