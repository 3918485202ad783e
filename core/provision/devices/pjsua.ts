import { authorityFile, hostPort, type Device } from '../device.ts';

const SRTP = { forbidden: 0, optional: 1, mandatory: 2 } as const;

export const pjsua: Device = {
  id: 'pjsua',
  title: 'pjsua (PJSIP)',
  aliases: ['pjsip'],
  cannotHold: /"/,
  files: (settings) => [
    {
      name: `pjsua-${settings.user}.cfg`,
      content: `--id "sip:${settings.user}@${settings.domain}"
--registrar "sip:${settings.domain};transport=tls"
--outbound "sip:${hostPort(settings)};transport=tls;lr"
--realm "*"
--username "${settings.user}"
--password "${settings.password.reveal()}"
--reg-timeout 300
--use-tls
--tls-ca-file "${settings.authority.file}"
--tls-verify-server
--use-srtp ${SRTP[settings.srtp]}
--srtp-secure 1
`,
    },
    authorityFile(settings),
  ],
  steps: ({ user }) => [`Start it with: pjsua --config-file pjsua-${user}.cfg`],
  quirks: [
    'It verifies nothing unless told to (--tls-verify-server).',
    'Where it has lost the name of the server, it compares the certificate with an address and gives up requests within a call.',
  ],
};
