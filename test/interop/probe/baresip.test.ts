import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probing } from '../../loopback/probe/probing.ts';
import { ExternalProgram, installed } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';
import { makeCertificate } from './openssl-server.ts';

const NAME = 'phone.example.com';

let folder: string;
let trust: string;
let port: number;
let baresip: ExternalProgram;

describe.skipIf(!installed('baresip', 'openssl'))('a probe of the listener of baresip', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-baresip-'));
    const root = await makeCertificate(folder, { name: 'Phone Root', isCa: true });
    trust = await readFile(root.certificate, 'utf8');
    const { certificate, key } = await makeCertificate(folder, { name: NAME, san: `DNS:${NAME}`, by: root });
    const pem = join(folder, 'phone.pem');
    await writeFile(pem, `${await readFile(certificate, 'utf8')}${await readFile(key, 'utf8')}`);
    // It listens with TLS on the port after the one that it is given.
    port = (await freePort()) + 1;
    await writeFile(
      join(folder, 'config'),
      `sip_listen 127.0.0.1:${port - 1}\nsip_certificate ${pem}\nmodule_path /usr/lib/baresip/modules\nmodule stdio.so\nmodule g711.so\nmodule_app account.so\nmodule_app menu.so\n`,
    );
    await writeFile(join(folder, 'accounts'), `<sip:1000@${NAME};transport=tls>;regint=0\n`);
    await writeFile(join(folder, 'contacts'), '');
    baresip = new ExternalProgram('baresip', ['-f', folder], { env: { HOME: folder } });
    await baresip.line(/baresip is ready/);
  });
  afterAll(async () => {
    await baresip.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('its certificate, its versions, its keep-alive', async () => {
    const probed = await probing(`1000@${NAME}:${port}`, { tls: { trust: [trust] } });
    expect(probed.worst, JSON.stringify(probed)).toBe('');
    expect(probed.tls).toMatchObject({ trusted: true, nameMatches: true, versions: { 'TLSv1.2': 'accepted' } });
    // It has no user of no name; that it answers is enough.
    expect(probed.sip).toMatchObject({ options: 404, keepAlivePong: true, peerVerified: true });
    expect(probed.sip?.server).toMatch(/baresip/);
  });
});
