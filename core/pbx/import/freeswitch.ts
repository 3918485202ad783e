import { stringify } from 'yaml';
import { randomPassword, type Random } from '../../base/random.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { parseConfiguration } from '../configuration-file.ts';
import { dialPlanRules } from '../dial-plan.ts';
import { readFreeswitchDocument, type FreeswitchDocument, type FreeswitchDomain, type NamedValue } from './freeswitch-document.ts'; // prettier-ignore
import { importProfile, isTrue, type ParameterNote } from './freeswitch-profile.ts';

/** A configuration of ours made out of one of FreeSWITCH's. */
export interface ImportedPbx {
  /** The text of `sotto-pbx.yaml`. */
  readonly text: string;
  readonly domain: string;
  readonly users: readonly { readonly user: string; readonly password: string }[];
  /** Profiles with TLS, and the folder of their certificates where the profile names one. */
  readonly certificates: ReadonlyMap<string, string | undefined>;
  readonly notes: readonly ParameterNote[];
}

const MODES = ['mandatory', 'optional', 'forbidden'] as const;
const CODECS: Readonly<Record<string, string>> = { opus: 'opus', g722: 'G722', pcma: 'PCMA', pcmu: 'PCMU' };
/** Variables of FreeSWITCH that say how calls are encrypted. */
const SECURE_VARIABLES = /^(?:rtp|sip)_secure_media/;
/** What every installation of FreeSWITCH has, and everybody knows. */
const KNOWN_PASSWORD = '1234';

/** Makes a configuration out of the preprocessed text of FreeSWITCH's; the error is a sentence. */
export function importFreeswitch(
  { text, variables }: { readonly text: string; readonly variables: ReadonlyMap<string, string> },
  {
    bind,
    random,
    domain: given,
  }: { readonly bind: string; readonly random: Random; readonly domain?: string | undefined },
): Result<ImportedPbx, string> {
  const read = readFreeswitchDocument(text);
  if (!read.ok) return err(`The configuration is no XML that can be read: ${read.error}`);
  const document = read.value;
  const [directory, ...otherDomains] = document.domains;
  const notes: ParameterNote[] = otherDomains.map(({ name }) =>
    note('directory', 'domain', name, 'not taken over: there is one domain'),
  );
  const named = [given, directory?.name, variables.get('domain')].find((word) => word !== undefined && word !== '');
  const domain = named ?? 'sotto.localhost';
  notes.push(...variableNotes(variables));
  const media = mediaPolicy(directory, notes);
  const users = importUsers(directory, random, notes);
  const certificates = new Map<string, string | undefined>();
  const profiles: Record<string, unknown> = {};
  for (const profile of document.profiles) {
    if (!/^[a-z0-9_-]{1,32}$/i.test(profile.name)) {
      notes.push(note('sofia.conf', 'profile', profile.name, 'not taken over: a name is letters, digits, - and _'));
      continue;
    }
    const imported = importProfile(profile, { bind, media });
    profiles[profile.name] = imported.settings;
    if (imported.settings.tls === true) certificates.set(profile.name, imported.certificates);
    notes.push(...imported.notes);
  }
  const groups = Object.fromEntries(
    [...(directory?.groups ?? [])].map(([name, members]) => [name, members.filter((user) => user in users)]),
  );
  const configuration = {
    domain,
    rtp: rtpOf(document, variables, notes),
    profiles,
    users,
    ...(Object.keys(groups).length === 0 ? {} : { groups }),
  };
  notes.push(...extensionNotes(document));
  const yaml = `# Made from a FreeSWITCH configuration. Names are those of FreeSWITCH.\n${stringify(configuration)}`;
  const checked = parseConfiguration(yaml);
  if (!checked.ok) {
    const [problem] = checked.error;
    return err(`What was read makes no configuration: ${problem?.path ?? ''}: ${problem?.message ?? ''}`);
  }
  return ok({
    text: yaml,
    domain,
    users: Object.entries(users).map(([user, { password }]) => ({ user, password })),
    certificates,
    notes,
  });
}

function note(where: string, name: string, value: string, became: string): ParameterNote {
  return { where, name, value, became };
}

