import { authorityFile, type Device } from '../device.ts';

const SRTP = { forbidden: 0, optional: 1, mandatory: 2 } as const;

export const mitel: Device = {
  id: 'mitel',
  title: 'Mitel, Aastra',
  aliases: ['aastra'],
  files: (settings) => [
    {
      name: `mitel-${settings.user}.cfg`,
      content: `# TLS
sip transport protocol: 4
sips persistent tls: 1
sip persistent tls keep alive: 30
sips trusted certificates: ${settings.authority.file}
sip line1 user name: ${settings.user}
sip line1 auth name: ${settings.user}
sip line1 password: ${settings.password.reveal()}
sip line1 display name: ${settings.displayName}
sip line1 screen name: ${settings.displayName}
sip line1 registrar ip: ${settings.domain}
sip line1 registrar port: ${settings.port}
sip line1 proxy ip: ${settings.domain}
sip line1 proxy port: ${settings.port}
sip line1 outbound proxy: ${settings.host}
sip line1 outbound proxy port: ${settings.port}
sip line1 registration period: 300
sip line1 srtp mode: ${SRTP[settings.srtp]}
`,
    },
    authorityFile(settings),
  ],
  steps: () => ['Put both files on the configuration server of the phone, the first one as MAC.cfg.'],
  quirks: [
    'Without persistent TLS it opens a new connection for each call and is called on a connection of its own, for which it needs its own certificate and key, too.',
    'There is one persistent connection for the whole phone: every line must use the same server.',
  ],
};
