import { authorityFile, hostPort, type Device } from '../device.ts';

const MEDIA = { forbidden: '', optional: ';mediaenc=srtp', mandatory: ';mediaenc=srtp-mand' } as const;

export const baresip: Device = {
  id: 'baresip',
  title: 'baresip',
  cannotHold: /["\\<>;,]/,
  files: (settings) => [
    {
      name: 'accounts',
      content: `"${settings.displayName}" <sip:${settings.user}@${settings.domain};transport=tls>;auth_user=${settings.user};auth_pass=${settings.password.reveal()};outbound="sip:${hostPort(settings)};transport=tls"${MEDIA[settings.srtp]};regint=300\n`,
    },
    {
      name: 'config',
      content: `# Add these lines to the configuration that is there.
sip_cafile ${settings.authority.file}
sip_verify_server yes
module srtp.so
`,
    },
    authorityFile(settings),
  ],
  steps: ({ authority }) => [
    `Add the account to ~/.baresip/accounts and the lines to ~/.baresip/config, with the whole path of ${authority.file}.`,
  ],
  quirks: [
    'sipnat=outbound is left out: without the module uuid baresip then refuses the account, and Sotto calls a phone on its own connection anyway.',
    'Before version 1.1 (2021) it checked no certificate, whatever the configuration said.',
    'A password with ; , < > a backslash or a quotation mark cannot be written into its accounts.',
  ],
};
