import { authorityCer, hostPort, type Device, type PhoneSettings } from '../device.ts';

const INCOMING = { forbidden: 'Do not allow encrypted calls', optional: 'Prefer to make and accept encrypted calls', mandatory: 'Make and accept only encrypted calls' } as const; // prettier-ignore

function settingsOf(settings: PhoneSettings): readonly (readonly [name: string, value: string])[] {
  return [
    ['enabled', 'true'],
    ['display_name', settings.displayName],
    ['username', settings.user],
    ['authorization_username', settings.user],
    ['password', settings.password.reveal()],
    ['domain', settings.domain],
    ['proxy', hostPort(settings)],
    ['transport', 'TLS'],
    ['security_outgoing_srtp', String(settings.srtp !== 'forbidden')],
  ];
}

export const bria: Device = {
  id: 'bria',
  title: 'Bria, eyeBeam, X-Lite (CounterPath)',
  aliases: ['eyebeam', 'x-lite'],
  cannotHold: /"/,
  files: (settings) => [
    {
      name: `bria-${settings.user}.txt`,
      content: `[DATA]
Success=1

[SETTINGS]
${settingsOf(settings)
  .map(([name, value]) => `proxies:proxy0:${name}="${value}"`)
  .join('\n')}
`,
    },
    authorityCer(settings),
  ],
  steps: ({ srtp }) => [
    'Add cafile.cer to the trusted root authorities of the system (double click): the program asks the system whom to trust.',
    'Serve the text file by HTTPS as the answer of the provisioning server, or type its values under Accounts.',
    `Under Security choose "${INCOMING[srtp]}".`,
  ],
  quirks: [
    'It encrypts media only where the signalling is TLS.',
    '"Prefer" tries again without encryption after a refusal.',
  ],
};
