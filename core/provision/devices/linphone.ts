import { xmlText } from '../../base/xml-text.ts';
import { authorityFile, hostPort, type Device, type PhoneSettings } from '../device.ts';

type Sections = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

function sections(settings: PhoneSettings): Sections {
  const server = `<sip:${hostPort(settings)};transport=tls>`;
  return {
    sip: {
      default_proxy: 0,
      verify_server_certs: 1,
      verify_server_cn: 1,
      root_ca: settings.authority.file,
      media_encryption: settings.srtp === 'forbidden' ? 'none' : 'srtp',
      media_encryption_mandatory: settings.srtp === 'mandatory' ? 1 : 0,
    },
    proxy_0: {
      reg_proxy: server,
      reg_route: server,
      reg_identity: `"${settings.displayName.replace(/["\\]/g, '\\$&')}" <sip:${settings.user}@${settings.domain}>`,
      reg_expires: 300,
      reg_sendregister: 1,
      publish: 0,
    },
    auth_info_0: {
      username: settings.user,
      userid: settings.user,
      passwd: settings.password.reveal(),
      realm: settings.domain,
      domain: settings.domain,
    },
  };
}

function asFile(all: Sections): string {
  return Object.entries(all)
    .map(([name, entries]) => `[${name}]\n${Object.entries(entries).map(([key, value]) => `${key}=${value}\n`).join('')}`)
    .join('\n'); // prettier-ignore
}

function asXml(all: Sections): string {
  const section = ([name, entries]: [string, Sections[string]]): string => `  <section name="${name}">
${Object.entries(entries)
  .map(([key, value]) => `    <entry name="${key}" overwrite="true">${xmlText(String(value))}</entry>`)
  .join('\n')}
  </section>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">
${Object.entries(all).map(section).join('\n')}
</config>
`;
}

export const linphone: Device = {
  id: 'linphone',
  title: 'Linphone',
  files: (settings) => [
    { name: 'linphonerc', content: asFile(sections(settings)) },
    { name: `linphone-${settings.user}.xml`, content: asXml(sections(settings)) },
    authorityFile(settings),
  ],
  steps: ({ authority }) => [
    `On a computer: put linphonerc where Linphone keeps its settings, or start it with -c linphonerc; root_ca must be the whole path of ${authority.file}.`,
    'On a mobile phone: serve the XML file by HTTPS and give its address under Remote provisioning; there the authority must be one that the system trusts.',
  ],
  quirks: [
    'It looks for names in a certificate, never for addresses: give it a host name.',
    'It says of every failed handshake the same sentence; sotto probe and the trace of the switch say which it was.',
  ],
};
