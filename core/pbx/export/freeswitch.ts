import { formatHost } from '../../base/address.ts';
import { randomPassword } from '../../base/random.ts';
import { xmlText } from '../../base/xml-text.ts';
import { listensForTls, type PbxConfiguration, type ProfileConfiguration } from '../configuration.ts';
import { INTERNAL_PROFILE } from '../initial-configuration.ts';
import type { Exported, ExportedFile, ExportSource } from './exported.ts';
import { freeswitchContext } from './freeswitch-dialplan.ts';

const MODULES = [
  'mod_console', 'mod_logfile', 'mod_event_socket', 'mod_sofia', 'mod_loopback', 'mod_commands', 'mod_conference', 'mod_db',
  'mod_dptools', 'mod_fifo', 'mod_hash', 'mod_valet_parking', 'mod_voicemail', 'mod_dialplan_xml', 'mod_opus', 'mod_sndfile',
  'mod_native_file', 'mod_local_stream', 'mod_tone_stream', 'mod_say_en',
]; // prettier-ignore

const VERSIONS = ['tlsv1', 'tlsv1.1', 'tlsv1.2', 'tlsv1.3'] as const;

type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * The whole configuration folder of a FreeSWITCH (1.11) with the same users, certificates, profiles, numbers and policies.
 * Parameter names: its `sofia.conf`, `switch.conf` and directory.
 */
export function exportFreeswitch(source: ExportSource): Exported {
  const { configuration, random } = source;
  const eventSocket = randomPassword(random);
  const profiles = Object.entries(configuration.profiles);
  const files: ExportedFile[] = [
    file('freeswitch.xml', ROOT),
    file('vars.xml', `<include>
  <X-PRE-PROCESS cmd="set" data="domain=${xmlText(configuration.domain)}"/>
  <X-PRE-PROCESS cmd="set" data="domain_name=$\${domain}"/>
  <X-PRE-PROCESS cmd="set" data="hold_music=local_stream://default"/>
  <X-PRE-PROCESS cmd="set" data="us-ring=%(2000,4000,440,480)"/>
</include>
`),
    ...settingsFiles(configuration, eventSocket),
    ...profiles.map(([name, profile]) => file(`sip_profiles/${name}.xml`, profileXml(name, profile, configuration))),
    file('directory/default.xml', directoryXml(configuration)),
    file('dialplan/default.xml', freeswitchContext(configuration, 'default')),
    file('dialplan/public.xml', freeswitchContext(configuration, 'public')),
    { path: 'sounds/hold-music.wav', content: source.holdMusic },
    ...[...source.certificates].flatMap(([name, { agent, cafile }]) => [
      file(`tls/${name}/agent.pem`, agent),
      file(`tls/${name}/cafile.pem`, cafile),
    ]),
  ]; // prettier-ignore
  return { files, notes: notesOf(configuration) };
}

function file(path: string, content: string): ExportedFile {
  return { path, content };
}

const ROOT = `<?xml version="1.0"?>
<document type="freeswitch/xml">
  <X-PRE-PROCESS cmd="include" data="vars.xml"/>
  <section name="configuration">
    <X-PRE-PROCESS cmd="include" data="autoload_configs/*.xml"/>
  </section>
  <section name="dialplan">
    <X-PRE-PROCESS cmd="include" data="dialplan/*.xml"/>
  </section>
  <section name="directory">
    <X-PRE-PROCESS cmd="include" data="directory/*.xml"/>
  </section>
  <section name="languages">
    <X-PRE-PROCESS cmd="include" data="lang/en/*.xml"/>
  </section>
</document>
`;

