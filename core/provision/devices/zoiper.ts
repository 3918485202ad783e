import { xmlText } from '../../base/xml-text.ts';
import { authorityFile, hostPort, type Device, type PhoneSettings } from '../device.ts';

function settingsOf(settings: PhoneSettings): readonly (readonly [name: string, value: string])[] {
  return [
    ['protocol', 'SIP'],
    ['name', `${settings.user}@${settings.domain}`],
    ['username', settings.user],
    ['password', settings.password.reveal()],
    ['SIP_domain', `${settings.domain}:${settings.port}`],
    ['SIP_use_outbound_proxy', 'true'],
    ['SIP_outbound_proxy', hostPort(settings)],
    ['SIP_callerId', settings.displayName],
    ['SIP_transport_type', 'tls'],
    ['SIP_srtp_mode', settings.srtp === 'forbidden' ? 'none' : 'sdes'],
    ['reregistration_time', '300'],
    ['register_on_startup', 'true'],
  ];
}

export const zoiper: Device = {
  id: 'zoiper',
  title: 'Zoiper',
  files: (settings) => [
    {
      name: `zoiper-${settings.user}.xml`,
      content: `<?xml version="1.0" encoding="utf-8"?>
<options>
  <accounts>
    <account>
${settingsOf(settings)
  .map(([name, value]) => `      <${name}>${xmlText(value)}</${name}>`)
  .join('\n')}
    </account>
  </accounts>
  <tls_config>
    <use_ca_file>true</use_ca_file>
    <ca_file>${xmlText(settings.authority.file)}</ca_file>
  </tls_config>
</options>
`,
    },
    authorityFile(settings),
  ],
  steps: () => [
    'Import the file, or type its values under Settings, Accounts; TLS and SDES are on the page Advanced and need the paid version.',
    'Add the authority under Advanced, Security, or to the trusted authorities of the system.',
  ],
  quirks: [
    'It registers, takes the registration away and registers again with transport=TLS; Sotto takes both spellings.',
  ],
};
