import { xmlText } from '../../base/xml-text.ts';
import { authorityFile, hostPort, type Device, type PhoneSettings } from '../device.ts';

const SAVP = { forbidden: 'off', optional: 'optional', mandatory: 'mandatory' } as const;

function settingsOf(settings: PhoneSettings): readonly (readonly [name: string, value: string])[] {
  return [
    ['user_active', 'on'],
    ['user_realname', settings.displayName],
    ['user_name', settings.user],
    ['user_pname', settings.user],
    ['user_pass', settings.password.reveal()],
    ['user_host', settings.domain],
    ['user_outbound', `${hostPort(settings)};transport=tls`],
    ['user_expiry', '300'],
    ['user_srtp', settings.srtp === 'forbidden' ? 'off' : 'on'],
    ['user_savp', SAVP[settings.srtp]],
    ['user_auth_tag', 'off'],
  ];
}

export const snom: Device = {
  id: 'snom',
  title: 'Snom',
  files: (settings) => [
    {
      name: `snom-${settings.user}.xml`,
      content: `<?xml version="1.0" encoding="utf-8"?>
<settings>
  <phone-settings e="2">
${settingsOf(settings)
  .map(([name, value]) => `    <${name} idx="1" perm="">${xmlText(value)}</${name}>`)
  .join('\n')}
    <tls_server_authentication perm="">on</tls_server_authentication>
  </phone-settings>
  <certificates>
    <certificate url="${xmlText(settings.authority.file)}"/>
  </certificates>
</settings>
`,
    },
    authorityFile(settings),
  ],
  steps: () => [
    'Put both files on the provisioning server of the phone (Advanced, Update, Setting URL), with the whole address of the certificate in the first one.',
    'Or import the settings under Advanced, Update, and add the authority under Certificates.',
  ],
  quirks: [
    'With user_srtp on and user_savp off it sends its keys in RTP/AVP, which FreeSWITCH answers with 488.',
    'user_auth_tag "off" means tags of 80 bits, "on" of 32.',
  ],
};
