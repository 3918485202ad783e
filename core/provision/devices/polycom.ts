import { xmlText } from '../../base/xml-text.ts';
import type { Device, PhoneSettings } from '../device.ts';

const TLS_PROFILE = 'ApplicationProfile1';

function settingsOf(settings: PhoneSettings): readonly (readonly [name: string, value: string | number])[] {
  const wants = settings.srtp !== 'forbidden';
  return [
    ['reg.1.address', `${settings.user}@${settings.domain}`],
    ['reg.1.displayName', settings.displayName],
    ['reg.1.label', settings.user],
    ['reg.1.auth.userId', settings.user],
    ['reg.1.auth.password', settings.password.reveal()],
    ['reg.1.auth.domain', settings.domain],
    ['reg.1.server.1.address', settings.domain],
    ['reg.1.server.1.port', settings.port],
    ['reg.1.server.1.transport', 'TLS'],
    ['reg.1.server.1.expires', 300],
    ['reg.1.outboundProxy.address', settings.host],
    ['reg.1.outboundProxy.port', settings.port],
    ['reg.1.outboundProxy.transport', 'TLS'],
    ['sec.srtp.enable', wants ? 1 : 0],
    ['sec.srtp.offer', wants ? 1 : 0],
    ['sec.srtp.require', settings.srtp === 'mandatory' ? 1 : 0],
    ['sec.TLS.customCaCert.1', settings.authority.pem],
    ['sec.TLS.profileSelection.SIP', TLS_PROFILE],
    ['sec.TLS.profile.caCert.application1', 1],
    ['sec.TLS.SIP.strictCertCommonNameValidation', 1],
  ];
}

export const polycom: Device = {
  id: 'polycom',
  title: 'Polycom, Poly (UCS)',
  aliases: ['poly'],
  files: (settings) => [
    {
      name: `polycom-${settings.user}.cfg`,
      content: `<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<polycomConfig>
  <sotto
${settingsOf(settings)
  .map(([name, value]) => `    ${name}="${xmlText(String(value)).trim().replaceAll('\n', '&#10;')}"`)
  .join('\n')}
  />
</polycomConfig>
`,
    },
  ],
  steps: () => [
    'Name the file in CONFIG_FILES of the master configuration (MAC.cfg) on the provisioning server; the authority is inside.',
  ],
  quirks: [
    'The name of the server must be in its certificate; an address is not enough.',
    'The oldest models (IP 300, IP 500) know no TLS.',
    'The padlock shows only where RTP and RTCP are both encrypted and authenticated.',
  ],
};
