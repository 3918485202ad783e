import { formatSocketAddress } from '../../base/address.ts';
import type { DigestHash } from '../../sip/auth/digest.ts';
import { listensForTls, type PbxConfiguration, type ProfileConfiguration } from '../configuration.ts';
import { CONTEXTS, dialPlanRules, type Context, type DialPlanRule } from '../dial-plan.ts';
import type { Exported, ExportSource } from './exported.ts';
import { posixPattern } from './posix-pattern.ts';

const MODULES = [
  'tls', 'kex', 'corex', 'tm', 'tmx', 'sl', 'rr', 'pv', 'maxfwd', 'usrloc', 'registrar', 'siputils', 'textops', 'sanity', 'htable',
  'auth', 'nathelper',
]; // prettier-ignore

/** What a proxy can do of our actions: it passes calls on, and speaks with nobody. */
const PROXIED = new Set(['bridge', 'group', 'transfer']);

/**
 * A configuration folder of a Kamailio (5.6 and later) with the same users, certificates, profiles and policies, and those
 * numbers that a proxy can serve. Paths in it are relative to its `kamailio.cfg`.
 */
export function exportKamailio({ configuration, certificates }: ExportSource, hasher: DigestHash): Exported {
  const files = [
    { path: 'kamailio.cfg', content: mainFile(configuration, hasher) },
    { path: 'tls.cfg', content: tlsFile(configuration) },
    ...[...certificates].flatMap(([name, { agent, cafile }]) => [
      { path: `tls/${name}/agent.pem`, content: agent },
      { path: `tls/${name}/cafile.pem`, content: cafile },
    ]),
  ];
  return { files, notes: notesOf(configuration) };
}

/** The address and ports that a profile listens on, as Kamailio writes them. */
function listeners(profile: ProfileConfiguration): readonly (readonly [protocol: string, port: number])[] {
  const plain = profile['sip-port'];
  const tls = listensForTls(profile) ? profile['tls-sip-port'] : undefined;
  return [
    ...(plain === undefined ? [] : ([['udp', fixedPort(plain, 5060)], ['tcp', fixedPort(plain, 5060)]] as const)),
    ...(tls === undefined ? [] : ([['tls', fixedPort(tls, 5061)]] as const)),
  ]; // prettier-ignore
}

/** A port that the system was to choose is the usual one there. */
function fixedPort(port: number | undefined, usual: number): number {
  return port === undefined || port === 0 ? usual : port;
}

function mainFile(configuration: PbxConfiguration, hasher: DigestHash): string {
  const { domain } = configuration;
  const profiles = Object.entries(configuration.profiles);
  const encoder = new TextEncoder();
  const users = Object.entries(configuration.users).map(
    ([user, { password }]) =>
      `  $sht(users=>${user}) = "${hasher.hex('MD5', encoder.encode(`${user}:${domain}:${password}`))}";`,
  );
  const listen = profiles.flatMap(([, profile]) =>
    listeners(profile).map(
      ([protocol, port]) => `listen=${protocol}:${formatSocketAddress({ address: profile['sip-ip'], port: port })}`,
    ),
  );
  const { registration } = configuration;
  return `#!KAMAILIO
# Users hold HA1 of MD5 (RFC 7616 §3.4.2) and the realm "${domain}": this file is as secret as their passwords.

debug=2
log_stderror=no
children=4
tcp_children=4
auto_aliases=no
enable_tls=yes
tcp_connection_lifetime=${registration['sip-expires-max'] + 10}
alias="${domain}"
${listen.join('\n')}

${MODULES.map((name) => `loadmodule "${name}.so"`).join('\n')}

modparam("tls", "config", "tls.cfg")
modparam("rr", "enable_double_rr", 1)
modparam("htable", "htable", "users=>size=10;")
modparam("registrar", "default_expires", ${registration['sip-expires-default']})
modparam("registrar", "min_expires", ${registration['sip-expires-min']})
modparam("registrar", "max_expires", ${registration['sip-expires-max']})
modparam("registrar", "max_contacts", ${registration['max-registrations-per-extension']})
modparam("registrar", "received_avp", "$avp(received)")
modparam("nathelper", "received_avp", "$avp(received)")
modparam("tm", "fr_timer", 32000)
modparam("tm", "fr_inv_timer", 60000)

event_route[htable:mod-init] {
${users.join('\n')}
}

request_route {
  if (!mf_process_maxfwd_header("70")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (!sanity_check()) exit;
  force_rport();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (is_method("REGISTER")) fix_nated_register();
  else set_contact_alias();

  if (has_totag()) {
    if (loose_route()) {
      handle_ruri_alias();
      if (!t_relay()) sl_reply_error();
      exit;
    }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  t_check_trans();
  remove_hf("Route");
  if (is_method("REGISTER")) {
    route(REGISTRAR);
    exit;
  }
  if (is_method("OPTIONS") && uri == myself && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  if (is_method("PUBLISH|SUBSCRIBE")) { sl_send_reply("489", "Bad Event"); exit; }
  if (is_method("INVITE")) record_route();

${profiles.map(([, profile]) => arrival(profile)).join('\n')}
  sl_send_reply("403", "Forbidden");
}

route[REGISTRAR] {
  if ($au == $null || $sht(users=>$au) == $null || !pv_www_authenticate("${domain}", "$sht(users=>$au)", "1")) {
    www_challenge("${domain}", "1");
    exit;
  }
  if ($au != $tU) { sl_send_reply("403", "Forbidden"); exit; }
  save("location");
}

route[AUTHENTICATE] {
  if ($au == $null || $sht(users=>$au) == $null || !pv_proxy_authenticate("${domain}", "$sht(users=>$au)", "1")) {
    proxy_challenge("${domain}", "1");
    exit;
  }
  if ($au != $fU) { sl_send_reply("403", "Forbidden"); exit; }
  consume_credentials();
}

# Sends the request to the phones of the user in $rU, and of the branches beside it.
route[USER] {
  if ($sht(users=>$rU) == $null) { sl_send_reply("404", "Not Found"); exit; }
  if (!lookup_branches("location")) { sl_send_reply("480", "Temporarily Unavailable"); exit; }
  handle_ruri_alias();
  if (!t_relay()) sl_reply_error();
  exit;
}

${CONTEXTS.map((context) => contextRoute(context, configuration)).join('\n')}`;
}

