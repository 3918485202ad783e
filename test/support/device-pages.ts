import { Secret } from '../../core/base/secret.ts';
import { deviceFiles, type Device } from '../../core/provision/device.ts';
import { DEVICES } from '../../core/provision/devices.ts';

/** Devices whose settings a test gives to the device itself. */
const TRIED: Readonly<Record<string, string>> = {
  baresip: 'Tried: baresip 1.0 registers and calls with them (`test/interop/provision`).',
  linphone: 'Tried: Linphone 5 registers, checks the certificate and calls with them (`test/interop/provision`).',
};

const EXAMPLE = {
  user: '1000',
  password: new Secret('the-password-of-1000'),
  displayName: 'Extension 1000',
  domain: 'example.org',
  host: 'pbx.example.org',
  port: 5061,
  srtp: 'mandatory',
  authority: { file: 'cafile.pem', pem: '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n' },
} as const;

/** The page of each device, by its path below `docs/devices`. */
export function devicePages(): ReadonlyMap<string, string> {
  const pages = new Map(DEVICES.map((device) => [`${device.id}.md`, page(device)] as const));
  const rows = DEVICES.map(({ id, title }) => `- [${title}](${id}.md): \`sotto provision ${id} --user N\``);
  pages.set('README.md', `# Phones and the switch\n\n${INTRODUCTION}\n\n${rows.join('\n')}\n`);
  return pages;
}

const INTRODUCTION = `\`sotto provision DEVICE --user N\` writes the settings with which a phone becomes a user of the switch: TLS to the name in
the certificate, the authority that issued it, SRTP as the profile wants it. \`--host\` is the name that the phone connects to,
\`--out DIR\` writes the files. These pages are made from the same source (\`npm run device-pages\`).`;

function page(device: Device): string {
  // A certificate of dots is no certificate that could be turned into DER.
  const readable = { ...EXAMPLE, authority: { ...EXAMPLE.authority, pem: EXAMPLE.authority.pem.replace('…', 'AQID') } };
  const files = deviceFiles(device, readable);
  if (!files.ok) throw new Error(files.error);
  const blocks = files.value.flatMap(({ name, content }) =>
    typeof content !== 'string' || name === EXAMPLE.authority.file
      ? [`\`${name}\`: the authority, ${typeof content === 'string' ? 'PEM' : 'DER'}.`]
      : [
          `\`${name}\`:\n\n\`\`\`${name.endsWith('.xml') ? 'xml' : 'text'}\n${content.replace('AQID', '…').trim()}\n\`\`\``,
        ],
  );
  const { id, aliases = [], title, quirks } = device;
  return `# ${title}

\`sotto provision ${id} --user 1000 --host pbx.example.org\`${aliases.length === 0 ? '' : ` (also: ${aliases.join(', ')})`}

${device.steps(readable).map((step, index) => `${index + 1}. ${step}`).join('\n')}

${TRIED[id] ?? 'Not tried with the device itself: written from the documentation of its maker.'}

## Settings

${blocks.join('\n\n')}

## What is known to go wrong

${quirks.map((quirk) => `- ${quirk}`).join('\n')}
`; // prettier-ignore
}
