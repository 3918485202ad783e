import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { sipUri } from '../../../core/sip/message/uri.ts';
import { probing } from '../../loopback/probe/probing.ts';
import { ExternalProgram, installed } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';
import { makeCertificate, type MadeCertificate } from './openssl-server.ts';

const NAME = 'proxy.example.com';

let folder: string;
let trust: string;
let server: MadeCertificate;
let kamailio: ExternalProgram;
let port: number;
let strictPort: number;

/** A registrar and proxy; on its second port it wants a client certificate. */
function configuration(): string {
  const modules = ['tls', 'kex', 'tm', 'sl', 'rr', 'pv', 'maxfwd', 'usrloc', 'registrar', 'siputils', 'textops'];
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
enable_tls=yes
listen=tls:127.0.0.1:${port}
listen=tls:127.0.0.1:${strictPort}
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("tls", "config", "${folder}/tls.cfg")
request_route {
  if (is_method("REGISTER")) { save("location"); exit; }
  if (is_method("CANCEL")) { t_relay(); exit; }
  if ($rU == $null) { sl_send_reply("200", "OK"); exit; }
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  t_relay();
}
`;
}

const tlsSection = (head: string, client: 'yes' | 'no'): string => `[${head}]
method = TLSv1.2+
verify_certificate = ${client}
require_certificate = ${client}
private_key = ${server.key}
certificate = ${server.certificate}
ca_list = ${folder}/root.pem
`;

describe.skipIf(!installed('kamailio', 'openssl'))('a probe of Kamailio', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-kamailio-'));
    const root = await makeCertificate(folder, { name: 'Proxy Root', isCa: true });
    trust = await readFile(root.certificate, 'utf8');
    server = await makeCertificate(folder, { name: NAME, san: `DNS:${NAME}`, eku: 'serverAuth,clientAuth', by: root });
    port = await freePort();
    do strictPort = await freePort();
    while (strictPort === port);
    await writeFile(join(folder, 'root.pem'), trust);
    const sections = [
      tlsSection('server:default', 'no'),
      tlsSection('client:default', 'no'),
      tlsSection(`server:127.0.0.1:${strictPort}`, 'yes'),
    ];
    await writeFile(join(folder, 'tls.cfg'), sections.join('\n'));
    await writeFile(join(folder, 'kamailio.cfg'), configuration());
    kamailio = new ExternalProgram('kamailio', [
      '-DD', '-E', '-m', '32', '-M', '8', '-f', join(folder, 'kamailio.cfg'), '-P', join(folder, 'pid'), '-Y', folder,
    ]); // prettier-ignore
    await kamailio.until('its listeners', () =>
      kamailio.output.some((line) => line.includes('tls: ')) ? true : undefined,
    );
  });
  afterAll(async () => {
    await kamailio.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds nothing wrong with a good one, and that it reuses the connection', async () => {
    const probed = await probing(`${NAME}:${port}`, {
      tls: { trust: [trust] },
      account: {
        address: sipUri({ user: '1000', host: NAME }),
        authorizationUser: '1000',
        password: new Secret('none is asked for'),
      },
    });
    expect(probed.worst, JSON.stringify(probed)).toBe('');
    expect(probed).toMatchObject({
      tls: { versions: { 'TLSv1.2': 'accepted', 'TLSv1.3': 'accepted' }, trusted: true, nameMatches: true },
      sip: { options: 200, keepAlivePong: true, reuse: true, registration: { status: 200, removed: true } },
    });
    expect(probed.sip?.server).toMatch(/kamailio/i);
  });

  it('finds that it demands a client certificate', async () => {
    const probed = await probing(`${NAME}:${strictPort}`, { tls: { trust: [trust] } });
    expect(probed.worst, JSON.stringify(probed)).toBe('error tls.client-certificate-required');
  });

  it('finds that its authority is not known here', async () => {
    // It sends the root of its ca_list along.
    expect((await probing(`${NAME}:${port}`)).worst).toBe('error cert.self-signed-in-chain');
  });
});
