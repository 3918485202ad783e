import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SwitchView } from '../api/state.ts';
import { formatSocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { INTERNAL_PROFILE } from '../pbx/initial-configuration.ts';
import type { MiniPbx, MiniPbxEvent } from '../pbx/mini-pbx.ts';
import type { PhonePorts } from '../phone/phone-agent.ts';
import type { StoredAccount } from '../phone/phone-store.ts';
import { diagnosisView } from '../phone/views.ts';
import { createPbxFolder, problemDiagnosis, readPbxFolder, startPbx, type PbxFolder } from './pbx-folder.ts';

/** The phone's own user, and one for a second phone. */
const USERS = ['1000', '1001'];
const DOMAIN = 'sotto.localhost';
const LOOPBACK = '127.0.0.1';
/** Troubles of clients that are remembered. */
const KEPT_TROUBLES = 50;

/** A switch that runs, and the configuration that it runs with, ports as they are. */
export interface RunningSwitch {
  readonly pbx: MiniPbx;
  readonly folder: PbxFolder;
}

/** Something that went wrong with a client of the switch. */
export interface SwitchTrouble {
  readonly diagnosis: Diagnosis;
  readonly remote: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Whom the switch tells of itself. */
export interface BuiltInSwitchUser {
  readonly onChange: (view: SwitchView) => void;
  /** It is up, and this is the account that the phone registers with. */
  readonly onUp: (account: StoredAccount) => void;
  /** It is about to go down; it waits for what is given back. */
  readonly onDown: () => Promise<void>;
}

/** The switch that comes with the phone: on loopback, with an authority and users of its own, set up by itself. */
export class BuiltInSwitch {
  readonly #path: string;
  readonly #ports: PhonePorts;
  readonly #user: BuiltInSwitchUser;
  #state: SwitchView['state'] = 'off';
  #running: RunningSwitch | undefined;
  #diagnosis: Diagnosis | undefined;
  #troubles: SwitchTrouble[] = [];
  #wanted = false;
  #revision = 0;
  /** One start or stop after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(path: string, ports: PhonePorts, user: BuiltInSwitchUser) {
    this.#path = path;
    this.#ports = ports;
    this.#user = user;
  }

  get running(): RunningSwitch | undefined {
    return this.#running;
  }

  /** Newest first. */
  get troubles(): readonly SwitchTrouble[] {
    return this.#troubles;
  }

  /** Starts the switch, setting up what is missing, or stops it; done when that is so. */
  setOn(on: boolean): Promise<void> {
    if (on === this.#wanted) return this.#turn;
    this.#wanted = on;
    return this.#next(() => (on ? this.#start() : this.#stop()));
  }

  /** Ends the switch with the program: the phone has gone by itself. */
  close(): Promise<void> {
    this.#wanted = false;
    return this.#next(() => this.#end());
  }

  /** Something that is shown beside the switch has changed. */
  touch(): void {
    const pbx = this.#running?.pbx;
    this.#user.onChange({
      state: this.#state,
      domain: pbx?.domain ?? DOMAIN,
      listeners: [...(pbx?.listeners ?? [])],
      registrations: pbx?.registrations.length ?? 0,
      calls: pbx?.calls.length ?? 0,
      diagnosis: this.#diagnosis === undefined ? null : diagnosisView(this.#diagnosis),
      revision: ++this.#revision,
    });
  }

  /** One turn that broke is not the end of all. */
  #next(turn: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(turn, turn);
    return this.#turn;
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    this.#diagnosis = undefined;
    this.touch();
    const account = await this.#open();
    if (account.ok) this.#state = 'running';
    else {
      this.#state = 'failed';
      this.#diagnosis = account.error;
      await this.#end();
    }
    this.touch();
    if (account.ok) this.#user.onUp(account.value);
  }

  async #stop(): Promise<void> {
    await this.#user.onDown();
    await this.#end();
    this.#state = 'off';
    this.#diagnosis = undefined;
    this.touch();
  }

  async #end(): Promise<void> {
    const pbx = this.#running?.pbx;
    this.#running = undefined;
    await pbx?.close();
  }

  async #open(): Promise<Result<StoredAccount, Diagnosis>> {
    const read = await this.#read();
    if (!read.ok) return read;
    const conventional = await this.#run(read.value);
    if (tlsPortOf(conventional) === undefined) {
      // Another program has the conventional ports. The phone finds any other just as well; the file stays as it is.
      await conventional.close();
      await this.#run(withPorts(read.value, () => 0));
    }
    const pbx = this.#running?.pbx;
    const port = tlsPortOf(pbx);
    if (pbx === undefined || port === undefined) return err(this.#diagnosis ?? noListener());
    this.#diagnosis = undefined;
    this.#running = { pbx, folder: withPorts(read.value, (profile, transport) => portOf(pbx, profile, transport)) };
    return accountOf(this.#running.folder, port);
  }

  async #read(): Promise<Result<PbxFolder, Diagnosis>> {
    const file = join(this.#path, 'sotto-pbx.yaml');
    const present = await readFile(file).then(
      () => true,
      () => false,
    );
    if (!present) {
      const created = await createPbxFolder(this.#path, {
        domain: DOMAIN,
        bind: LOOPBACK,
        ips: [],
        profiles: [INTERNAL_PROFILE],
        users: USERS,
      });
      if (!created.ok) return created;
    }
    const read = await readPbxFolder(file);
    if (read.ok) return read;
    const [problem] = read.error;
    return err(problem === undefined ? noListener() : problemDiagnosis(file, problem));
  }

  async #run(folder: PbxFolder): Promise<MiniPbx> {
    const pbx = await startPbx(folder, this.#ports, (event) => {
      this.#onEvent(event);
    });
    this.#running = { pbx, folder };
    return pbx;
  }

  #onEvent(event: MiniPbxEvent): void {
    if (event.event === 'diagnosis') {
      const { diagnosis, remote, severity } = event;
      // Only a failure of our own listeners concerns the state.
      if (remote === undefined && severity !== 'warning') this.#diagnosis = diagnosis;
      const trouble = {
        diagnosis,
        remote: remote === undefined ? null : formatSocketAddress(remote),
        at: this.#ports.clock.wall(),
      };
      this.#troubles = [trouble, ...this.#troubles].slice(0, KEPT_TROUBLES);
    }
    this.touch();
  }
}