/** `<param>` elements, without those that have no value. */
function params(values: Parameters, indent: string): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${indent}<param name="${name}" value="${xmlText(String(value))}"/>`)
    .join('\n');
}

/** The files of `autoload_configs`, one for each part of FreeSWITCH that is used. */
function settingsFiles({ rtp }: PbxConfiguration, eventSocket: string): readonly ExportedFile[] {
  const conf = (name: string, body: string): ExportedFile =>
    file(`autoload_configs/${name}.conf.xml`, `<configuration name="${name}.conf">\n${body}\n</configuration>\n`);
  const settings = (values: Parameters): string => `  <settings>\n${params(values, '    ')}\n  </settings>`;
  return [
    conf('modules', `  <modules>\n${MODULES.map((name) => `    <load module="${name}"/>`).join('\n')}\n  </modules>`),
    conf('switch', settings({
      'max-sessions': 1000, 'sessions-per-second': 100, loglevel: 'info',
      'rtp-start-port': rtp['rtp-start-port'], 'rtp-end-port': rtp['rtp-end-port'],
    })),
    conf('event_socket', settings({ 'listen-ip': '127.0.0.1', 'listen-port': 8021, password: eventSocket })),
    conf('console', '  <mappings>\n    <map name="all" value="console,debug,info,notice,warning,err,crit,alert"/>\n  </mappings>\n' + settings({ colorize: true, loglevel: 'info' })),
    conf('logfile', `  <profiles>\n    <profile name="default">\n      <settings>\n${params({ rollover: 10_485_760 }, '        ')}\n      </settings>\n      <mappings>\n        <map name="all" value="info,notice,warning,err,crit,alert"/>\n      </mappings>\n    </profile>\n  </profiles>`),
    conf('sofia', `  <global_settings>\n${params({ 'log-level': 0, 'debug-presence': 0 }, '    ')}\n  </global_settings>\n  <profiles>\n    <X-PRE-PROCESS cmd="include" data="../sip_profiles/*.xml"/>\n  </profiles>`),
    conf('local_stream', `  <directory name="default" path="$\${conf_dir}/sounds">\n${params({ rate: 8000, shuffle: false, channels: 1, interval: 20, 'timer-name': 'soft' }, '    ')}\n  </directory>`),
    conf('fifo', settings({ 'delete-all-outbound-member-on-startup': false })),
    conf('conference', `  <caller-controls>\n    <group name="default">\n${CONFERENCE_KEYS.map(([action, digits]) => `      <control action="${action}" digits="${digits}"/>`).join('\n')}\n    </group>\n  </caller-controls>\n  <profiles>\n    <profile name="default">\n${params({ domain: '$${domain}', rate: 16_000, interval: 20, 'energy-level': 100, 'caller-controls': 'default', 'moh-sound': 'local_stream://default' }, '      ')}\n    </profile>\n  </profiles>`),
    conf('voicemail', `  <profiles>\n    <profile name="default">\n${params({ 'file-extension': 'wav', 'max-login-attempts': 3, 'min-record-len': 3, 'max-record-len': 300, 'terminator-key': '#' }, '      ')}\n    </profile>\n  </profiles>`),
  ]; // prettier-ignore
}

/** What the keys of a caller do in a conference. */
const CONFERENCE_KEYS = [
  ['mute', '0'], ['deaf mute', '*'], ['energy up', '9'], ['energy equ', '8'], ['energy dn', '7'], ['vol talk up', '3'],
  ['vol talk zero', '2'], ['vol talk dn', '1'], ['vol listen up', '6'], ['vol listen zero', '5'], ['vol listen dn', '4'], ['hangup', '#'],
] as const; // prettier-ignore

function profileXml(name: string, profile: ProfileConfiguration, { rtp }: PbxConfiguration): string {
  const tls = listensForTls(profile);
  const codecs = rtp.codecs.map((codec) => (codec.toLowerCase() === 'opus' ? 'OPUS' : codec)).join(',');
  const settings: Parameters = {
    context: profile.context,
    'sip-ip': profile['sip-ip'],
    'rtp-ip': profile['sip-ip'],
    'sip-port': profile['sip-port'],
    'auth-calls': profile['auth-calls'],
    'accept-blind-reg': false,
    'rfc8760-auth-algorithms': profile['rfc8760-auth-algorithms'].join(','),
    'nonce-ttl': 60,
    'inbound-codec-prefs': codecs,
    'outbound-codec-prefs': codecs,
    'inbound-late-negotiation': true,
    'rtp-timer-name': 'soft',
    'dtmf-duration': 2000,
    'hold-music': '$${hold_music}',
    'manage-presence': true,
    'force-register-domain': '$${domain}',
    'force-subscription-domain': '$${domain}',
    'force-register-db-domain': '$${domain}',
    // Requests to a phone go over the connection that it opened, as ours do.
    'tcp-always-nat': true,
    tls,
    ...(tls ? tlsSettings(name, profile) : {}),
  };
  return `<profile name="${name}">
