import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { appendCallRecord } from '../io/call-record-file.ts';
import { CallRecorder } from '../pbx/call-records.ts';
import { writeFileAtomically } from '../io/atomic-file.ts';
import { FOLDER_FILES, loadCertificateFolder, readTrust, type CertificateFolder } from '../io/certificate-files.ts';
import { setupCertificates } from '../io/certificate-setup.ts';
import { serveMetrics } from '../io/metrics-server.ts';
import { systemRandom } from '../io/node-random.ts';
import { systemClock } from '../io/node-clock.ts';
import { REGISTRATION_SCHEMA, RegistrationTable } from '../io/registration-table.ts';
import { SqliteDatabase } from '../io/sqlite-database.ts';
import { VoicemailFolder } from '../io/voicemail-folder.ts';
import { parseConfiguration, type ConfigurationProblem } from '../pbx/configuration-file.ts';
import {
  configurationJsonSchema,
  listensForTls,
  type PbxConfiguration,
  type ProfileConfiguration,
} from '../pbx/configuration.ts';
import type { GatewayConfiguration } from '../pbx/gateway-configuration.ts';
import { initialConfiguration, type InitialProfile } from '../pbx/initial-configuration.ts';
import { MiniPbx, type MiniPbxEvent, type MiniPbxPorts } from '../pbx/mini-pbx.ts';
import type { PhonePorts } from '../phone/phone-agent.ts';
import type { TlsVersion } from '../tls/tls-security.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsClientSettings, type TlsServerSettings } from '../tls/tls-settings.ts';
import { clientCertificateOf } from '../tls/verify-policy.ts';
import { SwitchCertificates } from './switch-certificates.ts';

/** A configuration that was read, where, and the folder that its relative paths start from. */
export interface PbxFolder {
  readonly configuration: PbxConfiguration;
  readonly file: string;
  readonly folder: string;
}

/** Reads and checks a configuration file. */
export async function readPbxFolder(file: string): Promise<Result<PbxFolder, readonly ConfigurationProblem[]>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const message =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'there is no such file'
        : 'the file cannot be read';
    return err([{ code: 'config.invalid', line: 0, column: 0, path: '', message }]);
  }
  const parsed = parseConfiguration(text);
  return parsed.ok ? ok({ configuration: parsed.value, file, folder: dirname(resolve(file)) }) : parsed;
}

/** A mistake in a configuration as a diagnosis. */
export function problemDiagnosis(file: string, problem: ConfigurationProblem): Diagnosis {
  const { code, line, column, path, message } = problem;
  return {
    code,
    side: 'here',
    summary: `${line === 0 ? file : `${file}:${line}:${column}`}: ${path === '' ? '' : `${path}: `}${message}.`,
    cure: line === 0 ? 'Write one with: sotto pbx init DIR.' : 'Mend the line; nothing was started or changed.',
    evidence: { file, line, column, path },
  };
}

/** What a new configuration is made of. */
export interface NewPbx {
  readonly domain: string;
  readonly bind: string;
  /** Addresses in the certificates, beside `bind`. */
  readonly ips: readonly string[];
  readonly profiles: readonly InitialProfile[];
  readonly users: readonly string[];
}

/** The schema beside a configuration, which its first line names for editors. */
const SCHEMA_FILE = 'sotto-pbx.schema.json';

/** A configuration that was written. */
export interface WrittenPbx {
  readonly config: string;
  readonly ca: string;
  readonly users: readonly { readonly user: string; readonly password: string }[];
}

/** Writes a configuration that works into `folder`; refuses where there is one already. */
export function createPbxFolder(folder: string, options: NewPbx): Promise<Result<WrittenPbx, Diagnosis>> {
  const profiles = options.profiles.map(({ name }) => name);
  return writePbxFolder(folder, {
    ...options,
    profiles,
    ...initialConfiguration({ ...options, random: systemRandom }),
  });
}