/** What became of the variables of vars.xml that have to do with TLS and SRTP. */
function variableNotes(variables: ReadonlyMap<string, string>): readonly ParameterNote[] {
  const notes: ParameterNote[] = [];
  for (const [name, value] of variables) {
    if (/_ssl_enable$|_tls_port$|^sip_tls_/.test(name)) notes.push(note('vars.xml', name, value, 'used where a profile refers to it')); // prettier-ignore
    else if (name.endsWith('_ssl_dir')) notes.push(note('vars.xml', name, value, 'not used: FreeSWITCH itself no longer reads it'));
    else if (SECURE_VARIABLES.test(name)) notes.push(note('vars.xml', name, value, 'not taken over: as a global variable it has no effect in FreeSWITCH either')); // prettier-ignore
  } // prettier-ignore
  return notes;
}

type Media = Readonly<Record<'rtp_secure_media' | 'rtp_secure_media_outbound', string>>;

/** FreeSWITCH encrypts by user, domain and dial string; ours by profile. */
function mediaPolicy(directory: FreeswitchDomain | undefined, notes: ParameterNote[]): Media {
  const policy = { rtp_secure_media: 'optional', rtp_secure_media_outbound: 'mandatory' };
  let said = false;
  for (const { name, value } of [...(directory?.variables ?? []), ...sharedVariables(directory, notes)]) {
    const mode = modeOf(name, value, 'directory', notes);
    if (mode === undefined) continue;
    if (name !== 'rtp_secure_media_outbound') policy.rtp_secure_media = mode;
    if (name !== 'rtp_secure_media_inbound') policy.rtp_secure_media_outbound = mode;
    said ||= name !== 'rtp_secure_media_inbound';
  }
  const dialString = directory?.params.find(({ name }) => name === 'dial-string')?.value ?? '';
  if (/rtp_secure_media=.*transport=tls/i.test(dialString)) {
    policy.rtp_secure_media_outbound = 'mandatory';
    notes.push(note('directory', 'dial-string', 'rtp_secure_media by transport=tls', 'rtp_secure_media_outbound: mandatory, which means just that')); // prettier-ignore
  } else if (!said) {
    notes.push(note('directory', 'rtp_secure_media_outbound', '', 'mandatory towards phones that registered over TLS; FreeSWITCH would have offered them plain RTP')); // prettier-ignore
  }
  return policy;
}

/** Variables of encryption that every user has alike, which is as good as one of the domain; others are told. */
function sharedVariables(directory: FreeswitchDomain | undefined, notes: ParameterNote[]): readonly NamedValue[] {
  const users = directory?.users ?? [];
  const owners = new Map<string, { readonly variable: NamedValue; readonly ids: string[] }>();
  for (const { id, variables } of users) {
    for (const variable of variables.filter(({ name }) => SECURE_VARIABLES.test(name))) {
      const key = `${variable.name}=${variable.value}`;
      const entry = owners.get(key) ?? { variable, ids: [] };
      entry.ids.push(id);
      owners.set(key, entry);
    }
  }
  const shared: NamedValue[] = [];
  for (const { variable, ids } of owners.values()) {
    if (ids.length === users.length) shared.push(variable);
    else notes.push(note(`users ${ids.join(' ')}`, variable.name, variable.value, 'not taken over: encryption is set by profile, not by user')); // prettier-ignore
  }
  return shared;
}

/** The mode of a variable; the suites behind it are told, not kept. */
function modeOf(name: string, value: string, where: string, notes: ParameterNote[]): string | undefined {
  if (name === 'rtp_secure_media_suites') notes.push(note(where, name, value, 'not taken over: all suites with authentication are offered, the strongest first')); // prettier-ignore
  if (!/^rtp_secure_media(?:_inbound|_outbound)?$/.test(name)) return undefined;
  const [word = '', ...suites] = value.split(':');
  const mode = isTrue(word) ? 'mandatory' : word === 'false' || word === '' ? 'forbidden' : word.toLowerCase();
  if (!MODES.some((known) => known === mode)) {
    notes.push(note(where, name, value, 'left out: FreeSWITCH takes a word that it does not know for forbidden'));
    return undefined;
  }
  const rest = suites.length === 0 ? '' : '; its list of suites is not taken over';
  notes.push(note(where, name, value, `${mode}${rest}`));
  return mode;
}

