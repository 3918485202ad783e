import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { nodeDigestHash } from '../../../core/io/node-digest-hash.ts';
import { configurationSchema } from '../../../core/pbx/configuration.ts';
import { dialPlanRules } from '../../../core/pbx/dial-plan.ts';
import type { Exported } from '../../../core/pbx/export/exported.ts';
import { exportFreeswitch } from '../../../core/pbx/export/freeswitch.ts';
import { exportKamailio } from '../../../core/pbx/export/kamailio.ts';
import { posixPattern } from '../../../core/pbx/export/posix-pattern.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

/** What FreeSWITCH 1.11 reads in a SIP profile, of that which is written. */
const PROFILE_PARAMETERS = [
  'context', 'sip-ip', 'rtp-ip', 'sip-port', 'auth-calls', 'accept-blind-reg', 'rfc8760-auth-algorithms', 'nonce-ttl',
  'inbound-codec-prefs', 'outbound-codec-prefs', 'inbound-late-negotiation', 'rtp-timer-name', 'dtmf-duration', 'hold-music',
  'manage-presence', 'force-register-domain', 'force-subscription-domain', 'force-register-db-domain', 'tcp-always-nat', 'tls', 'tls-only',
  'tls-bind-params', 'tls-sip-port', 'tls-cert-dir', 'tls-passphrase', 'tls-version', 'tls-ciphers', 'tls-timeout', 'tls-verify-policy',
  'tls-verify-depth', 'tls-verify-date', 'tls-verify-in-subjects', 'tls-always-nat', 'tcp-unreg-on-socket-close',
]; // prettier-ignore

const PASSWORD = `a&<"'>b`;