/** Writes the text of a configuration and certificates for those of its profiles; refuses where there is one already. */
export async function writePbxFolder(
  folder: string,
  options: Pick<NewPbx, 'domain' | 'bind' | 'ips'> & {
    readonly profiles: readonly string[];
    readonly text: string;
    readonly users: WrittenPbx['users'];
  },
): Promise<Result<WrittenPbx, Diagnosis>> {
  const config = join(folder, 'sotto-pbx.yaml');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (await exists(config)) return err(alreadyThere(config));
    const certificates = await setupCertificates(join(folder, 'ssl'), {
      organization: options.domain,
      names: [options.domain, 'localhost'],
      ips: [...new Set([options.bind, '127.0.0.1', ...options.ips])].filter((ip) => ip !== '0.0.0.0' && ip !== '::'),
      profiles: options.profiles,
      now: systemClock.wall(),
    });
    if (!certificates.ok) return certificates;
    const schema = JSON.stringify(configurationJsonSchema(), null, 2);
    await writeFileAtomically(join(folder, SCHEMA_FILE), `${schema}\n`, 0o644);
    await writeFileAtomically(config, `# yaml-language-server: $schema=${SCHEMA_FILE}\n${options.text}`, 0o600);
    return ok({ config, ca: certificates.value.caFile, users: options.users });
  } catch (error) {
    return err({
      code: 'file.unreadable',
      side: 'here',
      summary: 'The configuration could not be written.',
      cure: 'Check owner, mode and free space of the folder.',
      evidence: { folder, error: error instanceof Error && 'code' in error ? String(error.code) : String(error) },
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

function alreadyThere(config: string): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: 'There is a configuration already; nothing was changed.',
    cure: 'Choose another folder, or move the old configuration away.',
    evidence: { config },
  };
}

/** Starts the switch that a folder describes, and looks after its certificates while it runs. */
export async function startPbx(
  { configuration, file, folder }: PbxFolder,
  ports: PhonePorts,
  onEvent: (event: MiniPbxEvent) => void,
): Promise<MiniPbx> {
  const onWarning = (diagnosis: Diagnosis, profile: string): void => {
    ports.tracer.emit('pbx', 3, 'diagnosis', { ...diagnosis, profile });
    onEvent({ event: 'diagnosis', diagnosis, profile, remote: undefined, severity: 'warning' });
  };
  const certificates = new SwitchCertificates({ clock: ports.clock, tracer: ports.tracer, onWarning });
  const mailboxes = new VoicemailFolder(join(folder, 'voicemail'), ports);
  await mailboxes.recover();
  const registrations = SqliteDatabase.open(folder, REGISTRATION_SCHEMA);
  if (registrations.trouble !== undefined)
    onEvent({ event: 'diagnosis', diagnosis: registrations.trouble, profile: undefined, remote: undefined, severity: 'warning' }); // prettier-ignore
  let records = configuration.cdr;
  const recorder = new CallRecorder(ports.clock, (record) => {
    const failed = records === undefined ? undefined : appendCallRecord(folder, records.format, record);
    if (failed !== undefined) onEvent({ event: 'diagnosis', diagnosis: failed, profile: undefined, remote: undefined, severity: 'warning' }); // prettier-ignore
  });
  const pbx = new MiniPbx(
    {
      ...ports,
      mailboxes,
      registrations: new RegistrationTable(registrations),
      serveMetrics: metricsPort(),
      watchTls: (inForce, onChange) => certificates.watch(certificateFolders(folder, inForce), onChange),
      readConfiguration: async () => {
        const read = await readPbxFolder(file);
        if (!read.ok) return err(read.error.map((problem) => problemDiagnosis(file, problem)));
        records = read.value.configuration.cdr;
        return ok(read.value.configuration);
      },
      loadGatewayTls: async (name, gateway, inForce) => {
        const profile = inForce.profiles[name];
        const settings = profile?.gateways[gateway];
        if (profile === undefined || settings === undefined) throw new Error(`no gateway ${gateway} in ${name}`);
        if (settings['register-transport'] !== 'tls') return ok(DEFAULT_TLS_CLIENT_SETTINGS);
        return gatewayTls(
          resolve(folder, settings['tls-cert-dir'] ?? certificateFolderOf(folder, profile)),
          profile,
          settings,
        );
      },
      loadTls: async (name, inForce) => {
        const [profile, path] = [inForce.profiles[name], certificateFolders(folder, inForce).get(name)];
        if (profile === undefined || path === undefined) throw new Error(`no profile ${name} with TLS`);
        await certificates.renewIfDue(name);
        const passphrase = profile['tls-passphrase'];
        const loaded = await loadCertificateFolder(path, passphrase === undefined ? undefined : new Secret(passphrase));
        if (!loaded.ok) return loaded;
        for (const warning of loaded.value.warnings) onWarning(warning, name);
        certificates.loaded(name, loaded.value);
        return ok(serverSettings(profile, loaded.value));
      },
    },
    configuration,
    (event) => {
      if (event.event === 'call') recorder.follow(event.call);
      onEvent(event);
    },
  );
  await pbx.start();
  return pbx;
}

/** One server of figures at a time, which stays as it is while nothing about it is changed. */
function metricsPort(): NonNullable<MiniPbxPorts['serveMetrics']> {
  let running: { readonly where: string; close(): Promise<void> } | undefined;
  return async (wanted, text) => {
    const where = JSON.stringify(wanted);
    if (running?.where === where) return ok(undefined);
    await running?.close();
    running = undefined;
    if (wanted === undefined) return ok(undefined);
    const served = await serveMetrics({ address: wanted['listen-ip'], port: wanted.port }, text);
    if (!served.ok) return served;
    running = { where, close: () => served.value.close() };
    return ok(undefined);
  };
}

/** Where the certificates of a profile are. */
export function certificateFolderOf(folder: string, profile: ProfileConfiguration): string {
  return resolve(folder, profile['tls-cert-dir'] ?? '.');
}

/** The certificate folder of each profile with TLS. */
export function certificateFolders(folder: string, { profiles }: PbxConfiguration): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(profiles)
      .filter(([, profile]) => listensForTls(profile))
      .map(([name, profile]) => [name, certificateFolderOf(folder, profile)]),
  );
}