/** What is asked of a request that came in on the ports of a profile, and where its numbers lead. */
function arrival(profile: ProfileConfiguration): string {
  const wildcard = profile['sip-ip'] === '0.0.0.0' || profile['sip-ip'] === '::';
  const here = wildcard ? '' : `$Ri == "${profile['sip-ip']}" && `;
  const ports = [...new Set(listeners(profile).map(([, port]) => port))].map((port) => `$Rp == ${port}`);
  const srtp = {
    mandatory: '    if (has_body("application/sdp") && !search_body("m=audio [0-9/]+ RTP/SAVP")) { sl_send_reply("488", "Not Acceptable Here"); exit; }\n',
    forbidden: '    if (search_body("m=audio [0-9/]+ RTP/SAVP")) { sl_send_reply("488", "Not Acceptable Here"); exit; }\n',
    optional: '',
  }[profile.rtp_secure_media]; // prettier-ignore
  return `  if (${here}(${ports.join(' || ')})) {
${profile['auth-calls'] ? '    route(AUTHENTICATE);\n' : ''}${srtp}    $var(hops) = 0;
    route(CONTEXT_${profile.context});
    exit;
  }`;
}

/** The numbers of a context, those rules first that come first. */
function contextRoute(context: Context, configuration: PbxConfiguration): string {
  const rules = dialPlanRules(configuration.dialplan)
    .filter(({ contexts, action }) => contexts.includes(context) && PROXIED.has(action.application))
    .map((rule) => ruleBlock(rule, context, configuration));
  const users = context === 'default' ? '  route(USER);\n' : '';
  return `route[CONTEXT_${context}] {
  $var(hops) = $var(hops) + 1;
  if ($var(hops) > 10) { sl_send_reply("482", "Loop Detected"); exit; }
${rules.join('\n')}
${users}  sl_send_reply("404", "Not Found");
  exit;
}
`;
}

function ruleBlock(
  { name, destination_number, action }: DialPlanRule,
  context: Context,
  configuration: PbxConfiguration,
): string {
  const { text, groups } = posixPattern(destination_number.source);
  const steps: string[] = [];
  const dial = (word: string): void => {
    if (word !== '$0') steps.push(`$rU = ${word.includes('$') ? substituted(word, text, groups) : `"${word}"`};`);
  };
  if (action.application === 'bridge') {
    dial(action.user);
    steps.push('route(USER);');
  }
  if (action.application === 'transfer') {
    dial(action.number);
    steps.push(`route(CONTEXT_${context});`);
  }
  if (action.application === 'group') {
    const members = configuration.groups[action.group] ?? [];
    const [first, ...others] = members;
    if (first === undefined) return `  # ${name}: no group of that name has members in the configuration.`;
    steps.push(`$rU = "${first}";`, ...others.map((user) => `append_branch("sip:${user}@${configuration.domain}");`), 'route(USER);'); // prettier-ignore
  }
  return `  # ${name.replaceAll(/[\r\n]/g, ' ')}
  if ($rU =~ "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}") {
${steps.map((step) => `    ${step}`).join('\n')}
  }`;
}