function exported(
  profile: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Record<'freeswitch' | 'kamailio', Exported> {
  const configuration = configurationSchema.parse({
    domain: 'example.com',
    profiles: { internal: { 'sip-ip': '127.0.0.1', 'sip-port': 5060, 'tls-sip-port': 5061, 'tls-cert-dir': 'ssl', ...profile } },
    users: { 1000: { password: PASSWORD, 'effective-caller-id-name': 'Ann & <Bob>' }, 1001: { password: 'x' } },
    ...more,
  }); // prettier-ignore
  const certificates = new Map([['internal', { agent: 'AGENT', cafile: 'CAFILE' }]]);
  const source = { configuration, certificates, holdMusic: new Uint8Array(4), random: new SeededRandom(1) };
  return { freeswitch: exportFreeswitch(source), kamailio: exportKamailio(source, nodeDigestHash) };
}

function text({ files }: Exported, path: string): string {
  const content = files.find((file) => file.path === path)?.content;
  if (typeof content !== 'string') throw new Error(`there is no ${path}`);
  return content;
}

/** `<param>` elements of an XML text, by name. */
function params(xml: string): ReadonlyMap<string, string> {
  const root = new DOMParser().parseFromString(xml, 'text/xml');
  return new Map([...root.getElementsByTagName('param')].map((param) => [param.getAttribute('name') ?? '', param.getAttribute('value') ?? ''])); // prettier-ignore
}

describe('the export for FreeSWITCH', () => {
  it('is XML throughout, also with signs in names and passwords that mean something there', () => {
    const { freeswitch } = exported();
    const problems: string[] = [];
    const parser = new DOMParser({ onError: (_, message) => problems.push(message) });
    for (const { path, content } of freeswitch.files) if (path.endsWith('.xml')) parser.parseFromString(String(content), 'text/xml');
    expect(problems).toEqual([]);
    expect(params(text(freeswitch, 'directory/default.xml')).get('password')).toBe('x');
    expect(text(freeswitch, 'directory/default.xml')).toContain('a&amp;&lt;&quot;&apos;&gt;b');
  }); // prettier-ignore

  it('has no parameter of a profile that FreeSWITCH does not read', () => {
    const names = [...params(text(exported({ 'tls-passphrase': 'p', 'tls-ciphers': 'HIGH' }).freeswitch, 'sip_profiles/internal.xml')).keys()]; // prettier-ignore
    expect(names.filter((name) => !PROFILE_PARAMETERS.includes(name))).toEqual([]);
  });

  it.each([
    ['clients without a certificate', {}, 'subjects_out'],
    ['clients with one', { 'tls-client-certificate': 'required' }, 'in|subjects_out'],
    ['clients with one of these names', { 'tls-verify-policy': 'out|subjects_in', 'tls-verify-in-subjects': ['a.example'] }, 'subjects_in|out'],
    ['nobody', { 'tls-verify-policy': 'none' }, 'none'],
  ])('verifies as ours does: %s', (_what, profile, policy) => {
    expect(params(text(exported(profile).freeswitch, 'sip_profiles/internal.xml')).get('tls-verify-policy')).toBe(policy);
  }); // prettier-ignore

  it('has TLS only where there is no port for UDP and TCP, and the versions between the lowest and the highest', () => {
    const settings = params(text(exported({ 'sip-port': undefined, 'tls-min-version': 'tlsv1.2', 'tls-max-version': 'tlsv1.3' }).freeswitch, 'sip_profiles/internal.xml')); // prettier-ignore
    expect(settings.get('tls-only')).toBe('true');
    expect(settings.get('tls-version')).toBe('tlsv1.2,tlsv1.3');
  });

  it('demands SRTP of phones that registered over TLS, by the dial string', () => {
    const dialString = (mode: string): string | undefined =>
      params(text(exported({ rtp_secure_media_outbound: mode }).freeswitch, 'directory/default.xml')).get(
        'dial-string',
      );
    expect(dialString('mandatory')).toContain('rtp_secure_media=${regex(${sofia_contact(');
    expect(dialString('forbidden')).toContain('{rtp_secure_media=forbidden,');
  });

  it('has an extension for every number of the switch, those of the configuration first', () => {
    const own = { name: 'short', destination_number: '^7$', action: { application: 'bridge', user: '1000' } };
    const plan = text(exported({}, { dialplan: [own] }).freeswitch, 'dialplan/default.xml');
    const names = [...plan.matchAll(/<extension name="([^"]*)">/g)].map(([, name]) => name);
    expect(names[0]).toBe('short');
    expect(names.slice(0, -3)).toEqual(['short', ...dialPlanRules([]).map(({ name }) => name)]);
    expect(plan).toContain('expression="^3[0-3]\\d\\d$"');
  });

  it('says what FreeSWITCH cannot do', () => {
    const { notes } = exported({ 'tls-groups': 'X25519' }, { users: { 1000: { password: 'x', 'client-certificate': 'required' } } }).freeswitch; // prettier-ignore
    expect(notes.join('\n')).toMatch(/tls-groups[\s\S]*ties a certificate to a user: 1000/);
  });
});

describe('the export for Kamailio', () => {
  it('holds no password, only HA1 of user, realm and password (RFC 7616 §3.4.2)', () => {
    const main = text(exported().kamailio, 'kamailio.cfg');
    expect(main).not.toContain(PASSWORD);
    expect(main).toContain(`$sht(users=>1000) = "${nodeDigestHash.hex('MD5', new TextEncoder().encode(`1000:example.com:${PASSWORD}`))}";`); // prettier-ignore
  });

  it.each([
    [{ 'tls-min-version': 'tlsv1.2', 'tls-max-version': 'tlsv1.3' }, 'method = TLSv1.2+', false],
    [{ 'tls-min-version': 'tlsv1.2', 'tls-max-version': 'tlsv1.2' }, 'method = TLSv1.2\n', false],
    [{ 'tls-min-version': 'tlsv1.1', 'tls-max-version': 'tlsv1.2' }, 'method = TLSv1.1+', true],
  ])('writes %o as %s', (profile, line, isNoted) => {
    const { kamailio } = exported(profile);
    expect(text(kamailio, 'tls.cfg')).toContain(line);
    expect(kamailio.notes.some((note) => note.includes('range of TLS versions'))).toBe(isNoted);
  });

  it('refuses calls without SRTP where the profile demands it', () => {
    expect(text(exported({ rtp_secure_media: 'mandatory' }).kamailio, 'kamailio.cfg')).toContain('!search_body("m=audio [0-9/]+ RTP/SAVP")'); // prettier-ignore
    expect(text(exported().kamailio, 'kamailio.cfg')).not.toContain('search_body');
  });

  it.each([
    ['^10[01]\\d$', '^10[01][0-9]$', [0]],
    ['^(?:0|operator)$', '^(0|operator)$', [0]],
    ['^7(?:0|1)(\\d{2})$', '^7(0|1)([0-9]{2})$', [0, 2]],
    ['^\\*\\*(\\w+)$', '^\\*\\*([A-Za-z0-9_]+)$', [0, 1]],
    ['^[\\d\\-]+$', '^[0-9-]+$', [0]],
    ['^\\D(a)(?:b)(c)$', '^[^0-9](a)(b)(c)$', [0, 1, 3]],
  ])('writes the pattern %s as POSIX wants it', (source, posix, groups) => {
    expect(posixPattern(source)).toEqual({ text: posix, groups });
  });
});