/** The account that the phone registers with: the first user, over TLS, verified against the authority of the switch. */
async function accountOf(
  { configuration, folder }: PbxFolder,
  port: number,
): Promise<Result<StoredAccount, Diagnosis>> {
  const [entry] = Object.entries(configuration.users);
  if (entry === undefined) return err(noListener());
  const [user, { password }] = entry;
  const trust = await readFile(join(folder, 'ssl', INTERNAL_PROFILE.name, 'cafile.pem'), 'utf8').catch(() => '');
  return ok({
    id: 'built-in',
    address: `sip:${user}@${configuration.domain}`,
    authorizationUser: user,
    displayName: '',
    server: `${LOOPBACK}:${port}`,
    transport: 'tls',
    srtp: 'mandatory',
    trust,
    verify: true,
    password: new Secret(password),
  });
}

function tlsPortOf(pbx: MiniPbx | undefined): number | undefined {
  return pbx?.listeners.find(({ transport }) => transport === 'tls')?.port;
}

function portOf(pbx: MiniPbx, profile: string, transport: 'udp' | 'tls'): number | undefined {
  return pbx.listeners.find((listener) => listener.profile === profile && listener.transport === transport)?.port;
}

/** The same configuration on other ports. */
function withPorts(
  folder: PbxFolder,
  port: (profile: string, transport: 'udp' | 'tls') => number | undefined,
): PbxFolder {
  const profiles = Object.entries(folder.configuration.profiles).map(([name, profile]) => [
    name,
    {
      ...profile,
      // A port that was left out stays so.
      ...(profile['sip-port'] !== undefined && { 'sip-port': port(name, 'udp') }),
      ...(profile['tls-sip-port'] !== undefined && { 'tls-sip-port': port(name, 'tls') }),
    },
  ]);
  const configuration = { ...folder.configuration, profiles: Object.fromEntries(profiles) as typeof folder.configuration.profiles }; // prettier-ignore
  return { ...folder, configuration };
}

function noListener(): Diagnosis {
  return {
    code: 'config.invalid',
    side: 'here',
    summary: 'The built-in switch has no user or no TLS listener.',
    cure: 'Mend its sotto-pbx.yaml in the data folder, or move the folder away to have a new one made.',
    evidence: {},
  };
}
