import { xmlText } from '../../base/xml-text.ts';
import { hostPort, type Device, type PhoneSettings } from '../device.ts';

function settingsOf(settings: PhoneSettings): readonly (readonly [name: string, value: string])[] {
  const wants = settings.srtp !== 'forbidden';
  return [
    ['Line_Enable_1_', 'Yes'],
    ['SIP_Transport_1_', 'TLS'],
    ['Proxy_1_', `${settings.domain}:${settings.port}`],
    ['Use_Outbound_Proxy_1_', 'Yes'],
    ['Outbound_Proxy_1_', hostPort(settings)],
    ['Register_1_', 'Yes'],
    ['Register_Expires_1_', '300'],
    ['Display_Name_1_', settings.displayName],
    ['User_ID_1_', settings.user],
    ['Password_1_', settings.password.reveal()],
    ['Use_Auth_ID_1_', 'No'],
    ['SRTP_Method', 's-descriptor'],
    ['Secure_Call_Serv', wants ? 'Yes' : 'No'],
    ['Secure_Call_Setting', wants ? 'Yes' : 'No'],
  ];
}

export const ciscoSpa: Device = {
  id: 'cisco-spa',
  title: 'Linksys, Cisco SPA',
  aliases: ['spa', 'linksys'],
  files: (settings) => [
    {
      name: `spa-${settings.user}.xml`,
      content: `<flat-profile>
${settingsOf(settings)
  .map(([name, value]) => `  <${name} ua="na">${xmlText(value)}</${name}>`)
  .join('\n')}
</flat-profile>
`,
    },
  ],
  steps: () => ['Put the file on the provisioning server and give the phone its address (Provisioning, Profile Rule).'],
  quirks: [
    'By default (x-sipura) it exchanges keys in a way of its own, which no other phone knows; s-descriptor is RFC 4568.',
    'It hardly checks the certificate of the server: the connection is encrypted, but not protected from somebody in its middle.',
    'Star codes *16 and *17 turn encryption on and off for a call.',
  ],
};
