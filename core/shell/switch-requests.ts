import type { RequestHandlers, SwitchRequestName } from '../api/contract.ts';
import { Refusal, refused } from '../api/refusal.ts';
import type { FaultView, SwitchDetails } from '../api/switch.ts';
import { formatSocketAddress } from '../base/address.ts';
import { FAULTS } from '../faults/catalogue.ts';
import type { Fault } from '../faults/fault.ts';
import { checkCertificateFolder } from '../io/certificate-folder-check.ts';
import { Secret } from '../base/secret.ts';
import { SwitchConsole } from '../pbx/switch-console.ts';
import type { PhonePorts } from '../phone/phone-agent.ts';
import { diagnosisView } from '../phone/views.ts';
import { deviceFiles } from '../provision/device.ts';
import { DEVICES, deviceOf } from '../provision/devices.ts';
import { formatUri } from '../sip/message/uri.ts';
import { chainOf } from '../trace/connections.ts';
import type { BuiltInSwitch, RunningSwitch } from './built-in-switch.ts';
import type { FaultShow } from './fault-show.ts';
import { certificateFolders } from './pbx-folder.ts';
import { readPhoneSettings } from './phone-settings.ts';

/** For how long what was found out about certificates is told again; they change rarely, and calls all the time. */
const CERTIFICATES_MS = 60_000;

/** Answers what windows ask of the built-in switch. */
export function switchRequests(
  builtIn: BuiltInSwitch,
  faults: FaultShow,
  ports: PhonePorts,
): Pick<RequestHandlers, SwitchRequestName> {
  const consoles = new WeakMap<RunningSwitch, SwitchConsole>();
  const consoleOf = (running: RunningSwitch): SwitchConsole => {
    const { pbx, folder } = running;
    const { clock, tracer } = ports;
    const { codecs } = folder.configuration.rtp;
    // The messages are in the wire view.
    const known = consoles.get(running) ?? new SwitchConsole({ pbx, clock, tracer, codecs, print: () => undefined });
    consoles.set(running, known);
    return known;
  };
  const on = (): RunningSwitch => {
    if (builtIn.running !== undefined) return builtIn.running;
    throw refused('config.conflict', 'The built-in switch is off.', 'Switch it on first.');
  };
  let certificates = { of: undefined as RunningSwitch | undefined, at: 0, views: [] as SwitchDetails['certificates'] };
  const certificatesOf = async (running: RunningSwitch): Promise<SwitchDetails['certificates']> => {
    const at = ports.clock.now();
    if (certificates.of !== running || at - certificates.at > CERTIFICATES_MS)
      certificates = { of: running, at, views: await readCertificates(running, ports.clock.wall()) };
    return certificates.views;
  };
  return {
    'switch.read': async () => {
      const { running } = builtIn;
      return {
        ...(running === undefined
          ? NOTHING
          : { ...detailsOf(running, ports), certificates: await certificatesOf(running) }),
        troubles: builtIn.troubles.map(({ diagnosis, ...when }) => ({ ...diagnosisView(diagnosis), ...when })),
        fault: faults.view,
      };
    },
    'switch.command': async ({ line }) => ({ answer: await consoleOf(on()).execute(line) }),
    'switch.devices': () => Promise.resolve({ devices: DEVICES.map(({ id, title }) => ({ id, title })) }),
    'switch.provision': async ({ user, device: word }) => {
      const device = deviceOf(word);
      if (device === undefined)
        throw refused('config.invalid', `There are no settings for "${word}".`, CHOOSE_DEVICE, { device: word });
      const read = await readPhoneSettings(on().folder, { user });
      if (!read.ok) throw new Refusal(read.error);
      const { settings, warnings } = read.value;
      const files = deviceFiles(device, settings);
      if (!files.ok) throw refused('config.conflict', files.error, CHOOSE_PASSWORD, { device: word, user });
      return {
        files: files.value.map(({ name, content }) => ({
          name,
          base64: Buffer.from(content).toString('base64'),
          text: typeof content === 'string' ? content : null,
        })),
        steps: [...device.steps(settings)],
        quirks: [...device.quirks],
        warnings: warnings.map(diagnosisView),
      };
    },
    'switch.faults': () => Promise.resolve({ faults: FAULTS.map(faultView) }),
    'switch.showFault': async ({ fault, values }) => {
      if (fault === null) await faults.close();
      else {
        const opened = await faults.open(fault, values);
        if (!opened.ok) throw new Refusal(opened.error);
      }
      return null;
    },
  };
}

const CHOOSE_DEVICE = 'Choose one from the list.';
const CHOOSE_PASSWORD = 'Choose another password or name in the configuration.';
const NOTHING = { users: [], registrations: [], calls: [], gateways: [], certificates: [] };

function detailsOf(
  { pbx, folder }: RunningSwitch,
  { clock }: PhonePorts,
): Pick<SwitchDetails, 'users' | 'registrations' | 'calls' | 'gateways'> {
  const [wall, now] = [clock.wall(), clock.now()];
  return {
    users: Object.entries(folder.configuration.users).map(([user, settings]) => ({
      user,
      name: settings['effective-caller-id-name'] ?? '',
    })),
    registrations: pbx.registrations.map(({ user, contact, flow, agent, expiresAtMs }) => ({
      user,
      contact: formatUri(contact),
      transport: flow.protocol,
      remote: formatSocketAddress(flow.remote),
      agent,
      expiresAt: wall + expiresAtMs - now,
    })),
    calls: pbx.calls.map(({ id, created, from, to, state, legs }) => ({
      id,
      startedAt: Date.parse(created),
      from,
      to,
      state,
      legs: legs.map((leg) => ({ ...leg })),
    })),
    gateways: pbx.gateways.map(({ name, profile, address, view }) => ({
      name,
      profile,
      address: formatUri(address),
      state: view.state,
      diagnosis: view.diagnosis === undefined ? null : diagnosisView(view.diagnosis),
    })),
  };
}

function readCertificates({ folder }: RunningSwitch, now: number): Promise<SwitchDetails['certificates']> {
  const { configuration } = folder;
  const folders = [...certificateFolders(folder.folder, configuration)];
  return Promise.all(
    folders.map(async ([profile, path]) => {
      const passphrase = configuration.profiles[profile]?.['tls-passphrase'];
      const { chain, findings } = await checkCertificateFolder(path, {
        role: 'server',
        name: configuration.domain,
        passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
        now,
      });
      return {
        profile,
        chain: chainOf(chain),
        findings: findings.map(({ severity, ...finding }) => ({ ...diagnosisView(finding), severity })),
      };
    }),
  );
}

function faultView({ id, summary, parameters, expected }: Fault): FaultView {
  return {
    id,
    summary,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      summary: parameter.summary,
      choices: parameter.type === 'choice' ? [...parameter.choices] : null,
      default: String(parameter.default),
    })),
    expected: { client: expected.client ?? null, switch: expected.switch ?? null },
  };
}