type Users = Record<string, { readonly password: string } & Readonly<Record<string, unknown>>>;

function importUsers(directory: FreeswitchDomain | undefined, random: Random, notes: ParameterNote[]): Users {
  const users: Users = {};
  const known: string[] = [];
  const valueOf = (list: readonly NamedValue[], name: string): string | undefined => list.find((entry) => entry.name === name)?.value; // prettier-ignore
  for (const { id, params, variables } of directory?.users ?? []) {
    const where = `user ${id}`;
    if (!/^(?!\.)[A-Za-z0-9._-]{1,64}$/.test(id)) {
      notes.push(note('directory', 'user', id, 'not taken over: a name is letters, digits, . - and _'));
      continue;
    }
    let password = valueOf(params, 'password') ?? valueOf(directory?.params ?? [], 'password');
    if (password === KNOWN_PASSWORD) known.push(id);
    if (password === undefined || password === '') {
      password = randomPassword(random);
      const why = valueOf(params, 'a1-hash') === undefined ? 'it had none' : 'only its hash is known (a1-hash)';
      notes.push(note(where, 'password', '', `a new one was made: ${why}`));
    }
    const pin = valueOf(params, 'vm-password');
    const callgroup = valueOf(variables, 'callgroup');
    const callerId = valueOf(variables, 'effective_caller_id_name');
    users[id] = {
      password,
      ...(callerId === undefined || callerId === '' ? {} : { 'effective-caller-id-name': callerId }),
      ...(callgroup === undefined || callgroup === '' ? {} : { callgroup }),
      'vm-enabled': isTrue(valueOf(params, 'vm-enabled') ?? 'true'),
      ...(pin !== undefined && /^\d{4,16}$/.test(pin) ? { 'vm-password': pin } : {}),
    };
  }
  if (known.length > 0) {
    notes.push(note('directory', 'password', KNOWN_PASSWORD, `kept for ${known.length} users, ${known[0] ?? ''} first: everybody knows this password, give them others`)); // prettier-ignore
  }
  return users;
}

function rtpOf(
  { profiles, switchSettings }: FreeswitchDocument,
  variables: ReadonlyMap<string, string>,
  notes: ParameterNote[],
): Readonly<Record<string, unknown>> {
  const port = (name: string): Readonly<Record<string, number>> => {
    const value = Number(switchSettings.find((setting) => setting.name === name)?.value);
    return Number.isInteger(value) && value > 0 && value <= 65_535 ? { [name]: value } : {};
  };
  const preferences =
    profiles.flatMap(({ params }) => params).find(({ name }) => name === 'inbound-codec-prefs')?.value ??
    variables.get('global_codec_prefs') ??
    '';
  const wanted = preferences.split(',').map((codec) => codec.trim().replace(/@.*$/, '')).filter((codec) => codec !== ''); // prettier-ignore
  const codecs = [
    ...new Set(wanted.map((codec) => CODECS[codec.toLowerCase()]).filter((codec) => codec !== undefined)),
  ];
  const left = wanted.filter((codec) => CODECS[codec.toLowerCase()] === undefined);
  if (left.length > 0) notes.push(note('codecs', 'inbound-codec-prefs', left.join(','), 'not taken over: these are not spoken here')); // prettier-ignore
  return { ...port('rtp-start-port'), ...port('rtp-end-port'), ...(codecs.length === 0 ? {} : { codecs }) };
}

/** Extensions of its dial plan that are not among the numbers that we have anyway. */
function extensionNotes({ extensions }: FreeswitchDocument): readonly ParameterNote[] {
  const ours = new Set(dialPlanRules([]).map(({ name }) => name.toLowerCase()));
  return [...extensions]
    .map(([context, names]) => [context, names.filter((name) => name !== '' && !ours.has(name.toLowerCase()))] as const)
    .filter(([, names]) => names.length > 0)
    .map(([context, names]) => note(`context ${context}`, 'extensions', names.join(' '), 'not taken over: write rules for them in dialplan')); // prettier-ignore
}
