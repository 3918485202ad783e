import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCliHere, type CliEndHere } from '../../support/cli-here.ts';

/** A configuration in the manner of FreeSWITCH's example: variables, includes, comments, a pointer group. */
const FILES: Readonly<Record<string, string>> = {
  'freeswitch.xml': `<?xml version="1.0"?>
<document type="freeswitch/xml">
  <X-PRE-PROCESS cmd="include" data="vars.xml"/>
  <section name="configuration"><X-PRE-PROCESS cmd="include" data="autoload_configs/*.xml"/></section>
  <section name="dialplan"><X-PRE-PROCESS cmd="include" data="dialplan/*.xml"/></section>
  <section name="directory"><X-PRE-PROCESS cmd="include" data="directory/*.xml"/></section>
</document>`,
  'vars.xml': `<include>
  <X-PRE-PROCESS cmd="set" data="default_password=1234"/>
  <X-PRE-PROCESS cmd="set" data="domain=pbx.example"/>
  <X-PRE-PROCESS cmd="exec-set" data="secret=touch PWNED"/>
  <X-PRE-PROCESS cmd="set" data="global_codec_prefs=OPUS,G722,PCMU,PCMA,H264"/>
  <X-PRE-PROCESS cmd="set" data="sip_tls_version=tlsv1.2"/>
  <X-PRE-PROCESS cmd="set" data="rtp_secure_media=true"/>
  <X-PRE-PROCESS cmd="set" data="internal_ssl_enable=true"/>
  <X-PRE-PROCESS cmd="set" data="internal_ssl_dir=$\${conf_dir}/ssl"/>
</include>`,
  'autoload_configs/sofia.conf.xml': `<configuration name="sofia.conf"><profiles>
  <X-PRE-PROCESS cmd="include" data="../sip_profiles/*.xml"/></profiles></configuration>`,
  'autoload_configs/switch.conf.xml': `<configuration name="switch.conf"><settings>
  <param name="rtp-start-port" value="20000"/><!-- <param name="rtp-end-port" value="1"/> --></settings></configuration>`,
  'sip_profiles/internal.xml': `<profile name="internal">
  <gateways><gateway name="carrier"><param name="username" value="u"/><param name="password" value="p"/>
    <param name="proxy" value="sip.carrier.example:5061;transport=tls"/><param name="realm" value="carrier.example"/><param name="caller-id-in-from" value="true"/></gateway>
    <gateway name="empty"/></gateways>
  <settings>
    <param name="context" value="public"/>
    <param name="sip-ip" value="$\${local_ip_v4}"/>
    <param name="sip-port" value="6060"/>
    <param name="auth-calls" value="yes"/>
    <param name="inbound-codec-prefs" value="$\${global_codec_prefs}"/>
    <param name="tls" value="$\${internal_ssl_enable}"/>
    <param name="tls-only" value="false"/>
    <param name="tls-sip-port" value="6061"/>
    <param name="tls-passphrase" value=""/>
    <param name="tls-version" value="$\${sip_tls_version}"/>
    <param name="tls-ciphers" value="ALL:!ADH:!LOW:!EXP:!MD5:@STRENGTH"/>
    <param name="tls-verify-policy" value="subjects_in"/>
    <param name="tls-verify-in-subjects" value="a.example|b.example"/>
    <param name="tls-verify-depth" value="0"/>
    <param name="wss-binding" value=":7443"/>
    <param name="watchdog-enabled" value="no"/>
  </settings>
</profile>`,
  'directory/default.xml': `<include><domain name="$\${domain}">
  <params><param name="dial-string" value="{rtp_secure_media=\${regex(\${sofia_contact(\${dialed_user}@\${dialed_domain})}|transport=tls)}}x"/></params>
  <variables><variable name="rtp_secure_media_inbound" value="mandatory:AEAD_AES_256_GCM"/></variables>
  <groups>
    <group name="default"><users>
      <include><user id="1000"><params><param name="password" value="$\${default_password}"/><param name="vm-password" value="1000"/></params>
        <variables><variable name="callgroup" value="sales"/><variable name="effective_caller_id_name" value="A &amp; B"/></variables></user></include>
      <user id="1001"><params><param name="a1-hash" value="00112233445566778899aabbccddeeff"/></params></user>
      <user id="bad name"/>
    </users></group>
    <group name="sales"><users><user id="1000" type="pointer"/></users></group>
  </groups></domain></include>`,
  'dialplan/default.xml': `<include><context name="default">
  <extension name="echo"/><extension name="weather"/></context></include>`,
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-freeswitch-'));
  await write(FILES);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, 'conf', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

function init(...more: readonly string[]): Promise<CliEndHere> {
  return runCliHere(['pbx', 'init', join(folder, 'new'), '--from-freeswitch', join(folder, 'conf'), ...more]);
}

/** What was said of a parameter. */
function became({ events }: CliEndHere, where: string, name: string): unknown {
  return events.find((event) => event.event === 'parameter' && event.where === where && event.name === name)?.became;
}

describe('sotto pbx init --from-freeswitch', () => {
  it('makes a configuration that starts: profiles, users, groups, ports and policies', async () => {
    const end = await init();
    expect(end.result).toMatchObject({ ok: true, domain: 'pbx.example' });
    const file = join(folder, 'new/sotto-pbx.yaml');
    const configuration = parse(await readFile(file, 'utf8')) as unknown;
    expect(configuration).toMatchObject({
      domain: 'pbx.example',
      rtp: { 'rtp-start-port': 20_000, codecs: ['opus', 'G722', 'PCMU', 'PCMA'] },
      profiles: {
        internal: {
          'sip-ip': '127.0.0.1',
          'sip-port': 6060,
          'tls-sip-port': 6061,
          'auth-calls': true,
          context: 'default',
          'tls-version': 'tlsv1.2',
          'tls-verify-policy': 'subjects_in',
          'tls-verify-in-subjects': ['a.example', 'b.example'],
          'tls-verify-depth': 2,
          gateways: { carrier: { proxy: 'sip.carrier.example:5061', username: 'u', 'register-transport': 'tls', 'from-domain': 'carrier.example' } }, // prettier-ignore
          rtp_secure_media: 'mandatory',
          rtp_secure_media_outbound: 'mandatory',
        },
      },
      users: {
        1000: { password: '1234', callgroup: 'sales', 'effective-caller-id-name': 'A & B', 'vm-password': '1000' },
      },
      groups: { sales: ['1000'] },
    });
    expect((await runCliHere(['pbx', 'check', file])).result).toMatchObject({ ok: true, users: 2 });
    expect((await runCliHere(['cert', 'check', join(folder, 'new/ssl/internal')])).result).toMatchObject({ ok: true });
  });

  it('says of every parameter of TLS and SRTP what became of it', async () => {
    const end = await init();
    const profile = 'profile internal';
    expect(became(end, profile, 'tls')).toBe('kept');
    expect(became(end, profile, 'tls-version')).toMatch(/^kept/);
    expect(became(end, profile, 'tls-ciphers')).toMatch(/left out.*weak/);
    expect(became(end, profile, 'tls-verify-depth')).toMatch(/2, as FreeSWITCH takes it/);
    expect(became(end, profile, 'wss-binding')).toMatch(/not taken over/);
    expect(became(end, profile, 'others')).toBe('not taken over');
    expect(became(end, profile, 'gateway')).toMatch(/^kept/);
    expect(became(end, 'gateway carrier', 'others')).toBe('not taken over');
    expect(end.events).toContainEqual(expect.objectContaining({ name: 'gateway', value: 'empty', became: expect.stringMatching(/^not/) as unknown })); // prettier-ignore
    expect(became(end, 'vars.xml', 'rtp_secure_media')).toMatch(/no effect in FreeSWITCH either/);
    expect(became(end, 'vars.xml', 'internal_ssl_dir')).toMatch(/no longer reads it/);
    expect(became(end, 'directory', 'rtp_secure_media_inbound')).toMatch(/mandatory; its list of suites/);
    expect(became(end, 'directory', 'dial-string')).toMatch(/mandatory/);
    expect(became(end, 'directory', 'password')).toMatch(/everybody knows/);
    expect(became(end, 'user 1001', 'password')).toMatch(/only its hash/);
    expect(became(end, 'directory', 'user')).toMatch(/not taken over/);
    expect(became(end, 'codecs', 'inbound-codec-prefs')).toMatch(/not spoken/);
    expect(became(end, 'context default', 'extensions')).toMatch(/dialplan/);
  });

  it('takes certificates along that a listener can use, key and all, for nobody else to read', async () => {
    await runCliHere(['cert', 'setup', '--dir', join(folder, 'made')]);
    await runCliHere(['cert', 'create_server', '-cn', 'pbx.example', '--dir', join(folder, 'made')]);
    const agent = await readFile(join(folder, 'made/agent.pem'), 'utf8');
    await write({ 'tls/agent.pem': agent, 'tls/cafile.pem': await readFile(join(folder, 'made/cafile.pem'), 'utf8') });
    const end = await init();
    expect(became(end, 'profile internal', 'certificates')).toBe('copied');
    const copied = join(folder, 'new/ssl/internal/agent.pem');
    expect(await readFile(copied, 'utf8')).toBe(agent);
    expect((await stat(copied)).mode & 0o777).toBe(0o600);
  });

  it('runs nothing, and reads nothing outside of the folder', async () => {
    await write({ 'directory/evil.xml': '<include><X-PRE-PROCESS cmd="include" data="../../outside.xml"/></include>' });
    await writeFile(join(folder, 'outside.xml'), '<user id="4711"/>');
    const end = await init();
    expect(end.result).toMatchObject({ ok: true });
    const said = end.events.filter(({ where }) => where === 'preprocessor').map((event) => String(event.became));
    expect(said.join('\n')).toMatch(/exec-set was not followed[\s\S]*outside of the configuration/);
    expect(JSON.stringify(end.result)).not.toContain('4711');
  });

  it.each([
    ['that includes itself', { 'vars.xml': '<include><X-PRE-PROCESS cmd="include" data="vars.xml"/></include>' }, /includes itself/],
    ['that is no XML', { 'directory/default.xml': '<domain name="x"' }, /no XML that can be read/],
    ['without a profile', { 'sip_profiles/internal.xml': '' }, /no profile listens/],
  ])('refuses one %s, and writes nothing', async (_what, files, summary) => {
    await write(files);
    const end = await init();
    expect(end.code).toBe(1);
    expect(end.codes).toEqual(['config.invalid']);
    expect(end.stdout).toMatch(summary);
    await expect(stat(join(folder, 'new'))).rejects.toThrow();
  }); // prettier-ignore

  it('reads what sotto export freeswitch wrote: the same users, profiles and ports', async () => {
    await runCliHere(['pbx', 'init', join(folder, 'first'), '--domain', 'round.example']);
    const first = join(folder, 'first/sotto-pbx.yaml');
    expect((await runCliHere(['export', 'freeswitch', join(folder, 'exported'), '--config', first])).code).toBe(0);
    expect((await runCliHere(['export', 'freeswitch', join(folder, 'exported'), '--config', first])).codes).toEqual(['config.conflict']); // prettier-ignore
    const end = await runCliHere([
      'pbx',
      'init',
      join(folder, 'second'),
      '--from-freeswitch',
      join(folder, 'exported'),
    ]);
    expect(end.result).toMatchObject({ ok: true, domain: 'round.example' });
    type Written = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
    const [one, two] = await Promise.all([first, join(folder, 'second/sotto-pbx.yaml')].map(async (file) => parse(await readFile(file, 'utf8')) as Written)); // prettier-ignore
    expect(Object.entries(two?.users ?? {}).map(([user, { password }]) => [user, password])).toEqual(Object.entries(one?.users ?? {}).map(([user, { password }]) => [user, password])); // prettier-ignore
    for (const [name, profile] of Object.entries(one?.profiles ?? {}))
      expect(two?.profiles?.[name], name).toMatchObject(profile);
  });
});
