import { authorityFile, type Device } from '../device.ts';

const SRTP = { forbidden: 0, optional: 1, mandatory: 2 } as const;

export const yealink: Device = {
  id: 'yealink',
  title: 'Yealink',
  files: (settings) => [
    {
      name: `yealink-${settings.user}.cfg`,
      content: `#!version:1.0.0.1
account.1.enable = 1
account.1.label = ${settings.user}
account.1.display_name = ${settings.displayName}
account.1.user_name = ${settings.user}
account.1.auth_name = ${settings.user}
account.1.password = ${settings.password.reveal()}
account.1.sip_server.1.address = ${settings.domain}
account.1.sip_server.1.port = ${settings.port}
account.1.sip_server.1.transport_type = 2
account.1.sip_server.1.expires = 300
account.1.outbound_proxy_enable = 1
account.1.outbound_proxy.1.address = ${settings.host}
account.1.outbound_proxy.1.port = ${settings.port}
account.1.srtp_encryption = ${SRTP[settings.srtp]}
static.trusted_certificates.url = ${settings.authority.file}
static.security.trust_certificates = 1
static.security.ca_cert = 2
static.security.cn_validation = 1
`,
    },
    authorityFile(settings),
  ],
  steps: ({ authority }) => [
    `Put both files on the provisioning server of the phone, the first one under the name MAC.cfg, and give static.trusted_certificates.url the whole address of ${authority.file}.`,
    'Without a provisioning server: upload the certificate under Security, Trusted Certificates, and the settings under Settings, Configuration.',
  ],
  quirks: [
    'Older firmware does not check certificates.',
    'The clock must be right before TLS can work; give the phone an NTP server.',
    'Optional SRTP of recent firmware offers its keys in RTP/AVP (RFC 8643). Sotto takes that, FreeSWITCH answers 488.',
  ],
};
