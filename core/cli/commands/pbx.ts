import { formatSocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { ok, type Result } from '../../base/result.ts';
import { controlPath, listenForCommands, type ControlSocket } from '../../io/control-socket.ts';
import { defaultDataFolder } from '../../io/data-folder.ts';
import { systemClock } from '../../io/node-clock.ts';
import { formatUri } from '../../sip/message/uri.ts';
import type { MiniPbx, MiniPbxEvent } from '../../pbx/mini-pbx.ts';
import { SwitchConsole } from '../../pbx/switch-console.ts';
import { createCorePorts } from '../../shell/core-ports.ts';
import { startPbx } from '../../shell/pbx-folder.ts';
import { VERSION } from '../../shell/version.ts';
import type { Tracer } from '../../trace/tracer.ts';
import { aborted, EXIT, openTrace, text, type Command, type CommandContext } from '../command.ts';
import { diagnosisText, type Output } from '../output.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../pbx-file.ts';

/** Runs the switch until it is told to end. */
export const pbxCommand: Command = {
  name: 'pbx',
  arguments: '[--config FILE]',
  summary: 'runs the switch; SIGTERM ends calls politely, SIGHUP reads configuration and certificates again',
  options: { ...CONFIG_OPTION, strict: { type: 'boolean' } },
  help: {
    ...CONFIG_HELP,
    strict: 'ends where a profile cannot listen',
  },
  async run(context) {
    const { output, signal } = context;
    const folder = await readConfig(context);
    if (folder === EXIT.usage) return folder;
    const { tracer, stopLog } = openTrace(context);
    const ports = createCorePorts({ version: VERSION, audio: 'silence', tracer });
    const failures: Diagnosis[] = [];
    const pbx = await startPbx(folder, ports, (event) => {
      if (event.event === 'diagnosis' && keepsFromListening(event)) failures.push(event.diagnosis);
      showEvent(output, event);
    });
    const reload = (): void => void pbx.rescan();
    process.on('SIGHUP', reload);
    const { listeners } = pbx;
    const hopeless = listeners.length === 0 || (context.values.strict === true && failures.length > 0);
    if (hopeless) output.failure(failures);
    else {
      const where = listeners.map(
        ({ profile, transport, ...local }) => `  ${profile} ${transport} ${formatSocketAddress(local)}`,
      );
      const control = await openConsole(context, pbx, tracer, folder.configuration.rtp.codecs);
      if (!control.ok)
        output.event('diagnosis', { ...control.error, severity: 'warning' }, diagnosisText(control.error));
      const path = control.ok ? { control: control.value.path } : {};
      output.event('ready', { listeners, ...path }, ['✓ the switch is ready', ...where].join('\n'));
      await aborted(signal);
      if (control.ok) await control.value.close();
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

/** Where `sotto console` reaches this switch. */
async function openConsole(
  context: CommandContext,
  pbx: MiniPbx,
  tracer: Tracer,
  codecs: readonly string[],
): Promise<Result<ControlSocket, Diagnosis>> {
  const print = (lines: string): void => void process.stderr.write(lines);
  const console = new SwitchConsole({ pbx, clock: systemClock, tracer, codecs, print });
  const folder = text(context, 'data') ?? defaultDataFolder();
  const execute = (command: string): Promise<string> => console.execute(command);
  let socket = await listenForCommands(controlPath(folder), execute);
  // A second switch has a place of its own, which only its first line names.
  if (!socket.ok && socket.error.code === 'port.in-use') {
    socket = await listenForCommands(controlPath(folder, `control-${process.pid}`), execute);
  }
  if (!socket.ok) return socket;
  const { path, close } = socket.value;
  return ok({
    path,
    close: () => {
      console.close();
      return close();
    },
  });
}

/** What a client did wrong does not, and neither does what only should be mended. */
function keepsFromListening({ remote, severity }: Extract<MiniPbxEvent, { event: 'diagnosis' }>): boolean {
  return remote === undefined && severity !== 'warning';
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
    case 'gateway': {
      const { name, profile, state } = event.gateway;
      output.event('gateway', { name, profile, state }, `gateway ${name}: ${state}`);
      return;
    }
    case 'diagnosis': {
      const { diagnosis, profile, remote, severity } = event;
      const where = {
        ...(severity === undefined ? {} : { severity }),
        ...(profile === undefined ? {} : { profile }),
        ...(remote === undefined ? {} : { remote: formatSocketAddress(remote) }),
      };
      output.event('diagnosis', { ...diagnosis, ...where }, diagnosisText(diagnosis));
    }
  }
}
