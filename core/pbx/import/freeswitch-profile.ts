import { isNumericHost } from '../../base/address.ts';
import { DIGEST_HASHES } from '../../sip/auth/digest.ts';
import { translateTlsVersions } from '../../tls/tls-version-words.ts';
import { parseVerifyPolicy } from '../../tls/verify-policy.ts';
import { gatewaySchema } from '../gateway-configuration.ts';
import type { FreeswitchProfile } from './freeswitch-document.ts';

/** What became of one parameter: a sentence for the person who knows FreeSWITCH. */
export interface ParameterNote {
  /** `profile internal`, `user 1000`, `vars.xml`. */
  readonly where: string;
  readonly name: string;
  readonly value: string;
  readonly became: string;
}

/** A profile as our configuration has it, and where FreeSWITCH kept its certificates. */
export interface ImportedProfile {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly certificates: string | undefined;
  readonly notes: readonly ParameterNote[];
}

/** FreeSWITCH's own default, which lets ciphers in that nobody should use. */
const DEFAULT_CIPHERS = 'ALL:!ADH:!LOW:!EXP:!MD5:@STRENGTH';

interface Draft {
  readonly settings: Record<string, unknown>;
  certificates: string | undefined;
  tls: boolean;
  tlsOnly: boolean;
}

/** What each parameter does to the profile; the sentence says what became of it. */
const PARAMETERS: Readonly<Record<string, (value: string, draft: Draft, bind: string) => string>> = {
  'sip-ip': (value, { settings }, bind) => {
    const numeric = isNumericHost(value);
    settings['sip-ip'] = numeric ? value : bind;
    return numeric ? 'kept' : `no IP address; ${bind} instead`;
  },
  'sip-port': (value, { settings }) => keepPort(value, settings, 'sip-port'),
  'tls-sip-port': (value, { settings }) =>
    value === 'auto' ? ((settings['tls-sip-port'] = 0), 'kept as 0: the system chooses') : keepPort(value, settings, 'tls-sip-port'), // prettier-ignore
  tls: (value, draft) => {
    draft.tls = isTrue(value);
    return draft.tls ? 'kept' : 'kept: no TLS listener; set it to true for one';
  },
  'tls-only': (value, draft) => {
    draft.tlsOnly = isTrue(value);
    return draft.tlsOnly ? 'kept: sip-port is left out' : 'kept: sip-port listens beside tls-sip-port';
  },
  'tls-bind-params': () => 'not needed: every listener is of one transport',
  'tls-cert-dir': (value, draft) => {
    if (value !== '') draft.certificates = value;
    return value === '' ? 'empty: the folder of all certificates' : 'its files are copied';
  },
  'tls-passphrase': (value, { settings }) => keepUnlessEmpty(value, settings, 'tls-passphrase'),
  'tls-verify-date': (value, { settings }) => {
    settings['tls-verify-date'] = isTrue(value);
    return isTrue(value) ? 'kept' : 'kept: dates of certificates are not checked';
  },
  'tls-verify-policy': (value, { settings }) => {
    const policy = parseVerifyPolicy(value);
    if (!policy.ok) return `left out, so clients need no certificate: ${policy.error.message}`;
    if (policy.value.in === 'none' && policy.value.out === 'none')
      return 'left out: clients need no certificate, and servers that we dial are always verified';
    settings['tls-verify-policy'] = value;
    return 'kept';
  },
  'tls-verify-depth': (value, { settings }) => {
    const depth = Number(value) || 2;
    settings['tls-verify-depth'] = Math.min(10, depth);
    return depth === Number(value) ? 'kept' : 'kept as 2, as FreeSWITCH takes it';
  },
  'tls-verify-in-subjects': (value, { settings }) => {
    const subjects = value.split('|').map((subject) => subject.trim()).filter((subject) => subject !== ''); // prettier-ignore
    if (subjects.length === 0) return 'empty: left out';
    settings['tls-verify-in-subjects'] = subjects;
    return 'kept';
  },
  'tls-version': (value, { settings }) => {
    const versions = translateTlsVersions(value);
    if (!versions.ok) return `left out, so TLS 1.2 and 1.3: ${versions.error}`;
    settings['tls-version'] = value;
    return ['kept', ...versions.value.notices].join('; ');
  },
  'tls-ciphers': (value, { settings }) =>
    value === DEFAULT_CIPHERS ? 'left out: FreeSWITCH’s default lets in ciphers that are weak; ours does not' : keepUnlessEmpty(value, settings, 'tls-ciphers'), // prettier-ignore
  'tls-timeout': (value, { settings }) => {
    const seconds = Math.trunc(Number(value));
    if (!(seconds > 0 && seconds <= 86_400)) return 'left out: no number of seconds';
    settings['tls-timeout'] = seconds;
    return 'kept';
  },
  'tls-orq-connect-timeout': () => 'not needed: connecting has a limit of its own, and the next server is tried',
  'tls-always-nat': () => 'not needed: a phone is called on the connection that it opened',
  'tcp-always-nat': () => 'not needed: a phone is called on the connection that it opened',
  'tcp-unreg-on-socket-close': () =>
    'not needed: a registration over a connection that is gone is called at its Contact',
  'reuse-connections': (value, { settings }) => {
    if (isTrue(value)) return 'not needed: connections are used again';
    settings['connect-back'] = true;
    return 'kept as connect-back: true';
  },
  'socket-tcp-keepalive': () => 'not needed: keep-alive is that of RFC 5626',
  'tcp-keepalive': () => 'not needed: keep-alive is that of RFC 5626',
  'tcp-pingpong': () => 'not needed: pings of RFC 5626 are answered',
  'enable-rfc-5626': () => 'not needed: always on',
  'wss-binding': () => 'not taken over: profiles have no WebSocket listener',
  'ws-binding': () => 'not taken over: profiles have no WebSocket listener',
  'require-secure-rtp': () => 'FreeSWITCH reads it and does nothing; see rtp_secure_media',
  'NDLB-allow-crypto-in-avp': () => 'not needed: keys in RTP/AVP are RFC 8643, and understood',
  'NDLB-support-asterisk-missing-srtp-auth': () => 'not taken over: there is no SRTP without authentication',
  'auth-calls': (value, { settings }) => {
    settings['auth-calls'] = isTrue(value);
    return 'kept';
  },
  'rfc8760-auth-algorithms': (value, { settings }) => {
    const known = DIGEST_HASHES.filter((name) => value.toUpperCase().split(/[\s,]+/).includes(name)); // prettier-ignore
    if (known.length === 0) return 'left out: MD5, as FreeSWITCH';
    settings['rfc8760-auth-algorithms'] = [...known];
    return 'kept';
  },
};