${gatewaysXml(profile)}  <settings>
${params(settings, '    ')}
  </settings>
</profile>
`;
}

function gatewaysXml({ gateways }: ProfileConfiguration): string {
  const each = Object.entries(gateways).map(([name, gateway]) => {
    const { proxy, 'register-transport': transport } = gateway;
    const server = `${formatHost(proxy.host)}${proxy.port === undefined ? '' : `:${proxy.port}`};transport=${transport}`;
    const settings: Parameters = {
      username: gateway.username,
      'auth-username': gateway['auth-username'],
      password: gateway.password,
      realm: gateway['from-domain'] ?? proxy.host,
      'from-domain': gateway['from-domain'] ?? proxy.host,
      proxy: server,
      'register-proxy': server,
      register: gateway.register,
      'register-transport': transport,
      'expire-seconds': gateway['expire-seconds'],
      ping: gateway.ping === 0 ? undefined : gateway.ping,
      extension: gateway.extension ?? gateway.username,
      context: gateway.context,
    };
    return `    <gateway name="${name}">\n${params(settings, '      ')}\n    </gateway>\n`;
  });
  return each.length === 0 ? '' : `  <gateways>\n${each.join('')}  </gateways>\n`;
}

function tlsSettings(name: string, profile: ProfileConfiguration): Parameters {
  const versions = profile['tls-version'];
  const lowest = versions === undefined ? profile['tls-min-version'] : words(versions.minVersion);
  const highest = versions === undefined ? profile['tls-max-version'] : words(versions.maxVersion);
  const policy = profile['tls-verify-policy'];
  const incoming = policy === undefined ? { required: 'chain', wanted: 'none', ignored: 'none' }[profile['tls-client-certificate']] : policy.in; // prettier-ignore
  const outgoing = policy === undefined ? 'subjects' : policy.out;
  const parts = [POLICY_WORD[`in ${incoming}`], POLICY_WORD[`out ${outgoing}`]].filter((part) => part !== undefined);
  return {
    'tls-only': profile['sip-port'] === undefined,
    'tls-bind-params': 'transport=tls',
    'tls-sip-port': profile['tls-sip-port'],
    'tls-cert-dir': `$\${conf_dir}/tls/${name}`,
    'tls-passphrase': profile['tls-passphrase'],
    'tls-version': VERSIONS.slice(VERSIONS.indexOf(lowest), VERSIONS.indexOf(highest) + 1).join(','),
    'tls-ciphers': profile['tls-ciphers'],
    'tls-timeout': profile['tls-timeout'] === 0 ? undefined : profile['tls-timeout'],
    'tls-verify-policy': parts.length === 0 ? 'none' : parts.join('|'),
    'tls-verify-depth': profile['tls-verify-depth'],
    'tls-verify-date': profile['tls-verify-date'],
    'tls-verify-in-subjects': profile['tls-verify-in-subjects'].length === 0 ? undefined : profile['tls-verify-in-subjects'].join('|'),
    'tls-always-nat': !profile['connect-back'],
    'tcp-unreg-on-socket-close': true,
  }; // prettier-ignore
}

function words(version: string): (typeof VERSIONS)[number] {
  return VERSIONS.find((word) => word === version.toLowerCase()) ?? 'tlsv1.2';
}

const POLICY_WORD: Readonly<Record<string, string | undefined>> = {
  'in chain': 'in',
  'in subjects': 'subjects_in',
  'out chain': 'out',
  'out subjects': 'subjects_out',
};

/** The profile whose policy for media holds for the users. */
function usersProfile({ profiles }: PbxConfiguration): ProfileConfiguration | undefined {
  return profiles[INTERNAL_PROFILE.name] ?? Object.values(profiles).find((profile) => profile['auth-calls']);
}

function directoryXml(configuration: PbxConfiguration): string {
  const profile = usersProfile(configuration);
  const contact = '${sofia_contact(*/${dialed_user}@${dialed_domain})}';
  const overTls = '${regex(' + contact + '|transport=tls)}';
  // SRTP towards users that registered over TLS, plain RTP towards others.
  const secure = { mandatory: overTls, optional: '${cond(' + overTls + ' == true ? optional : forbidden)}', forbidden: 'forbidden' }[profile?.rtp_secure_media_outbound ?? 'mandatory']; // prettier-ignore
  const users = Object.entries(configuration.users).map(([id, user]) => {
    const settings = params({ password: user.password, 'vm-enabled': user['vm-enabled'], 'vm-password': user['vm-password'] }, '            '); // prettier-ignore
    const variables = {
      user_context: 'default',
      effective_caller_id_name: user['effective-caller-id-name'] ?? `Extension ${id}`,
      effective_caller_id_number: id,
      callgroup: user.callgroup,
      rtp_secure_media_inbound: profile?.rtp_secure_media ?? 'optional',
    };
    const lines = Object.entries(variables).map(
      ([name, value]) => `            <variable name="${name}" value="${xmlText(value)}"/>`,
    );
    return `        <user id="${xmlText(id)}">
          <params>
