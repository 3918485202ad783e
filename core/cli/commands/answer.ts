import { PhoneCall, type CallSound } from '../../phone/phone-call.ts';
import { formatUri, isSipUri } from '../../sip/message/uri.ts';
import { AGENT_HELP, AGENT_OPTIONS, createAgent, signallingFields } from '../agent.ts';
import { aborted, EXIT, number, pause, text, type Command } from '../command.ts';
import { callFields, checkSoundFiles, finish, scriptedCallOptions, waitFor } from '../scripted-call.ts';

/** Registers and takes calls. */
export const answerCommand: Command = {
  name: 'answer',
  arguments: '--user U --password P --domain D [options]',
  summary: 'registers and answers calls',
  options: {
    ...AGENT_OPTIONS,
    delay: { type: 'string' },
    play: { type: 'string' },
    record: { type: 'string' },
    echo: { type: 'boolean' },
    calls: { type: 'string' },
  },
  help: {
    ...AGENT_HELP,
    delay: 'rings that many seconds before it answers (0)',
    play: 'WAV file to play',
    record: 'WAV file to record',
    echo: 'sends back what it hears',
    calls: 'ends after so many calls (1); 0 goes on for ever',
  },
  async run(context) {
    const delay = number(context, 'delay', { min: 0, max: 3600 }) ?? 0;
    const wanted = number(context, 'calls', { min: 0, max: 1_000_000 }) ?? 1;
    const play = text(context, 'play');
    const record = text(context, 'record');
    const { output, signal } = context;
    const sound: CallSound = {
      source:
        context.values.echo === true
          ? { kind: 'echo' }
          : play === undefined
            ? { kind: 'silence' }
            : { kind: 'wav', path: play },
      sink: record === undefined ? { kind: 'none' } : { kind: 'wav', path: record },
    };
    await checkSoundFiles(play, record);
    const scripted = await createAgent(context);
    const finished = Promise.withResolvers<undefined>();
    const running = new Set<PhoneCall>();
    const ended: PhoneCall[] = [];
    const follow = (call: PhoneCall): void => {
      void waitFor(call, signal, () => false).then(async () => {
        await finish(call);
        running.delete(call);
        ended.push(call);
        output.event('call', callFields(call), '');
        if (wanted > 0 && ended.length >= wanted && running.size === 0) finished.resolve(undefined);
      });
    };
    scripted.agent.setUser({
      onMessage: ({ from, text: words }) => {
        const sender = from === undefined ? '' : formatUri(from.uri);
        output.event('message', { from: sender, text: words ?? null }, `message from ${sender}: ${words ?? ''}`);
        return 200;
      },
      onRefer: (referral) => {
        const { session, referTo } = referral;
        const referred = [...running].find((call) => call.session === session && call.state === 'connected');
        if (referred === undefined || !isSipUri(referTo.uri)) {
          referral.refuse();
          return;
        }
        referral.accept();
        const options = scriptedCallOptions(scripted, output, sound);
        const call = PhoneCall.place({ ...options, referral }, referTo.uri);
        running.add(call);
        follow(call);
      },
      onInvite: (transaction) => {
        void PhoneCall.receive(scriptedCallOptions(scripted, output, sound), transaction).then(async (call) => {
          if (call === undefined) return;
          running.add(call);
          await pause(delay, signal);
          if (!signal.aborted) await call.answer();
          follow(call);
        });
      },
    });
    try {
      const view = await scripted.register();
      output.event('ready', { signalling: signallingFields(view.flow) }, `✓ ${scripted.account.address} is ready`);
      await Promise.race([finished.promise, aborted(signal)]);
      for (const call of running) await finish(call);
      const last = ended.at(-1);
      output.success({ calls: ended.length, ...(last === undefined ? {} : callFields(last)) }, `${ended.length} calls`);
      return EXIT.done;
    } finally {
      await scripted.close();
    }
  },
};
