import { xmlText } from '../../base/xml-text.ts';
import { authorityFile, hostPort, type Device, type PhoneSettings } from '../device.ts';

function settingsOf(settings: PhoneSettings): readonly (readonly [name: string, value: string])[] {
  return [
    ['username', settings.user],
    ['realm', settings.domain],
    ['from-user', settings.user],
    ['from-domain', settings.domain],
    ['password', settings.password.reveal()],
    ['proxy', `${hostPort(settings)};transport=tls`],
    ['register-proxy', `${hostPort(settings)};transport=tls`],
    ['register', 'true'],
    ['register-transport', 'tls'],
    ['expire-seconds', '300'],
    ['retry-seconds', '30'],
    ['ping', '30'],
  ];
}

export const freeswitchGateway: Device = {
  id: 'freeswitch',
  title: 'FreeSWITCH as a gateway',
  aliases: ['freeswitch-gateway'],
  files: (settings) => [
    {
      name: `sotto-${settings.user}.xml`,
      content: `<include>
  <gateway name="sotto-${xmlText(settings.user)}">
${settingsOf(settings)
  .map(([name, value]) => `    <param name="${name}" value="${xmlText(value)}"/>`)
  .join('\n')}
  </gateway>
</include>
`,
    },
    authorityFile(settings),
  ],
  steps: ({ user, srtp, authority }) => [
    `Put the gateway into sip_profiles/external/, and ${authority.file} beside agent.pem in the certificate folder of that profile (or add it to the one that is there).`,
    'Set tls to true and tls-verify-policy to out|subjects_out in the profile, then restart it: without tls it skips the gateway.',
    `Bridge with: {rtp_secure_media=${srtp}}sofia/gateway/sotto-${user}/1001`,
  ],
  quirks: [
    'Any agent.pem will do as long as the switch asks for no client certificate.',
    'rtp_secure_media counts in a dial string, the dial plan or the directory, not in vars.xml.',
  ],
};