${settings}
          </params>
          <variables>
${lines.join('\n')}
          </variables>
        </user>`;
  });
  const groups = Object.entries(configuration.groups).map(
    ([name, members]) => `      <group name="${xmlText(name)}">
        <users>
${members.map((id) => `          <user id="${xmlText(id)}" type="pointer"/>`).join('\n')}
        </users>
      </group>`,
  );
  return `<include>
  <domain name="$\${domain}">
    <params>
      <param name="dial-string" value="{rtp_secure_media=${xmlText(secure)},presence_id=\${dialed_user}@\${dialed_domain}}${contact}"/>
    </params>
    <groups>
      <group name="default">
        <users>
${users.join('\n')}
        </users>
      </group>
${groups.join('\n')}
    </groups>
  </domain>
</include>
`;
}

function notesOf(configuration: PbxConfiguration): readonly string[] {
  const notes = [
    'Voicemail, the clock and conferences speak with FreeSWITCH’s own sounds and phrases: copy lang/ from its vanilla configuration, and install freeswitch-sounds-en-us-callie.',
    'FreeSWITCH 9664 does not say what protects the call.',
    'On the second connection of connect-back FreeSWITCH compares the name in the certificate with the Contact of the phone, mostly an address.',
    'FreeSWITCH lets TLS 1.3 on whatever tls-version says, and loses tls-ciphers and tls-passphrase at reloadcert.',
  ];
  for (const [name, profile] of Object.entries(configuration.profiles)) {
    if (profile['tls-groups'] !== undefined) notes.push(`${name}: FreeSWITCH has no tls-groups; it offers those of its library.`); // prettier-ignore
    if (profile['tls-client-certificate'] === 'wanted') notes.push(`${name}: FreeSWITCH cannot ask for a client certificate without demanding one; it asks for none.`); // prettier-ignore
    if (profile['tls-timeout'] === 0 && listensForTls(profile)) notes.push(`${name}: FreeSWITCH always resumes sessions, for 300 seconds by default.`); // prettier-ignore
    if (profile.rtp_secure_media !== (usersProfile(configuration)?.rtp_secure_media ?? 'optional')) notes.push(`${name}: rtp_secure_media counts for users in FreeSWITCH, not for profiles; callers without a user get its default, optional.`); // prettier-ignore
  }
  const tied = Object.entries(configuration.users).filter(([, user]) => user['client-certificate'] !== undefined);
  if (tied.length > 0) {
    notes.push(`Nothing in FreeSWITCH ties a certificate to a user: ${tied.map(([id]) => id).join(', ')} may come with any that tls-verify-policy takes.`); // prettier-ignore
  }
  return notes;
}
