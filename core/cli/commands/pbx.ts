import { formatSocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { formatUri } from '../../sip/message/uri.ts';
import type { MiniPbxEvent } from '../../pbx/mini-pbx.ts';
import { createCorePorts } from '../../shell/core-ports.ts';
import { problemDiagnosis, readPbxFolder, startPbx } from '../../shell/pbx-folder.ts';
import { logTrace } from '../../shell/trace-log.ts';
import { VERSION } from '../../shell/version.ts';
import { aborted, EXIT, text, type Command } from '../command.ts';
import { diagnosisText, type Output } from '../output.ts';

/** Runs the switch until it is told to end. */
export const pbxCommand: Command = {
  name: 'pbx',
  arguments: '[--config FILE]',
  summary: 'runs the switch; SIGTERM ends calls politely, SIGHUP reads the certificates again',
  options: { config: { type: 'string' }, strict: { type: 'boolean' } },
  help: {
    config: 'configuration (sotto-pbx.yaml); "sotto pbx init DIR" writes one',
    strict: 'ends where a profile cannot listen',
  },
  async run(context) {
    const file = text(context, 'config') ?? 'sotto-pbx.yaml';
    const { output, signal, verbosity } = context;
    const read = await readPbxFolder(file);
    if (!read.ok) {
      output.failure(read.error.map((problem) => problemDiagnosis(file, problem)));
      return EXIT.usage;
    }
    const ports = createCorePorts({ version: VERSION, audio: 'silence' });
    const stopLog = logTrace(ports.tracer, verbosity);
    const failures: Diagnosis[] = [];
    const pbx = await startPbx(read.value, ports, (event) => {
      if (event.event === 'diagnosis' && keepsFromListening(event)) failures.push(event.diagnosis);
      showEvent(output, event);
    });
    const reload = (): void => void pbx.reloadCertificates();
    process.on('SIGHUP', reload);
    const { listeners } = pbx;
    const hopeless = listeners.length === 0 || (context.values.strict === true && failures.length > 0);
    if (hopeless) output.failure(failures);
    else {
      const where = listeners.map(
        ({ profile, transport, ...local }) => `  ${profile} ${transport} ${formatSocketAddress(local)}`,
      );
      output.event('ready', { listeners }, ['✓ the switch is ready', ...where].join('\n'));
      await aborted(signal);
    }
    process.off('SIGHUP', reload);
    await pbx.close();
    await ports.plane.close();
    stopLog();
    if (hopeless) return EXIT.failed;
    output.success({}, 'ended');
    return EXIT.done;
  },
};

/** What a client did wrong does not, and neither does what only should be mended. */
function keepsFromListening({ diagnosis, remote }: Extract<MiniPbxEvent, { event: 'diagnosis' }>): boolean {
  return remote === undefined && diagnosis.code !== 'file.key-exposed';
}

function showEvent(output: Output, event: MiniPbxEvent): void {
  switch (event.event) {
    case 'registration': {
      const { binding, change } = event;
      const state = change === 'refreshed' ? 'registered' : change;
      output.event(
        'registration',
        {
          state,
          user: binding.user,
          contact: formatUri(binding.contact),
          transport: binding.flow.protocol,
          remote: formatSocketAddress(binding.flow.remote),
          expires: binding.expires,
        },
        `${binding.user} ${state} (${binding.flow.protocol}, ${formatSocketAddress(binding.flow.remote)})`,
      );
      return;
    }
    case 'call': {
      const { state, id, from, to, legs } = event.call;
      const security = legs.map((leg) => leg.security).join(' – ');
      output.event('call', { state, id, from, to, legs }, `call ${from} → ${to}: ${state} (${security})`);
      return;
    }
    case 'diagnosis': {
      const { diagnosis, profile, remote } = event;
      const where = {
        ...(profile === undefined ? {} : { profile }),
        ...(remote === undefined ? {} : { remote: formatSocketAddress(remote) }),
      };
      output.event('diagnosis', { ...diagnosis, ...where }, diagnosisText(diagnosis));
    }
  }
}
