import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXTERNAL_PROFILE, INTERNAL_PROFILE, type InitialProfile } from '../../core/pbx/initial-configuration.ts';
import { createPbxFolder } from '../../core/shell/pbx-folder.ts';
import { CliProcess, type CliEvent, type CliOptions } from './cli-run.ts';
import { good } from './test-authority.ts';

export const DOMAIN = 'sotto.localhost';

/** A folder as `sotto pbx init` writes it, with free ports, and users 1000 to 1002. */
export interface PbxScene {
  readonly folder: string;
  readonly config: string;
  /** The authority that phones are to trust. */
  readonly ca: string;
  password(user: string): string;
  /** Replaces text in the configuration; fails where it is not there. */
  edit(from: string | RegExp, to: string): Promise<void>;
  remove(): Promise<void>;
}

/** One listener of a running switch. */
export interface ListenerLine {
  readonly profile: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly address: string;
  readonly port: number;
}

const onAnyPort = (profile: InitialProfile): InitialProfile => ({ ...profile, sipPort: 0, tlsSipPort: 0 });

export async function makePbxFolder(): Promise<PbxScene> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  const created = good(
    await createPbxFolder(folder, {
      domain: DOMAIN,
      bind: '127.0.0.1',
      ips: [],
      profiles: [onAnyPort(INTERNAL_PROFILE), onAnyPort(EXTERNAL_PROFILE)],
      users: ['1000', '1001', '1002'],
    }),
  );
  return {
    folder,
    config: created.config,
    ca: created.ca,
    password: (user) => created.users.find((candidate) => candidate.user === user)?.password ?? '',
    edit: async (from, to) => {
      const text = await readFile(created.config, 'utf8');
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`${String(from)} is not in the configuration`);
      await writeFile(created.config, edited);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A switch that runs. */
export class RunningPbx {
  readonly scene: PbxScene;
  readonly process: CliProcess;
  #listeners: readonly ListenerLine[] = [];

  private constructor(scene: PbxScene, process: CliProcess) {
    this.scene = scene;
    this.process = process;
  }

  /** Starts `sotto pbx` and waits until it is ready. */
  static async start(scene: PbxScene, args: readonly string[] = [], options?: CliOptions): Promise<RunningPbx> {
    const running = new RunningPbx(
      scene,
      new CliProcess(['pbx', '--config', scene.config, '--json', ...args], { limitSeconds: 240, ...options }),
    );
    const ready = await running.process.event('ready');
    running.#listeners = ready.listeners as readonly ListenerLine[];
    return running;
  }

  get listeners(): readonly ListenerLine[] {
    return this.#listeners;
  }

  port(transport: ListenerLine['transport'], profile = 'internal'): number {
    const found = this.#listeners.find((listener) => listener.transport === transport && listener.profile === profile);
    if (found === undefined) throw new Error(`${profile} does not listen for ${transport}`);
    return found.port;
  }

  /** Arguments of a user agent that registers here as it should. */
  account(
    user = '1000',
    changes: { readonly transport?: 'udp' | 'tcp' | 'tls'; readonly port?: number; readonly password?: string } = {},
  ): string[] {
    const { transport = 'tls' } = changes;
    const port = changes.port ?? this.port(transport);
    return [
      '--user', user,
      '--password', changes.password ?? this.scene.password(user),
      '--domain', DOMAIN,
      '--server', `127.0.0.1:${port}`,
      '--transport', transport,
      ...(transport === 'tls' ? ['--ca', this.scene.ca] : []),
    ]; // prettier-ignore
  }

  /** The diagnosis event with this code, past or to come. */
  diagnosis(code: string, seconds = 30): Promise<CliEvent> {
    return this.process.event('diagnosis', (event) => event.code === code, seconds);
  }

  /** Ends it with SIGTERM; gives its exit code. */
  async stop(): Promise<number | null> {
    this.process.signal('SIGTERM');
    return (await this.process.finished).code;
  }
}