/** What is set by profile here, and by user, domain or dial string in FreeSWITCH. */
const RTP_PARAMETERS = ['rtp_secure_media', 'rtp_secure_media_outbound'] as const;

/** Makes a profile of ours out of one of FreeSWITCH's. */
export function importProfile(
  { name, params, gateways: profileGateways }: FreeswitchProfile,
  { bind, media }: { readonly bind: string; readonly media: Readonly<Record<(typeof RTP_PARAMETERS)[number], string>> },
): ImportedProfile {
  const draft: Draft = { settings: { 'sip-ip': bind }, certificates: undefined, tls: false, tlsOnly: false };
  const notes: ParameterNote[] = [];
  const unknown: string[] = [];
  for (const { name: parameter, value } of params) {
    const take = Object.hasOwn(PARAMETERS, parameter) ? PARAMETERS[parameter] : undefined;
    if (take === undefined) {
      if (parameter !== 'context') unknown.push(parameter);
      continue;
    }
    const shown = parameter === 'tls-passphrase' && value !== '' ? '[secret]' : value;
    notes.push({ where: `profile ${name}`, name: parameter, value: shown, became: take(value, draft, bind) });
  }
  const { settings } = draft;
  const gateways = profileGateways.map((gateway) => importGateway(name, gateway, notes));
  const taken = gateways.filter((gateway) => gateway !== undefined);
  if (taken.length > 0) settings.gateways = Object.fromEntries(taken);
  if (draft.tls) {
    settings['tls-sip-port'] ??= 5061;
    settings['tls-cert-dir'] = `ssl/${name}`;
  } else delete settings['tls-sip-port'];
  settings.tls = draft.tls;
  if (draft.tls && draft.tlsOnly) delete settings['sip-port'];
  else settings['sip-port'] ??= 5060;
  settings['auth-calls'] ??= false;
  const policy = settings['tls-verify-policy'];
  if (
    typeof policy === 'string' &&
    settings['tls-verify-in-subjects'] === undefined &&
    /subjects_(?:in|all)/i.test(policy)
  ) {
    // With an empty list FreeSWITCH compares no name.
    settings['tls-verify-policy'] = policy
      .replaceAll(/subjects_in/gi, 'in')
      .replaceAll(/subjects_all/gi, 'in|subjects_out');
    notes.push({ where: `profile ${name}`, name: 'tls-verify-policy', value: policy, became: `${String(settings['tls-verify-policy'])}: there is no list of subjects, and so FreeSWITCH compared none` }); // prettier-ignore
  }
  // FreeSWITCH names the context of strangers here; a user’s own is in the directory.
  settings.context = settings['auth-calls'] === true ? 'default' : 'public';
  for (const parameter of RTP_PARAMETERS) settings[parameter] = media[parameter];
  const context = params.find((param) => param.name === 'context')?.value ?? '';
  notes.push({ where: `profile ${name}`, name: 'context', value: context, became: `${String(settings.context)}: where ${settings['auth-calls'] === true ? 'its users' : 'strangers'} call` }); // prettier-ignore
  if (unknown.length > 0)
    notes.push({ where: `profile ${name}`, name: 'others', value: unknown.join(' '), became: 'not taken over' });
  return { settings, certificates: draft.certificates, notes };
}

