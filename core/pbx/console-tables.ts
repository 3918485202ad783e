import { formatHost } from '../base/address.ts';
import { formatUri } from '../sip/message/uri.ts';
import type { Gateway } from './gateway.ts';
import type { Binding } from './location-service.ts';
import type { SipProfile } from './sip-profile.ts';
import type { SwitchCallView } from './switch-call.ts';

/*
 * The tables of the console, in the column layout of FreeSWITCH, which scripts of its users read: tabs between columns, right-
 * aligned fields, a line of 97 equal signs. What FreeSWITCH does not show (the security of signalling) comes behind.
 */

const RULE = '='.repeat(97);

/** `sofia status`: a line a listener; a profile without any is missing, as with FreeSWITCH. */
export function statusTable(profiles: readonly SipProfile[], calls: readonly SwitchCallView[]): string {
  const lines = profiles.flatMap((profile) => {
    const inUse = calls.filter((call) => call.profile === profile.name).length;
    // UDP and TCP share a port and, as FreeSWITCH shows them, a line.
    const plain = profile.listeners.find(({ transport }) => transport === 'udp' || transport === 'tcp');
    const others = profile.listeners.filter(({ transport }) => transport !== 'udp' && transport !== 'tcp');
    return [...(plain === undefined ? [] : [plain]), ...others].map((listener) => {
      const mark = { udp: '', tcp: '', tls: ' (TLS)', ws: ' (WS)', wss: ' (WSS)' }[listener.transport];
      return statusRow(profile.name, 'profile', urlOf(listener), `RUNNING (${inUse})${mark}`);
    });
  });
  const gateways = profiles.flatMap((profile) => profile.gateways.map(gatewayRow));
  const running = profiles.filter(({ listeners }) => listeners.length > 0).length;
  return [
    statusRow('Name', '   Type', 'Data', 'State'),
    RULE,
    ...lines,
    ...gateways,
    RULE,
    `${running} profile${running === 1 ? '' : 's'} 0 aliases`,
  ].join('\n');
}

function gatewayRow({ name, profile, address, view }: Gateway): string {
  return statusRow(`${profile}::${name}`, 'gateway', formatUri(address), view.state);
}

/** `sofia status gateway`. */
export function gatewayTable(gateways: readonly Gateway[]): string {
  const rows = gateways.map(gatewayRow);
  return [statusRow('Profile::Gateway-Name', '   Type', 'Data', 'State'), RULE, ...rows, RULE, `${rows.length} gateways`].join('\n'); // prettier-ignore
}

/** `sofia status gateway NAME`: label and value; the last lines say why, which FreeSWITCH does not. */
export function gatewayDetails(
  { name, profile, address, configuration, extension, view }: Gateway,
  calls: readonly SwitchCallView[],
): string {
  const { proxy, username, password } = configuration;
  const rows: (readonly [string, string])[] = [
    ['Name', name],
    ['Profile', profile],
    ['Scheme', 'Digest'],
    ['Username', username],
    ['Password', password === '' ? 'no' : 'yes'],
    ['From', formatUri(address)],
    ['Exten', extension],
    ['Proxy', `sip:${formatHost(proxy.host)}${proxy.port === undefined ? '' : `:${proxy.port}`};transport=${configuration['register-transport']}`],
    ['Context', configuration.context],
    ['Expires', String(configuration['expire-seconds'])],
    ['PingFreq', String(configuration.ping)],
    ['State', view.state],
    ['Status', view.state === 'REGED' || view.state === 'NOREG' ? 'UP' : 'DOWN'],
    ['SecureMedia', configuration.rtp_secure_media],
    ['Calls', String(calls.filter((call) => call.profile === profile).length)],
    ...(view.diagnosis === undefined ? [] : [['Why', `${view.diagnosis.code}: ${view.diagnosis.summary}`], ['Cure', view.diagnosis.cure]] as const),
  ]; // prettier-ignore
  return [RULE, ...rows.map(([label, value]) => `${label.padEnd(15)}\t${value}`), RULE].join('\n');
}

function statusRow(name: string, type: string, data: string, state: string): string {
  return `${name.padStart(25)}\t${type.padStart(7)}\t${data.padStart(40)}\t${state}`;
}

/** `sofia status profile NAME`: label and value. */
export function profileTable(
  profile: SipProfile,
  domain: string,
  codecs: readonly string[],
  registrations: number,
  calls: number,
): string {
  const { configuration, listeners } = profile;
  const plain = listeners.find(({ transport }) => transport === 'udp' || transport === 'tcp');
  const tls = listeners.find(({ transport }) => transport === 'tls');
  const rows: (readonly [string, string | undefined])[] = [
    ['Name', profile.name],
    ['Domain Name', domain],
    ['Context', configuration.context],
    ['Challenge Realm', domain],
    ['SIP-IP', configuration['sip-ip']],
    ['URL', plain === undefined ? undefined : urlOf(plain)],
    ['TLS-URL', tls === undefined ? undefined : urlOf(tls)],
    ['TLS-VERSIONS', tls === undefined ? undefined : `${configuration['tls-min-version']}–${configuration['tls-max-version']}`],
    ['CODECS IN', codecs.join(',')],
    ['CODECS OUT', codecs.join(',')],
    ['TEL-EVENT', '101'],
    ['DTMF-MODE', 'rfc2833'],
    ['AUTH-CALLS', String(configuration['auth-calls'])],
    ['SECURE-MEDIA', `in ${configuration.rtp_secure_media}, out ${configuration.rtp_secure_media_outbound}`],
    ['CALLS', String(calls)],
    ['REGISTRATIONS', String(registrations)],
  ]; // prettier-ignore
  const lines = rows.flatMap(([label, value]) => (value === undefined ? [] : [`${label.padEnd(17)}\t${value}`]));
  return [RULE, ...lines, RULE].join('\n');
}

