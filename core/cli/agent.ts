import { readFile } from 'node:fs/promises';
import { formatSocketAddress, isNumericHost, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { Secret } from '../base/secret.ts';
import { CODEC_NAMES, mediaCapabilities } from '../media/capabilities.ts';
import { findSuite } from '../srtp/suites.ts';
import { Account, type AccountOptions } from '../phone/account.ts';
import { PhoneAgent } from '../phone/phone-agent.ts';
import type { SecureMedia } from '../sdp/offer-answer.ts';
import type { PhoneCall } from '../phone/phone-call.ts';
import { isSipUri, parseHostPort, parseUri, sipUri, type SipUri } from '../sip/message/uri.ts';
import type { Flow, TransportProtocol } from '../sip/transport/flow.ts';
import type { RegistrationView } from '../sip/ua/registration.ts';
import { createCorePorts } from '../shell/core-ports.ts';
import { VERSION } from '../shell/version.ts';
import type { TlsVersion } from '../tls/tls-security.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsClientSettings, type TlsServerSettings } from '../tls/tls-settings.ts';
import {
  choice,
  CommandFailure,
  openTrace,
  text,
  UsageError,
  type CommandContext,
  type CommandOptions,
} from './command.ts';
import { diagnosisText } from './output.ts';

/** Options of every command that is a user agent (contract: `register`, `call`, `answer`). */
export const AGENT_OPTIONS: CommandOptions = {
  user: { type: 'string' },
  password: { type: 'string' },
  domain: { type: 'string' },
  server: { type: 'string' },
  transport: { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  passphrase: { type: 'string' },
  verify: { type: 'string' },
  'tls-min': { type: 'string' },
  'tls-max': { type: 'string' },
  ciphers: { type: 'string' },
  srtp: { type: 'string' },
  suites: { type: 'string' },
  codecs: { type: 'string' },
  local: { type: 'string' },
  listen: { type: 'string' },
};

export const AGENT_HELP: Readonly<Record<string, string>> = {
  user: 'user of the account, such as 1000',
  password: 'its password; or the variable SOTTO_PASSWORD, which other users cannot see',
  domain: 'domain of the account; the server where left out',
  server: 'HOST[:PORT] to connect to; the domain where left out',
  transport: 'udp, tcp or tls (default)',
  ca: 'file with the authorities to trust (PEM) instead of those of the system',
  cert: 'client certificate with its chain (PEM)',
  key: 'its key (PEM); in the certificate file where left out',
  passphrase: 'passphrase of the key',
  verify: 'on (default) or off: whether the server must prove who it is',
  'tls-min': 'lowest TLS version, 1.0 to 1.3 (1.2)',
  'tls-max': 'highest TLS version (1.3)',
  ciphers: 'cipher list for TLS 1.2 and below',
  srtp: 'mandatory (default with TLS), optional or off (default without)',
  suites: 'SRTP suites in order of preference',
  codecs: `codecs in order of preference (${CODEC_NAMES.join(',')})`,
  local: 'IP[:PORT] to connect from',
  listen:
    'IP[:PORT] where a server that connects back is awaited, with --cert; it must prove who it is unless --verify off',
};

const VERSIONS: Readonly<Record<string, TlsVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

/** A user agent of the command line. */
export interface ScriptedAgent {
  readonly agent: PhoneAgent;
  readonly account: Account;
  /** Registers; resolves with the view once registered, throws a {@link CommandFailure} otherwise. */
  register(): Promise<RegistrationView>;
  /** Un-registers, hangs up, closes everything. */
  close(): Promise<void>;
}

/** Makes the user agent that the options describe. */
export async function createAgent(context: CommandContext, target?: string): Promise<ScriptedAgent> {
  const transport: TransportProtocol = choice(context, 'transport', ['udp', 'tcp', 'tls']) ?? 'tls';
  const srtp = choice(context, 'srtp', ['mandatory', 'optional', 'off']) ?? (transport === 'tls' ? 'mandatory' : 'off');
  const targetUri = target === undefined ? undefined : parseUri(/^sips?:/i.test(target) ? target : `sip:${target}`);
  const targetHost =
    target?.includes('@') === true && targetUri?.ok === true && isSipUri(targetUri.value) ? targetUri.value : undefined;
  const server = serverOption(context);
  const host = text(context, 'domain') ?? server?.host ?? targetHost?.host;
  if (host === undefined) throw new UsageError('--domain or --server is needed');
  const user = text(context, 'user');
  const codecs = listOption(context, 'codecs', (name) =>
    CODEC_NAMES.some((known) => known.toLowerCase() === name.toLowerCase()),
  );
  const suites = listOption(context, 'suites', (name) => findSuite(name) !== undefined);
  const tls = await tlsSettings(context);
  const local = text(context, 'local');
  const localAddress = local === undefined ? undefined : parseHostPort(local);
  if (localAddress?.ok === false) throw new UsageError('--local must be IP or IP:PORT');

  const listen = listenOption(context, tls);

  const { tracer, stopLog } = openTrace(context);
  const ports = createCorePorts({ version: VERSION, audio: 'silence', tracer });
  const close = async (): Promise<void> => {
    await ports.plane.close();
    stopLog();
  };
  const agent = new PhoneAgent(ports);
  const listener =
    listen === undefined
      ? undefined
      : await agent.listen(listen.local, listen.tls, (diagnosis, remote) => {
          const where = remote === undefined ? {} : { remote: formatSocketAddress(remote) };
          context.output.event('diagnosis', { ...diagnosis, ...where }, diagnosisText(diagnosis));
        });
  if (listener?.ok === false) {
    await agent.close();
    await close();
    throw new CommandFailure(listener.error);
  }
  const scripted = startAgent(context, agent, {
    address: sipUri({ user: user ?? ANONYMOUS, host }),
    authorizationUser: user ?? ANONYMOUS,
    password: new Secret(text(context, 'password') ?? process.env.SOTTO_PASSWORD ?? ''),
    server: server ?? (targetHost === undefined ? undefined : { host: targetHost.host, port: targetHost.port }),
    transport,
    tls,
    secureMedia: srtp === 'off' ? 'forbidden' : srtp,
    codecs,
    suites,
    local:
      localAddress === undefined ? undefined : { address: localAddress.value.host, port: localAddress.value.port ?? 0 },
    listening: listener?.value.local,
  });
  return {
    ...scripted,
    close: async () => {
      await scripted.close();
      await close();
    },
  };
}

/** Where a server that connects back is awaited: with the certificate of the client, and no weaker than it verifies servers. */
function listenOption(
  context: CommandContext,
  { identity, verify, ...tls }: TlsClientSettings,
): { readonly local: SocketAddress; readonly tls: TlsServerSettings } | undefined {
  const given = text(context, 'listen');
  if (given === undefined) return undefined;
  const address = parseHostPort(given);
  if (!address.ok || !isNumericHost(address.value.host)) throw new UsageError('--listen must be IP or IP:PORT');
  if (identity === undefined) throw new UsageError('--listen needs --cert, which the server gets to see');
  return {
    local: { address: address.value.host, port: address.value.port ?? 5061 },
    tls: { ...tls, identity, clientCertificate: verify ? 'required' : 'ignored' },
  };
}

/** The user of an agent that has no account. */
export const ANONYMOUS = 'anonymous';

/** What an agent of the command line is, beside what every phone has. */
export interface AgentIdentity extends Pick<
  AccountOptions,
  'address' | 'authorizationUser' | 'password' | 'server' | 'transport' | 'tls' | 'local' | 'listening' | 'instance'
> {
  readonly secureMedia: SecureMedia;
  readonly codecs?: readonly string[] | undefined;
  readonly suites?: readonly string[] | undefined;
  /** Told of every state of the registration, beside {@link ScriptedAgent.register}. */
  readonly onRegistration?: (view: RegistrationView) => void;
}

/** Makes the account of a user agent on ports that somebody else closes. */
export function startAgent(
  context: Pick<CommandContext, 'signal'>,
  agent: PhoneAgent,
  identity: AgentIdentity,
): ScriptedAgent {
  let settle: (view: RegistrationView) => void = () => undefined;
  const account = new Account(agent, {
    ...identity,
    id: 'cli',
    displayName: undefined,
    capabilities: mediaCapabilities(identity),
    expires: 3600,
    onRegistration: (view) => {
      settle(view);
      identity.onRegistration?.(view);
    },
  });
  agent.onNetworkChange(() => {
    account.networkChanged();
  });
  return {
    agent,
    account,
    register: () =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          reject(new CommandFailure());
        };
        if (context.signal.aborted) {
          stop();
          return;
        }
        context.signal.addEventListener('abort', stop);
        settle = (view) => {
          if (view.state !== 'registered' && view.state !== 'failed') return;
          context.signal.removeEventListener('abort', stop);
          settle = () => undefined;
          if (view.state === 'registered') resolve(view);
          else reject(new CommandFailure(...(view.diagnosis === undefined ? [] : [view.diagnosis])));
        };
        account.registration.start();
      }),
    close: async () => {
      await account.registration.stop();
      await agent.close();
    },
  };
}