/**
 * How a gateway is dialled: verified wholly, against the authorities of its folder or of the system, and with the certificate
 * of the folder where there is one.
 */
async function gatewayTls(
  folder: string,
  profile: ProfileConfiguration,
  { 'tls-trust': trust }: GatewayConfiguration,
): Promise<Result<TlsClientSettings, Diagnosis>> {
  const { 'tls-passphrase': passphrase } = profile;
  const loaded = await loadCertificateFolder(folder, passphrase === undefined ? undefined : new Secret(passphrase));
  if (loaded.ok) {
    const { identity, trust: authorities, revocationLists } = loaded.value;
    const common = { ...DEFAULT_TLS_CLIENT_SETTINGS, ...tlsLimits(profile), identity };
    return ok(trust === 'system' ? { ...common, trust } : { ...common, trust: authorities, revocationLists });
  }
  if (loaded.error.code !== 'file.missing') return loaded;
  if (trust === 'system') return ok({ ...DEFAULT_TLS_CLIENT_SETTINGS, ...tlsLimits(profile), trust });
  const authorities = await readTrust(join(folder, FOLDER_FILES.trust));
  return authorities.ok
    ? ok({ ...DEFAULT_TLS_CLIENT_SETTINGS, ...tlsLimits(profile), trust: authorities.value })
    : authorities;
}

/** What a profile says of TLS in both directions. */
function tlsLimits(
  profile: ProfileConfiguration,
): Pick<
  TlsClientSettings,
  'minVersion' | 'maxVersion' | 'ciphers' | 'groups' | 'sessionSeconds' | 'verifyDepth' | 'verifyDates'
> {
  const versions = profile['tls-version'];
  return {
    minVersion: versions?.minVersion ?? VERSIONS[profile['tls-min-version']],
    maxVersion: lower(versions?.maxVersion, VERSIONS[profile['tls-max-version']]),
    ciphers: profile['tls-ciphers'],
    groups: profile['tls-groups'],
    sessionSeconds: profile['tls-timeout'],
    verifyDepth: profile['tls-verify-depth'],
    verifyDates: profile['tls-verify-date'],
  };
}

function serverSettings(
  profile: ProfileConfiguration,
  { identity, trust, revocationLists }: CertificateFolder,
): TlsServerSettings {
  const policy = profile['tls-verify-policy'];
  return {
    ...DEFAULT_TLS_CLIENT_SETTINGS,
    ...tlsLimits(profile),
    expectedSubjects: policy?.in === 'subjects' ? profile['tls-verify-in-subjects'] : [],
    trust,
    revocationLists,
    identity,
    clientCertificate:
      policy === undefined || policy.in === 'none' ? profile['tls-client-certificate'] : clientCertificateOf(policy),
  };
}

function lower(one: TlsVersion | undefined, other: TlsVersion): TlsVersion {
  return one !== undefined && one < other ? one : other;
}

const VERSIONS: Readonly<Record<ProfileConfiguration['tls-min-version'], TlsVersion>> = {
  tlsv1: 'TLSv1',
  'tlsv1.1': 'TLSv1.1',
  'tlsv1.2': 'TLSv1.2',
  'tlsv1.3': 'TLSv1.3',
};
