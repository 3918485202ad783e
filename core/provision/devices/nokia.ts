import { authorityCer, type Device } from '../device.ts';

export const nokia: Device = {
  id: 'nokia',
  title: 'Nokia (Symbian S60)',
  aliases: ['s60', 'symbian'],
  files: (settings) => [
    {
      name: `nokia-${settings.user}.txt`,
      content: `SIP settings
  Profile name          ${settings.domain}
  Service profile       IETF
  Public user name      sips:${settings.user}@${settings.domain}
  Use compression       No
  Registration          Always on
  Use security          Yes
Proxy server
  Proxy server address  sips:${settings.host}
  Realm                 ${settings.domain}
  User name             ${settings.user}
  Password              ${settings.password.reveal()}
  Allow loose routing   Yes
  Transport type        Auto
  Port                  ${settings.port}
Registrar server
  Registrar address     sips:${settings.domain}
  Realm                 ${settings.domain}
  User name             ${settings.user}
  Password              ${settings.password.reveal()}
  Transport type        Auto
  Port                  ${settings.port}
`,
    },
    authorityCer(settings),
  ],
  steps: () => [
    'Send cafile.cer to the phone, open it there, save it as an authority certificate, and allow it for Internet use.',
    'Type the values under Settings, Connection, SIP settings. A provisioning message cannot say TLS.',
  ],
  quirks: [
    'The built-in client has no SRTP: the switch must allow plain media towards it (rtp_secure_media: optional, rtp_secure_media_outbound: optional).',
    'It refuses self-signed server certificates; they need a real authority, as this one is.',
    'The clock must be right.',
  ],
};
