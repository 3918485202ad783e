import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomToken } from '../../base/random.ts';
import { Secret } from '../../base/secret.ts';
import { authorityContext } from '../../io/authority-files.ts';
import { readWavFile } from '../../io/wav-file.ts';
import { configurationSchema, type PbxConfiguration } from '../../pbx/configuration.ts';
import { MiniPbx } from '../../pbx/mini-pbx.ts';
import { PhoneCall } from '../../phone/phone-call.ts';
import { PhoneAgent, type PhonePorts } from '../../phone/phone-agent.ts';
import { sipUri } from '../../sip/message/uri.ts';
import { createCorePorts } from '../../shell/core-ports.ts';
import { packageRoot } from '../../shell/package-root.ts';
import { VERSION } from '../../shell/version.ts';
import { CertificateAuthority } from '../../tls/certificate-authority.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsIdentity } from '../../tls/tls-settings.ts';
import { signallingText, startAgent } from '../agent.ts';
import { CommandFailure, EXIT, number, openTrace, text, type Command, type CommandContext } from '../command.ts';
import { callFields, checkSoundFiles, compareFiles, finish, scriptedCallOptions, waitFor } from '../scripted-call.ts';

const LOOPBACK = '127.0.0.1';
const DOMAIN = 'sotto.localhost';
const USER = '1000';
const ECHO = '9196';
/** What comes back comes later than it was sent: codec, jitter buffers, network. */
const TAIL_SECONDS = 0.6;

/** The whole chain in one process, as a proof. */
export const demoCommand: Command = {
  name: 'demo',
  arguments: '[--seconds N] [--play WAV] [--record WAV]',
  summary: 'makes certificates, starts a switch, registers a phone, calls the echo test with SRTP, and measures it',
  options: { seconds: { type: 'string' }, play: { type: 'string' }, record: { type: 'string' } },
  help: {
    seconds: 'length of the call; that of the WAV file where left out',
    play: 'WAV file to play instead of our own speech',
    record: 'WAV file to keep what came back in',
  },
  async run(context) {
    const started = performance.now();
    const play = text(context, 'play') ?? fileURLToPath(new URL('resources/sounds/demo-speech.wav', packageRoot()));
    const wav = await readWavFile(play);
    if (!wav.ok) throw new CommandFailure(wav.error);
    const seconds =
      number(context, 'seconds', { min: 0.5, max: 3600 }) ?? wav.value.length / wav.value.sampleRate + TAIL_SECONDS;
    await checkSoundFiles(undefined, text(context, 'record'));
    const { tracer, stopLog } = openTrace(context);
    const ports = createCorePorts({ version: VERSION, audio: 'silence', tracer });
    const scratch = await mkdtemp(join(tmpdir(), 'sotto-demo-'));
    try {
      return await callEcho(context, ports, {
        started,
        play,
        seconds,
        record: text(context, 'record') ?? join(scratch, 'echo.wav'),
      });
    } finally {
      await ports.plane.close();
      await rm(scratch, { recursive: true, force: true });
      stopLog();
    }
  },
};

interface Scene {
  /** Monotonic milliseconds at which the command began. */
  readonly started: number;
  readonly play: string;
  readonly record: string;
  readonly seconds: number;
}

async function callEcho(context: CommandContext, ports: PhonePorts, scene: Scene): Promise<number> {
  const { output, signal } = context;
  const { identity, trust } = await makeIdentity(ports);
  const password = randomToken(ports.random, 16);
  const pbx = new MiniPbx(
    {
      ...ports,
      loadTls: () =>
        Promise.resolve({
          ok: true,
          value: { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [trust], identity, clientCertificate: 'ignored' },
        }),
    },
    configuration(password),
    () => undefined,
  );
  const listeners = await pbx.start();
  const [listener] = listeners;
  if (listener === undefined) throw new Error('the switch found no free port');
  output.event('switch', { listeners }, `✓ switch on ${LOOPBACK}:${listener.port}, with a certificate of its own`);
  const scripted = startAgent(context, new PhoneAgent(ports), {
    address: sipUri({ user: USER, host: DOMAIN }),
    authorizationUser: USER,
    password: new Secret(password),
    server: { host: LOOPBACK, port: listener.port },
    transport: 'tls',
    tls: { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [trust] },
    secureMedia: 'mandatory',
  });
  try {
    const { expires, flow } = await scripted.register();
    output.event('registered', { expires }, flow === undefined ? '' : `✓ registered: ${signallingText(flow)}`);
    const call = PhoneCall.place(
      scriptedCallOptions(scripted, output, {
        source: { kind: 'wav', path: scene.play },
        sink: { kind: 'wav', path: scene.record },
      }),
      sipUri({ user: ECHO, host: DOMAIN }),
    );
    await waitFor(call, signal, () => call.state === 'connected');
    const connected = performance.now();
    await waitFor(call, signal, () => performance.now() - connected >= scene.seconds * 1000);
    await finish(call);
    const seconds = Number(((performance.now() - scene.started) / 1000).toFixed(2));
    if (call.connectedAt === undefined)
      throw new CommandFailure(...(call.diagnosis === undefined ? [] : [call.diagnosis]));
    const audio = await compareFiles(scene.play, scene.record);
    output.success(
      { seconds, ...callFields(call), audio },
      `✓ ${call.security.state}: ${call.negotiated?.suite ?? 'no SRTP'}, ${call.statistics?.packetsLost ?? 0} packets lost, ` +
        `what came back is ${Math.round(audio.correlation * 100)} % like what was sent, ${audio.delayMs} ms later`,
    );
    return EXIT.done;
  } finally {
    await scripted.close();
    await pbx.close();
  }
}

async function makeIdentity(ports: PhonePorts): Promise<{ readonly identity: TlsIdentity; readonly trust: string }> {
  const context = authorityContext(() => ports.clock.wall());
  const authority = await CertificateAuthority.create({ commonName: 'Sotto demo authority', days: 1 }, context);
  if (!authority.ok) throw new CommandFailure(authority.error);
  const server = await authority.value.issue({
    commonName: DOMAIN,
    role: 'server',
    days: 1,
    dns: [DOMAIN, 'localhost'],
    ips: [LOOPBACK],
  });
  if (!server.ok) throw new CommandFailure(server.error);
  return { identity: { ...server.value, passphrase: undefined }, trust: authority.value.certificate };
}

/** One profile with TLS only, on a free port. */
function configuration(password: string): PbxConfiguration {
  return configurationSchema.parse({
    domain: DOMAIN,
    profiles: {
      internal: { 'sip-ip': LOOPBACK, 'tls-sip-port': 0, 'tls-cert-dir': '.', rtp_secure_media: 'mandatory' },
    },
    users: { [USER]: { password } },
  });
}