/** A gateway of ours, and a note of what of it was not taken over. */
function importGateway(
  profile: string,
  { name, params }: FreeswitchProfile['gateways'][number],
  notes: ParameterNote[],
): readonly [name: string, settings: Readonly<Record<string, unknown>>] | undefined {
  const values = new Map(params.map((param) => [param.name, param.value]));
  const [proxy = '', ...uriParameters] = (values.get('proxy') ?? values.get('realm') ?? name).split(';');
  const username = values.get('username') ?? '';
  const transport = values.get('register-transport') ?? uriParameters.find((part) => part.startsWith('transport='))?.slice(10) ?? 'udp'; // prettier-ignore
  const settings = {
    proxy,
    username,
    password: values.get('password') ?? '',
    ...optional('auth-username', values.get('auth-username')),
    ...optional('from-domain', values.get('from-domain') ?? values.get('realm')),
    register: isTrue(values.get('register') ?? 'true'),
    'register-transport': transport,
    ...optional('expire-seconds', Number(values.get('expire-seconds')) || undefined),
    ...optional('ping', Number(values.get('ping')) || undefined),
    ...optional('extension', values.get('extension')),
  };
  const where = `gateway ${name}`;
  const read = /^[a-z0-9_-]{1,32}$/i.test(name) ? gatewaySchema.safeParse(settings) : undefined;
  if (read?.success !== true) {
    const why = read === undefined ? 'a name is letters, digits, - and _' : (read.error.issues[0]?.message ?? '');
    notes.push({ where: `profile ${profile}`, name: 'gateway', value: name, became: `not taken over: ${why}` });
    return undefined;
  }
  notes.push({ where: `profile ${profile}`, name: 'gateway', value: name, became: 'kept; its server is verified, and calls over TLS want SRTP (rtp_secure_media)' }); // prettier-ignore
  const others = params.filter((param) => !Object.hasOwn(settings, param.name) && param.name !== 'realm').map((param) => param.name); // prettier-ignore
  if (others.length > 0) notes.push({ where, name: 'others', value: others.join(' '), became: 'not taken over' });
  return [name, settings];
}

function optional(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined || value === '' ? {} : { [name]: value };
}

/** FreeSWITCH's idea of a true value. */
export function isTrue(value: string): boolean {
  return /^(?:true|yes|on|enable|enabled|active|allow|t|[1-9]\d*)$/i.test(value.trim());
}

function keepPort(value: string, settings: Record<string, unknown>, key: string): string {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'left out: no port';
  settings[key] = port;
  return 'kept';
}

function keepUnlessEmpty(value: string, settings: Record<string, unknown>, key: string): string {
  if (value.trim() === '') return 'empty: left out';
  settings[key] = value;
  return 'kept';
}