/** A word with `$1` in it, made out of the number. */
function substituted(word: string, pattern: string, groups: readonly number[]): string {
  const escaped = (text: string): string => text.replaceAll('/', '\\/');
  const whole = `^.*${pattern.replace(/^\^/, '').replace(/\$$/, '')}.*$`;
  const made = escaped(word).replaceAll(/\$(\d)/g, (_, group: string) => `\\${groups[Number(group)] ?? 0}`);
  return `$(rU{re.subst,/${escaped(whole)}/${made}/})`;
}

function tlsFile({ profiles }: PbxConfiguration): string {
  const secure = Object.entries(profiles).filter(([, profile]) => listensForTls(profile));
  const section = (name: string, profile: ProfileConfiguration, verifies: boolean): string => {
    const { method } = methodOf(profile);
    const lines: Readonly<Record<string, string | number | undefined>> = {
      method,
      private_key: `tls/${name}/agent.pem`,
      certificate: `tls/${name}/agent.pem`,
      ca_list: `tls/${name}/cafile.pem`,
      verify_certificate: verifies ? 'yes' : 'no',
      require_certificate: verifies ? 'yes' : 'no',
      verify_depth: profile['tls-verify-depth'],
      cipher_list: profile['tls-ciphers'],
    };
    return Object.entries(lines)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} = ${String(value)}`)
      .join('\n');
  };
  const asks = (profile: ProfileConfiguration): boolean => {
    const policy = profile['tls-verify-policy'];
    return policy === undefined ? profile['tls-client-certificate'] === 'required' : policy.in !== 'none';
  };
  const [first] = secure;
  const parts = secure.map(
    ([name, profile]) => `[server:${formatSocketAddress({ address: profile['sip-ip'], port: fixedPort(profile['tls-sip-port'], 5061) })}]\n${section(name, profile, asks(profile))}\n`, // prettier-ignore
  );
  if (first === undefined) return '';
  const [name, profile] = first;
  return [
    `[server:default]\n${section(name, profile, asks(profile))}\n`,
    `[client:default]\n${section(name, profile, true)}\n`,
    ...parts,
  ].join('\n');
}

/** Kamailio knows one version, or one and all after it. */
function methodOf(profile: ProfileConfiguration): { readonly method: string; readonly exact: boolean } {
  const versions = profile['tls-version'];
  const lowest = versions?.minVersion ?? profile['tls-min-version'].replace('tls', 'TLS');
  const highest = versions?.maxVersion ?? profile['tls-max-version'].replace('tls', 'TLS');
  const word = lowest.replace(/^tlsv/i, 'TLSv');
  if (lowest.toLowerCase() === highest.toLowerCase()) return { method: word, exact: true };
  return { method: `${word}+`, exact: highest.toLowerCase() === 'tlsv1.3' };
}

function notesOf(configuration: PbxConfiguration): readonly string[] {
  const unserved = dialPlanRules(configuration.dialplan).filter(({ action }) => !PROXIED.has(action.application));
  const notes = [
    `Kamailio is a proxy and speaks with nobody; these numbers need a media server: ${unserved.map(({ name }) => name).join(', ')}.`,
    'Media flows between the phones, not through Kamailio: where one of them has no SRTP, a call that demands it fails.',
    'Registrations are kept in memory; for more give usrloc a database.',
  ];
  for (const [name, profile] of Object.entries(configuration.profiles)) {
    if (listensForTls(profile) && !methodOf(profile).exact) notes.push(`${name}: Kamailio cannot end a range of TLS versions; newer ones than tls-max-version are accepted, too.`); // prettier-ignore
    if (profile['tls-passphrase'] !== undefined) notes.push(`${name}: Kamailio cannot open an encrypted key; take the passphrase off agent.pem.`); // prettier-ignore
    if (profile['tls-verify-policy']?.in === 'subjects') notes.push(`${name}: Kamailio checks the chain of client certificates, not tls-verify-in-subjects; compare $tls_peer_san in the routes.`); // prettier-ignore
    if (profile['tls-client-certificate'] === 'wanted') notes.push(`${name}: client certificates that are only wanted are not asked for.`); // prettier-ignore
    if (profile['rfc8760-auth-algorithms'].some((algorithm) => algorithm !== 'MD5')) notes.push(`${name}: passwords are kept as HA1 of MD5, so Kamailio offers MD5 alone.`); // prettier-ignore
    if (profile.rtp_secure_media_outbound === 'mandatory') notes.push(`${name}: a proxy cannot encrypt one leg; what a phone is offered is what its caller offered.`); // prettier-ignore
  }
  if (Object.values(configuration.profiles).some(({ gateways }) => Object.keys(gateways).length > 0))
    notes.push(
      'Gateways are not written: Kamailio registers as a user with its module uac, which keeps them in a database.',
    );
  if (Object.values(configuration.users).some((user) => user['client-certificate'] !== undefined))
    notes.push('Nothing ties a certificate to a user; compare $tls_peer_san with $au in route[AUTHENTICATE].');
  return notes;
}