function serverOption(context: CommandContext): { host: string; port: number | undefined } | undefined {
  const given = text(context, 'server');
  if (given === undefined) return undefined;
  const parsed = parseHostPort(given);
  if (!parsed.ok) throw new UsageError(`--server must be HOST or HOST:PORT, not "${given}"`);
  return { host: parsed.value.host, port: parsed.value.port };
}

function listOption(
  context: CommandContext,
  name: string,
  known: (word: string) => boolean,
): readonly string[] | undefined {
  const given = text(context, name);
  if (given === undefined) return undefined;
  const words = given.split(',').map((word) => word.trim());
  const unknown = words.find((word) => !known(word));
  if (unknown !== undefined) throw new UsageError(`--${name}: "${unknown}" is not known`);
  return words;
}

/** How TLS is done, by the options `ca`, `cert`, `key`, `passphrase`, `verify`, `tls-min`, `tls-max` and `ciphers`. */
export async function tlsSettings(context: CommandContext): Promise<TlsClientSettings> {
  const ca = text(context, 'ca');
  const cert = text(context, 'cert');
  const keyFile = text(context, 'key') ?? cert;
  const passphrase = text(context, 'passphrase');
  return {
    ...DEFAULT_TLS_CLIENT_SETTINGS,
    minVersion: versionOption(context, 'tls-min') ?? 'TLSv1.2',
    maxVersion: versionOption(context, 'tls-max') ?? 'TLSv1.3',
    ciphers: text(context, 'ciphers'),
    trust: ca === undefined ? 'system' : [await readPem(ca)],
    identity:
      cert === undefined || keyFile === undefined
        ? undefined
        : {
            certificateChain: await readPem(cert),
            key: new Secret(await readPem(keyFile)),
            passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
          },
    verify: choice(context, 'verify', ['on', 'off']) !== 'off',
  };
}