/** `sofia status profile NAME reg`: a paragraph a registration. `now` is monotonic, `wall` wall-clock milliseconds. */
export function registrationTable(
  bindings: readonly Binding[],
  domain: string,
  time: { readonly now: number; readonly wall: number },
): string {
  const items = bindings.map((binding) => {
    const { user, flow } = binding;
    const left = Math.max(0, Math.round((binding.expiresAtMs - time.now) / 1000));
    const end = new Date(time.wall + left * 1000).toISOString().slice(0, 19).replace('T', ' ');
    return [
      `Call-ID:    \t${binding.callId}`,
      `User:       \t${user}@${domain}`,
      `Contact:    \t<${formatUri(binding.contact)}>`,
      `Agent:      \t${binding.agent}`,
      `Status:     \tRegistered(${flow.protocol.toUpperCase()})(unknown) EXP(${end}) EXPSECS(${left})`,
      `Host:       \t${domain}`,
      `IP:         \t${flow.remote.address}`,
      `Port:       \t${flow.remote.port}`,
      `Auth-User:  \t${user}`,
      `Auth-Realm: \t${domain}`,
      '',
    ].join('\n');
  });
  return ['Registrations:', RULE, ...items, `Total items returned: ${bindings.length}`, RULE].join('\n');
}

/** The columns of one of the `show` commands, for each row. */
export type ShowRow = Readonly<Record<string, string | number>>;

/** `show calls`: a row a call. */
export function callRows(calls: readonly SwitchCallView[]): ShowRow[] {
  return calls.map((call) => ({
    uuid: call.id,
    direction: 'inbound',
    created: call.created,
    created_epoch: Math.floor(Date.parse(call.created) / 1000),
    name: `sofia/${call.profile}/${call.from}`,
    state: call.state === 'ringing' ? 'CS_ROUTING' : 'CS_EXECUTE',
    cid_num: call.from,
    dest: call.to,
    callstate: call.state === 'ringing' ? 'RINGING' : 'ACTIVE',
    secure: call.legs.map(secureOf).join('|'),
    signalling: call.legs.map(({ transport }) => transport).join('|'),
    security: call.legs.map(({ security }) => security).join('|'),
  }));
}

/** `show channels`: a row a leg. */
export function channelRows(calls: readonly SwitchCallView[]): ShowRow[] {
  return calls.flatMap((call) =>
    call.legs.map((leg, index) => ({
      uuid: `${call.id}-${index + 1}`,
      direction: index === 0 ? 'inbound' : 'outbound',
      created: call.created,
      created_epoch: Math.floor(Date.parse(call.created) / 1000),
      name: `sofia/${call.profile}/${index === 0 ? call.from : call.to}`,
      state: call.state === 'ringing' ? 'CS_ROUTING' : 'CS_EXECUTE',
      cid_num: call.from,
      dest: call.to,
      secure: secureOf(leg),
      callstate: call.state === 'ringing' ? 'RINGING' : 'ACTIVE',
      call_uuid: call.id,
      signalling: leg.transport,
      security: leg.security,
    })),
  );
}

/** `show registrations`: a row a contact. */
export function registrationRows(
  bindings: readonly Binding[],
  domain: string,
  time: { readonly now: number; readonly wall: number },
): ShowRow[] {
  return bindings.map(({ user, callId, contact, flow, expiresAtMs }) => ({
    reg_user: user,
    realm: domain,
    token: callId,
    url: `sofia/${formatUri(contact)}`,
    expires: Math.floor((time.wall + expiresAtMs - time.now) / 1000),
    network_ip: flow.remote.address,
    network_port: flow.remote.port,
    network_proto: flow.protocol,
  }));
}

/** Rows as FreeSWITCH prints them: comma-separated under a header, or a JSON object with `row_count`. */
export function showTable(rows: readonly ShowRow[], asJson: boolean): string {
  if (asJson) return JSON.stringify({ row_count: rows.length, rows });
  const [first] = rows;
  const lines = first === undefined ? [] : [Object.keys(first).join(','), ...rows.map((row) => Object.values(row).join(','))]; // prettier-ignore
  return [...lines, '', `${rows.length} total.`].join('\n');
}

function secureOf({ suite }: SwitchCallView['legs'][number]): string {
  return suite === null ? '' : `srtp:sdes:${suite}`;
}

function urlOf({ transport, address, port }: SipProfile['listeners'][number]): string {
  const parameter = transport === 'udp' || transport === 'tcp' ? '' : `;transport=${transport}`;
  return `sip:mod_sotto@${formatHost(address)}:${port}${parameter}`;
}
