import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether this machine has what {@link PulseServer} needs. */
export const pulseAvailable =
  existsSync('/usr/bin/pulseaudio') &&
  existsSync('/usr/bin/pactl') &&
  ['x86_64', 'aarch64', 'arm'].some((cpu) =>
    existsSync(`/usr/lib/${cpu}-linux-gnu${cpu === 'arm' ? 'eabihf' : ''}/alsa-lib/libasound_module_pcm_pulse.so`),
  );

/** Names of the devices as PortAudio lists them. */
export const MICROPHONE = 'ALSA: microphone';
export const SPEAKER = 'ALSA: speaker';

/**
 * A private PulseAudio server with two cards made of null sinks. What is played into `virtual_mic` comes out of the
 * microphone, and what the program says goes to `virtual_speaker`, whose monitor can be recorded. Without `norewinds`
 * a null sink idles in blocks of two seconds.
 */
export class PulseServer {
  readonly folder: string;
  readonly #looped: boolean;
  readonly #saved = new Map<string, string | undefined>();
  #process: ChildProcess | undefined;

  private constructor(folder: string, looped: boolean) {
    this.folder = folder;
    this.#looped = looped;
  }

  /**
   * Starts a server and points this process, and what it starts, to it.
   *
   * @param looped whether the microphone hears what the speaker says
   */
  static async start({ looped = false } = {}): Promise<PulseServer> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-pulse-'));
    const server = new PulseServer(folder, looped);
    const alsa = join(folder, 'alsa.conf');
    await writeFile(
      alsa,
      `pcm.microphone { type pulse device "virtual_${server.#looped ? 'speaker' : 'mic'}.monitor" hint { show on description "microphone" } }
pcm.speaker { type pulse device "virtual_speaker" hint { show on description "speaker" } }
pcm.!default { type asym playback.pcm "speaker" capture.pcm "microphone" }
`,
    );
    const environment = { HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder, ALSA_CONFIG_PATH: alsa };
    for (const [name, value] of Object.entries(environment)) {
      server.#saved.set(name, process.env[name]);
      process.env[name] = value;
    }
    await server.launch();
    return server;
  }

  /** Starts the server process, the first time or again. */
  async launch(): Promise<void> {
    const sink = (name: string): string =>
      `module-null-sink sink_name=virtual_${name} rate=48000 channels=2 norewinds=1`;
    this.#process = spawn(
      'pulseaudio',
      [
        ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'],
        ...['-L', 'module-native-protocol-unix auth-anonymous=1'],
        ...['-L', sink('mic'), '-L', sink('speaker'), '-L', 'module-always-sink'],
      ],
      { stdio: 'ignore' },
    );
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        await run('pactl', ['info'], { timeout: 1_000 });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error('pulseaudio does not answer');
  }

  /** Kills the server process, as a crash would. */
  async crash(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    const gone = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await gone;
  }

  /** Speaks a WAV file into the microphone; fulfilled at its end. */
  async playIntoMicrophone(path: string): Promise<void> {
    await run('paplay', ['--device=virtual_mic', path], { timeout: 30_000 });
  }

  /** Records what the speaker says; the function returned stops and gives the mono 48 kHz samples. */
  recordSpeaker(): () => Promise<Int16Array> {
    const recorder = spawn(
      'parec',
      [
        '--device=virtual_speaker.monitor',
        '--raw',
        '--format=s16le',
        '--rate=48000',
        '--channels=1',
        '--latency-msec=20',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const chunks: Buffer[] = [];
    recorder.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    return async () => {
      const gone = new Promise((resolve) => recorder.once('close', resolve));
      recorder.kill('SIGTERM');
      await gone;
      const octets = new Uint8Array(Buffer.concat(chunks));
      return new Int16Array(octets.buffer, 0, octets.length >> 1);
    };
  }

  /** Ends the server and restores the environment. */
  async stop(): Promise<void> {
    await this.crash();
    for (const [name, value] of this.#saved) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