function versionOption(context: CommandContext, name: string): TlsVersion | undefined {
  const given = text(context, name);
  if (given === undefined) return undefined;
  const version = VERSIONS[given];
  if (version === undefined) throw new UsageError(`--${name} must be 1.0, 1.1, 1.2 or 1.3`);
  return version;
}

async function readPem(path: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new CommandFailure(fileDiagnosis(missing ? 'file.missing' : 'file.unreadable', path));
  }
  if (!content.includes('-----BEGIN ')) throw new CommandFailure(fileDiagnosis('file.not-pem', path));
  return content;
}

function fileDiagnosis(code: 'file.missing' | 'file.unreadable' | 'file.not-pem', path: string): Diagnosis {
  const [summary, cure] = {
    'file.missing': ['The file is not there.', 'Check the path.'],
    'file.unreadable': ['The file cannot be read.', 'Check its owner and mode.'],
    'file.not-pem': ['The file is not in PEM format.', 'Convert it with: openssl x509 -inform der -in FILE.'],
  }[code] as [string, string];
  return { code, side: 'here', summary, cure, evidence: { path } };
}

/** The group `signalling` of a result. */
export function signallingFields(flow: Flow | undefined): Record<string, unknown> | null {
  if (flow === undefined) return null;
  const { security } = flow;
  return {
    transport: flow.protocol,
    protocol: security?.protocol ?? null,
    cipher: security?.cipher ?? null,
    peerVerified: security?.peerVerified ?? false,
    peerName: security?.peerName ?? null,
    clientCertificate: security?.clientCertificate ?? false,
  };
}

/** The group `media` of a result, from the final figures. */
export function mediaFields(call: PhoneCall): Record<string, unknown> | null {
  const { negotiated, statistics } = call;
  if (negotiated === undefined || statistics === undefined) return null;
  const { packetsSent, packetsReceived, packetsLost, authFailures, replayed, jitterMs, mos } = statistics;
  return {
    profile: negotiated.profile,
    suite: negotiated.suite ?? null,
    codec: negotiated.parameters.send.name.toLowerCase(),
    packetsSent,
    packetsReceived,
    packetsLost,
    authFailures,
    replayed,
    jitterMs: round(jitterMs, 2),
    mos: mos === undefined ? null : round(mos, 2),
  };
}

/** `value` with so many digits behind the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** One line for people: what protects the connection. */
export function signallingText(flow: Flow): string {
  const { security } = flow;
  if (security === undefined) return `${flow.protocol.toUpperCase()}, not encrypted`;
  const identity = security.peerVerified ? `server verified as ${security.peerName ?? ''}` : 'server NOT verified';
  return `${security.protocol} ${security.cipher}, ${identity}`;
}

/** The address that a word of the command line means. */
export function targetUri(word: string, domain: string): SipUri | undefined {
  const parsed = parseUri(/^sips?:/i.test(word) ? word : word.includes('@') ? `sip:${word}` : `sip:${word}@${domain}`);
  return parsed.ok && isSipUri(parsed.value) ? parsed.value : undefined;
}
