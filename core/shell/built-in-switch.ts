import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SwitchView } from '../api/state.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import type { PbxConfiguration } from '../pbx/configuration.ts';
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

/** The switch that comes with the phone: on loopback, with an authority and users of its own, set up by itself. */
export class BuiltInSwitch {
  readonly #folder: string;
  readonly #ports: PhonePorts;
  readonly #onChange: (view: SwitchView) => void;
  #pbx: MiniPbx | undefined;
  #diagnosis: Diagnosis | undefined;

  constructor(folder: string, ports: PhonePorts, onChange: (view: SwitchView) => void) {
    this.#folder = folder;
    this.#ports = ports;
    this.#onChange = onChange;
  }

  /** Sets up what is missing, starts, and gives the account that the phone registers with. */
  async start(): Promise<Result<StoredAccount, Diagnosis>> {
    this.#onChange({ ...OFF, state: 'starting' });
    const account = await this.#start();
    if (!account.ok) this.#diagnosis = account.error;
    this.#show();
    return account;
  }

  async close(): Promise<void> {
    await this.#pbx?.close();
  }

  async #start(): Promise<Result<StoredAccount, Diagnosis>> {
    const read = await this.#open();
    if (!read.ok) return read;
    const config = read.value;
    this.#pbx = await this.#run(config);
    if (this.#tlsPort === undefined) {
      // Another program has the conventional ports. The phone finds any other just as well; the file stays as it is.
      await this.#pbx.close();
      this.#pbx = await this.#run({ ...config, configuration: onAnyPort(config.configuration) });
    }
    const port = this.#tlsPort;
    if (port === undefined) return err(this.#diagnosis ?? noListener());
    const user = Object.keys(config.configuration.users)[0];
    const password = user === undefined ? undefined : config.configuration.users[user]?.password;
    const trust = await readFile(join(config.folder, 'ssl', INTERNAL_PROFILE.name, 'cafile.pem'), 'utf8').catch(
      () => '',
    );
    if (user === undefined || password === undefined) return err(noListener());
    return ok({
      id: 'built-in',
      address: `sip:${user}@${config.configuration.domain}`,
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

  async #open(): Promise<Result<PbxFolder, Diagnosis>> {
    const file = join(this.#folder, 'sotto-pbx.yaml');
    const present = await readFile(file).then(
      () => true,
      () => false,
    );
    if (!present) {
      const created = await createPbxFolder(this.#folder, {
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

  #run(config: PbxFolder): Promise<MiniPbx> {
    this.#diagnosis = undefined;
    return startPbx(config, this.#ports, (event) => {
      this.#onEvent(event);
    });
  }

  #onEvent(event: MiniPbxEvent): void {
    // Only a failure of our own listeners concerns the state; what a client did wrong, and warnings, are in the trace.
    if (event.event === 'diagnosis' && event.remote === undefined && event.severity !== 'warning') {
      this.#diagnosis = event.diagnosis;
    }
    this.#show();
  }

  get #tlsPort(): number | undefined {
    return this.#pbx?.listeners.find(({ transport }) => transport === 'tls')?.port;
  }

  #show(): void {
    const pbx = this.#pbx;
    const failed = this.#diagnosis !== undefined && (pbx?.listeners.length ?? 0) === 0;
    this.#onChange({
      state: pbx === undefined ? (failed ? 'failed' : 'starting') : failed ? 'failed' : 'running',
      domain: pbx?.domain ?? DOMAIN,
      listeners: [...(pbx?.listeners ?? [])],
      registrations: pbx?.registrations.length ?? 0,
      calls: pbx?.calls.length ?? 0,
      diagnosis: this.#diagnosis === undefined ? null : diagnosisView(this.#diagnosis),
    });
  }
}

const OFF: SwitchView = { state: 'off', domain: DOMAIN, listeners: [], registrations: 0, calls: 0, diagnosis: null };

function onAnyPort(configuration: PbxConfiguration): PbxConfiguration {
  const profiles = Object.entries(configuration.profiles).map(([name, profile]) => [
    name,
    { ...profile, 'sip-port': 0, 'tls-sip-port': 0 },
  ]);
  return { ...configuration, profiles: Object.fromEntries(profiles) as PbxConfiguration['profiles'] };
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
