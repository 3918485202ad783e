import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../../core/tls/tls-settings.ts';
import { closeAll, NAME, ourServer } from '../../loopback/tls/tls-ends.ts';
import { installed } from '../../support/external-program.ts';
import { issue, makeAuthority } from '../../support/test-authority.ts';

const run = promisify(execFile);

/** Elements of one name, each as its attributes. */
function elements(xml: string, name: string): Readonly<Record<string, string>>[] {
  return Array.from(xml.matchAll(new RegExp(`<${name} ([^>]*)>`, 'g')), ([, attributes = '']) =>
    Object.fromEntries(
      Array.from(attributes.matchAll(/([\w-]+)="([^"]*)"/g), ([, key = '', value = '']) => [key, value]),
    ),
  );
}

describe.skipIf(!installed('sslscan'))('sslscan finds nothing at a listener with our defaults', () => {
  const reports: string[] = [];

  beforeAll(async () => {
    const root = await makeAuthority();
    for (const keyType of ['ec', 'rsa'] as const) {
      const { certificateChain, key } = await issue(root, { dns: [NAME], keyType });
      const identity = { certificateChain, key, passphrase: undefined };
      const settings = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [root.certificate], identity };
      const { port } = await ourServer({ ...settings, clientCertificate: 'ignored' });
      const { stdout } = await run(
        'sslscan',
        ['--xml=-', '--no-colour', '--show-sigs', `--sni-name=${NAME}`, `127.0.0.1:${port}`],
        { timeout: 60_000 },
      );
      reports.push(stdout);
    }
  });
  afterAll(closeAll);

  it.each([
    ['EC', 0],
    ['RSA', 1],
  ] as const)('with an %s certificate', (_, at) => {
    const xml = reports[at] ?? '';
    const enabled = elements(xml, 'protocol').filter((protocol) => protocol.enabled === '1');
    expect(enabled.map(({ version }) => version)).toEqual(['1.2', '1.3']);

    const ciphers = elements(xml, 'cipher');
    expect(ciphers).toHaveLength(6);
    for (const { cipher, sslversion, strength, curve } of ciphers) {
      expect(cipher).toMatch(sslversion === 'TLSv1.3' ? /^TLS_/ : /^ECDHE-.*(GCM|POLY1305)/);
      expect(strength).toMatch(/^(acceptable|strong)$/);
      expect(curve).toBeDefined();
    }

    const groups = elements(xml, 'group');
    expect(groups.map(({ name }) => name)).toContain('x25519');
    for (const { name, bits } of groups) expect(Number(bits), name).toBeGreaterThanOrEqual(128);

    const signatures = elements(xml, 'connection-signature-algorithm');
    expect(signatures.length).toBeGreaterThan(0);
    for (const { name } of signatures) expect(name).not.toMatch(/sha1|sha224|md5|dsa_sha$/);

    expect(elements(xml, 'renegotiation')).toEqual([{ supported: '0', secure: '0' }]);
    expect(elements(xml, 'compression').filter(({ supported }) => supported === '1')).toEqual([]);
    expect(elements(xml, 'heartbleed').filter(({ vulnerable }) => vulnerable === '1')).toEqual([]);
    expect(elements(xml, 'pk')).toMatchObject([{ error: 'false' }]);
    expect(xml).toContain('<expired>false</expired>');
  });
});
