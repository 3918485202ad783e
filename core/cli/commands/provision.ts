import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomically } from '../../io/atomic-file.ts';
import { FILE_MODE } from '../../io/authority-files.ts';
import { deviceFiles, type DeviceFile } from '../../provision/device.ts';
import { DEVICES, deviceOf } from '../../provision/devices.ts';
import { readPhoneSettings } from '../../shell/phone-settings.ts';
import { warn, writing } from '../authority-access.ts';
import { CommandFailure, EXIT, text, UsageError, type Command } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../pbx-file.ts';

/** Writes the settings with which a phone becomes a user of the switch. */
export const provisionCommand: Command = {
  name: 'provision',
  arguments: 'DEVICE --user N [options]',
  summary: 'writes the settings with which a phone becomes a user of the switch; without DEVICE lists the phones',
  options: {
    ...CONFIG_OPTION,
    user: { type: 'string' },
    host: { type: 'string' },
    profile: { type: 'string' },
    out: { type: 'string' },
  },
  help: {
    ...CONFIG_HELP,
    user: 'the user that the phone shall be',
    host: 'name that the phone connects to; the certificate must hold it (the domain)',
    profile: 'profile that it registers with (internal)',
    out: 'folder for the files, readable by you alone; without it they are shown',
  },
  async run(context) {
    const { output, positionals } = context;
    const [word, ...more] = positionals;
    if (more.length > 0) throw new UsageError('one DEVICE is needed');
    if (word === undefined) {
      output.success(
        { devices: DEVICES.map(({ id, title, aliases = [] }) => ({ id, title, aliases })) },
        DEVICES.map(({ id, title }) => `  ${id.padEnd(12)} ${title}`).join('\n'),
      );
      return EXIT.done;
    }
    const device = deviceOf(word);
    if (device === undefined)
      throw new UsageError(`there are no settings for "${word}"; known are ${DEVICES.map(({ id }) => id).join(', ')}`);
    const user = text(context, 'user');
    if (user === undefined) throw new UsageError('--user is needed');
    const pbx = await readConfig(context);
    if (pbx === EXIT.usage) return pbx;
    const read = await readPhoneSettings(pbx, { user, host: text(context, 'host'), profile: text(context, 'profile') });
    if (!read.ok) throw new CommandFailure(read.error);
    const { settings, warnings } = read.value;
    const files = deviceFiles(device, settings);
    if (!files.ok) {
      throw new CommandFailure({
        code: 'config.conflict',
        side: 'here',
        summary: files.error,
        cure: 'Choose another password or name in the configuration.',
        evidence: { device: device.id, user },
      });
    }
    for (const warning of warnings) warn(context, warning);
    const steps = device.steps(settings);
    const about = { device: device.id, user };
    const out = text(context, 'out');
    const shown = out === undefined ? files.value.map(shownFile) : await writeFiles(resolve(out), files.value);
    output.success(
      { ...about, files: shown.map(({ fields }) => fields), steps, quirks: device.quirks },
      [...shown.map(({ forPeople }) => forPeople), '', ...steps.map((step, index) => `${index + 1}. ${step}`), ...device.quirks.map((quirk) => `!  ${quirk}`)].join('\n'),
    ); // prettier-ignore
    return EXIT.done;
  },
};

/** A file as the result tells of it, and as people see it. */
interface ShownFile {
  readonly fields: Readonly<Record<string, string>>;
  readonly forPeople: string;
}

function shownFile({ name, content }: DeviceFile): ShownFile {
  if (typeof content === 'string') return { fields: { name, text: content }, forPeople: `# ${name}\n${content}` };
  return {
    fields: { name, base64: Buffer.from(content).toString('base64') },
    forPeople: `# ${name}: ${content.length} octets; --out writes it\n`,
  };
}

async function writeFiles(folder: string, files: readonly DeviceFile[]): Promise<readonly ShownFile[]> {
  await writing(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const written: ShownFile[] = [];
  for (const { name, content } of files) {
    const path = join(folder, name);
    await writing(path, () => writeFileAtomically(path, content, FILE_MODE.secret));
    written.push({ fields: { name, path }, forPeople: `✓ ${path}` });
  }
  return written;
}
