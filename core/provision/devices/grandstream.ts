import { xmlText } from '../../base/xml-text.ts';
import { authorityFile, hostPort, type Device, type PhoneSettings } from '../device.ts';

const SRTP = { forbidden: 0, optional: 1, mandatory: 2 } as const;

/** Grandstream's numbers for the settings of the first account. */
function settingsOf(
  settings: PhoneSettings,
): readonly (readonly [name: string, value: string | number, what: string])[] {
  return [
    ['P271', 1, 'account active'],
    ['P270', settings.user, 'account name'],
    ['P47', `${settings.domain}:${settings.port}`, 'SIP server'],
    ['P48', hostPort(settings), 'outbound proxy'],
    ['P35', settings.user, 'SIP user'],
    ['P36', settings.user, 'authentication'],
    ['P34', settings.password.reveal(), 'password'],
    ['P3', settings.displayName, 'name'],
    ['P32', 5, 'registration, minutes'],
    ['P130', 2, 'transport TLS'],
    ['P2329', 0, 'sip: in addresses, not sips:'],
    ['P2331', 1, 'the real port in Contact, so that the connection is used again'],
    ['P183', SRTP[settings.srtp], 'SRTP'],
    ['P2311', 1, 'checks the name in the certificate'],
  ];
}

export const grandstream: Device = {
  id: 'grandstream',
  title: 'Grandstream',
  files: (settings) => [
    {
      name: `grandstream-${settings.user}.xml`,
      content: `<?xml version="1.0" encoding="utf-8"?>
<gs_provision version="1">
  <config version="1">
${settingsOf(settings)
  .map(([name, value, what]) => `    <!-- ${what} -->\n    <${name}>${xmlText(String(value))}</${name}>`)
  .join('\n')}
  </config>
</gs_provision>
`,
    },
    authorityFile(settings),
  ],
  steps: ({ authority }) => [
    'Put the settings on the provisioning server as cfgMAC.xml, or upload them under Maintenance, Upgrade and Provisioning.',
    `Upload ${authority.file} under Maintenance, Security Settings, Trusted CA Certificates, and turn on the check of the chain there.`,
  ],
  quirks: [
    'Its manual suggests sips: addresses, which many servers refuse; sip: over TLS is right here.',
    'The check of the domain in the certificate is off by default.',
  ],
};
