import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import type { TlsClientSettings, TlsServerSettings } from '../tls/tls-settings.ts';
import type { ApplicationPorts } from './applications/applications.ts';
import { ConferenceRooms } from './applications/conference-rooms.ts';
import { GroupBook } from './applications/group-book.ts';
import { ParkingLot } from './applications/parking-lot.ts';
import { SoundLibrary } from './applications/sounds.ts';
import { Voicemail, type MailboxStore } from './applications/voicemail.ts';
import { CallRouter } from './call-router.ts';
import { CallRoutes } from './call-routes.ts';
import { listensForTls, type PbxConfiguration, type ProfileConfiguration } from './configuration.ts';
import { DialPlan } from './dial-plan.ts';
import { Directory } from './directory.ts';
import type { Gateway, GatewayView } from './gateway.ts';
import type { Binding, BindingChange } from './location-service.ts';
import { MessageRelay } from './message-relay.ts';
import { MessageWaiting } from './message-waiting.ts';
import { storedBinding, storedKey, type RegistrationStore } from './registration-store.ts';
import { RestoredFlow } from './restored-flow.ts';
import type { Callee } from './ring-group.ts';
import { Registrar, type RegistrarLimits } from './registrar.ts';
import { SipProfile, type ListenerView, type ProfilePorts } from './sip-profile.ts';
import type { SwitchCallView } from './switch-call.ts';
import { SwitchMetrics } from './switch-metrics.ts';

export interface MiniPbxPorts extends ProfilePorts {
  readonly plane: MediaPlane;
  /** Reads the certificate folder of a profile. */
  readonly loadTls: (profile: string, configuration: PbxConfiguration) => Promise<Result<TlsServerSettings, Diagnosis>>;
  /** How a gateway of a profile is dialled; where it is missing there are none. */
  readonly loadGatewayTls?: (
    profile: string,
    gateway: string,
    configuration: PbxConfiguration,
  ) => Promise<Result<TlsClientSettings, Diagnosis>>;
  /** Tells of each profile whose certificate folder has changed. Where it is missing nothing is watched. */
  readonly watchTls?: (
    configuration: PbxConfiguration,
    onChange: (profile: string) => void,
  ) => Promise<{ close(): void }>;
  /** Reads the configuration again; where it is missing it never changes. */
  readonly readConfiguration?: () => Promise<Result<PbxConfiguration, readonly Diagnosis[]>>;
  /** The folder with the sounds of the switch; ends with a slash. */
  readonly sounds: string;
  /** Where registrations outlive the switch; where it is missing they end with it. */
  readonly registrations?: RegistrationStore | undefined;
  /** Puts what the configuration says of figures in force, again with each change of it; without one they end. */
  readonly serveMetrics?: (wanted: PbxConfiguration['metrics'], text: () => string) => Promise<Result<void, Diagnosis>>;
  /** Where messages are kept; where it is missing nobody has a mailbox. */
  readonly mailboxes?: MailboxStore | undefined;
}

/** What the switch tells: the lines of `sotto pbx`, the switch view, the tests. */
export type MiniPbxEvent =
  | { readonly event: 'registration'; readonly change: BindingChange; readonly binding: Binding }
  | { readonly event: 'call'; readonly call: SwitchCallView }
  | { readonly event: 'gateway'; readonly gateway: GatewayView }
  | {
      readonly event: 'diagnosis';
      readonly diagnosis: Diagnosis;
      readonly profile: string | undefined;
      readonly remote: SocketAddress | undefined;
      /** Where nothing has failed yet. */
      readonly severity?: 'warning';
    };

/** The mini-PBX: profiles, registrar, numbers, and calls from extension to extension. */
export class MiniPbx {
  readonly #ports: MiniPbxPorts;
  readonly #onEvent: (event: MiniPbxEvent) => void;
  readonly #metrics: SwitchMetrics;
  #configuration: PbxConfiguration;
  readonly #directory: Directory;
  readonly #registrar: Registrar;
  readonly #dialPlan: DialPlan;
  readonly #applications: ApplicationPorts;
  readonly #waiting: MessageWaiting;
  readonly #relay: MessageRelay;
  #profiles: readonly SipProfile[] = [];
  readonly #router: CallRouter;
  #closing = false;
  /** One after the other. */
  #rescans: Promise<readonly Diagnosis[]> = Promise.resolve([]);
  #watch: { close(): void } | undefined;

  constructor(ports: MiniPbxPorts, configuration: PbxConfiguration, onEvent: (event: MiniPbxEvent) => void) {
    this.#ports = ports;
    this.#metrics = new SwitchMetrics(ports.clock);
    this.#onEvent = (event) => {
      this.#metrics.follow(event);
      onEvent(event);
    };
    this.#configuration = configuration;
    this.#directory = new Directory(configuration);
    this.#dialPlan = new DialPlan(configuration.dialplan, (user) => this.#directory.has(user));
    this.#registrar = new Registrar({
      ...ports,
      domain: configuration.domain,
      limits: limitsOf(configuration),
      onChange: (change, binding) => {
        this.#registrationChanged(change, binding);
      },
    });
    const sounds = new SoundLibrary(ports.sounds);
    const groups = new GroupBook(configuration.groups);
    const voicemail = new Voicemail({
      clock: ports.clock,
      sounds,
      store: ports.mailboxes,
      mailbox: (user) => this.#directory.mailbox(user),
      onChange: (user, count) => {
        this.#waiting.changed(user, count);
      },
      onDiagnosis: (diagnosis) => {
        this.#diagnose(diagnosis, undefined, undefined);
      },
    });
    this.#waiting = new MessageWaiting(this.#directory, voicemail);
    const shared = {
      directory: this.#directory,
      flowTo: (callee: Callee) => this.#flowTo(callee),
      userAgentOf: (flow: Flow) => this.#userAgentOf(flow),
      onDiagnosis: (diagnosis: Diagnosis, profile: SipProfile, flow: Flow | undefined) => {
        this.#diagnose(diagnosis, profile.name, flow?.remote);
      },
    };
    this.#applications = {
      clock: ports.clock,
      sounds,
      voicemail,
      groups,
      parking: new ParkingLot(),
      conferences: new ConferenceRooms(sounds, pinsOf(configuration)),
    };
    const routes = new CallRoutes({
      directory: this.#directory,
      dialPlan: this.#dialPlan,
      registrar: this.#registrar,
      groups,
      gateway: (name) => this.gateways.find((gateway) => gateway.name === name),
    });
    this.#router = new CallRouter({
      ...ports,
      ...shared,
      configuration: () => this.#configuration,
      routes,
      applications: this.#applications,
      onCall: (call) => {
        this.#onEvent({ event: 'call', call });
      },
    });
    this.#relay = new MessageRelay({ ...shared, routes });
    this.#profiles = Object.entries(configuration.profiles).map(([name, profile]) =>
      this.#createProfile(name, profile),
    );
  }

  #createProfile(name: string, configuration: ProfileConfiguration): SipProfile {
    const created = new SipProfile({
      name,
      configuration,
      ports: this.#ports,
      directory: this.#directory,
      user: {
        onRegister: (at, transaction, user) => {
          this.#register(at, transaction, user);
        },
        onInvite: (from, transaction, user, replaced, gateway) => {
          if (replaced === undefined) void this.#router.invite(from, transaction, user, gateway);
          else void this.#router.replace(from, transaction, user, replaced);
        },
        onGateway: (gateway) => {
          this.#gatewayChanged(gateway);
        },
        onMessage: (from, transaction, user) => void this.#relay.relay(from, transaction, user),
        onRefer: (at, referral) => {
          this.#router.refer(at, referral);
        },
        availability: (at, { uri }) => this.#router.availability(at, uri),
        onDiagnosis: (diagnosis, at, remote) => {
          this.#diagnose(diagnosis, at.name, remote);
        },
      },
    });
    created.userAgent.serve(this.#waiting.eventPackage);
    return created;
  }

  /** Opens every listener that can be opened; what cannot is a diagnosis event. */
  async start(): Promise<readonly ListenerView[]> {
    // Before the first look, so that no change falls in between.
    await this.#watchTls();
    for (const profile of this.#profiles) await this.#startProfile(profile);
    this.#restoreRegistrations();
    await this.#serveMetrics(this.#configuration.metrics);
    return this.listeners;
  }

  async #serveMetrics(wanted: PbxConfiguration['metrics']): Promise<void> {
    const served = await this.#ports.serveMetrics?.(wanted, () => this.#metrics.text(this));
    if (served?.ok === false) this.#diagnose(served.error, undefined, undefined);
  }

  #restoreRegistrations(): void {
    const { registrations, clock } = this.#ports;
    const names = new Set(this.#profiles.map(({ name }) => name));
    const stored = registrations?.load(clock.wall()) ?? [];
    const known = stored.filter(({ user, profile }) => this.#directory.has(user) && names.has(profile));
    this.#registrar.restore(known, clock.wall());
  }

  async #watchTls(): Promise<void> {
    this.#watch?.close();
    this.#watch = await this.#ports.watchTls?.(this.#configuration, (name) => void this.reloadCertificates(name));
  }

  async #startProfile(profile: SipProfile): Promise<void> {
    const needsTls = listensForTls(profile.configuration);
    await profile.start(needsTls ? await this.#ports.loadTls(profile.name, this.#configuration) : undefined);
    await this.#setGateways(profile);
  }

  async #setGateways(profile: SipProfile): Promise<void> {
    const { loadGatewayTls } = this.#ports;
    if (loadGatewayTls === undefined) return;
    await profile.setGateways((gateway) => loadGatewayTls(profile.name, gateway, this.#configuration));
  }

  get gateways(): readonly Gateway[] {
    return this.#profiles.flatMap(({ gateways }) => gateways);
  }

  get profiles(): readonly SipProfile[] {
    return this.#profiles;
  }

  get domain(): string {
    return this.#directory.domain;
  }

  get listeners(): readonly ListenerView[] {
    return this.#profiles.flatMap(({ listeners }) => listeners);
  }

  get registrations(): readonly Binding[] {
    return this.#registrar.all();
  }

  get calls(): readonly SwitchCallView[] {
    return this.#router.calls;
  }

  /**
   * Reads the certificate folders again, or only that of one profile; open connections stay. A bad folder leaves the old
   * certificate in force.
   */
  async reloadCertificates(only?: string): Promise<void> {
    for (const profile of this.#profiles) {
      if (only !== undefined && profile.name !== only) continue;
      if (!listensForTls(profile.configuration)) continue;
      const settings = await this.#ports.loadTls(profile.name, this.#configuration);
      if (this.#closing) return;
      const updated = settings.ok ? await profile.updateTls(settings.value) : settings;
      if (!updated.ok) this.#diagnose(updated.error, profile.name, undefined);
    }
  }

  /**
   * Reads the configuration again and puts in force what has changed: calls, connections and registrations stay, but those of
   * users and profiles that are no more, and of profiles whose addresses or ports are others. A configuration with mistakes
   * changes nothing. Gives what was wrong.
   */
  rescan(): Promise<readonly Diagnosis[]> {
    this.#rescans = this.#rescans.then(() => this.#rescan());
    return this.#rescans;
  }

  async #rescan(): Promise<readonly Diagnosis[]> {
    const read = (await this.#ports.readConfiguration?.()) ?? ok(this.#configuration);
    const problems = read.ok && read.value.domain !== this.domain ? err([domainChanged(this.domain)]) : read;
    if (!problems.ok) {
      for (const diagnosis of problems.error) this.#diagnose(diagnosis, undefined, undefined);
      return problems.error;
    }
    if (!this.#closing) await this.#configure(problems.value);
    return [];
  }

  async #configure(configuration: PbxConfiguration): Promise<void> {
    const gone = Object.keys(this.#configuration.users).filter((user) => configuration.users[user] === undefined);
    this.#configuration = configuration;
    this.#directory.configure(configuration);
    this.#dialPlan.configure(configuration.dialplan);
    this.#registrar.configure(limitsOf(configuration));
    this.#applications.groups.configure(configuration.groups);
    this.#applications.conferences.configure(pinsOf(configuration));
    for (const user of gone) this.#registrar.forget(user);
    const kept = this.#profiles.filter((profile) => {
      const changed = configuration.profiles[profile.name];
      return changed !== undefined && profile.configure(changed);
    });
    const ended = this.#profiles.filter((profile) => !kept.includes(profile));
    // Ports of the old ones may be those of the new ones.
    await Promise.all(ended.map((profile) => profile.close()));
    const names = new Set(kept.map(({ name }) => name));
    const created = Object.entries(configuration.profiles)
      .filter(([name]) => !names.has(name))
      .map(([name, profile]) => this.#createProfile(name, profile));
    this.#profiles = [...kept, ...created];
    await this.#watchTls();
    for (const profile of created) await this.#startProfile(profile);
    for (const name of names) await this.reloadCertificates(name);
    for (const profile of kept) await this.#setGateways(profile);
    await this.#serveMetrics(configuration.metrics);
  }

  /** Ends the calls politely, then closes the sockets. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#router.close();
    // What is half in force would open again what is closed here.
    await this.#rescans;
    this.#watch?.close();
    this.#registrar.close();
    await this.#serveMetrics(undefined);
    await Promise.all(this.#profiles.map((profile) => profile.close()));
    this.#ports.registrations?.close();
  }

  #register(profile: SipProfile, transaction: ServerTransaction, user: string): void {
    this.#registrar.register(transaction, profile.name, user, (status, headers) => {
      profile.userAgent.reply(transaction, status, headers);
    });
  }

  #registrationChanged(change: BindingChange, binding: Binding): void {
    const { registrations, clock } = this.#ports;
    const ended = change === 'expired' || change === 'removed';
    if (ended) registrations?.remove({ user: binding.user, key: storedKey(binding) });
    else registrations?.save(storedBinding(binding, clock.wall(), clock.now()));
    this.#ports.tracer.emit('pbx', 5, 'registration.state', {
      connection: binding.flow.id,
      state: change,
      user: binding.user,
      expires: binding.expires,
    });
    this.#onEvent({ event: 'registration', change, binding });
  }

  #gatewayChanged(gateway: GatewayView): void {
    const { name, profile, state, diagnosis } = gateway;
    this.#ports.tracer.emit('pbx', 5, 'gateway.state', { gateway: name, profile, state, code: diagnosis?.code });
    this.#onEvent({ event: 'gateway', gateway });
    // Nothing of ours has failed: it is tried again.
    if (diagnosis !== undefined)
      this.#onEvent({ event: 'diagnosis', diagnosis, profile, remote: undefined, severity: 'warning' });
  }

  #diagnose(diagnosis: Diagnosis, profile: string | undefined, remote: SocketAddress | undefined): void {
    this.#ports.tracer.emit('pbx', 3, 'diagnosis', { ...diagnosis, profile, remote });
    this.#onEvent({ event: 'diagnosis', diagnosis, profile, remote });
  }

  #userAgentOf(flow: Flow): UserAgent | undefined {
    return this.#profiles.find((candidate) => candidate.owns(flow))?.userAgent;
  }

  /**
   * Where a request to a phone leaves: on the connection that it opened, or, with connect-back and where that connection ended
   * with an earlier run of the switch, on one to its Contact.
   */
  async #flowTo(binding: Callee): Promise<Result<Flow, Diagnosis>> {
    if ('gateway' in binding) return binding.gateway.connect();
    const { user, flow, contact } = binding;
    const profile = this.#profiles.find(({ name }) => name === binding.profile);
    if (profile === undefined) return ok(flow);
    if (flow instanceof RestoredFlow) {
      const opened = await profile.reopen(flow, contact);
      if (!opened.ok) this.#registrar.remove(binding);
      return opened;
    }
    const connectsBack = this.#directory.connectsBack(user) ?? profile.configuration['connect-back'];
    return connectsBack && flow.protocol === 'tls' ? profile.connectBack(contact) : ok(flow);
  }
}

function limitsOf({ registration }: PbxConfiguration): RegistrarLimits {
  return {
    min: registration['sip-expires-min'],
    max: registration['sip-expires-max'],
    usual: registration['sip-expires-default'],
    contacts: registration['max-registrations-per-extension'],
  };
}

function pinsOf({ conferences }: PbxConfiguration): ReadonlyMap<string, string> {
  return new Map(Object.entries(conferences).map(([room, { pin }]) => [room, pin]));
}

function domainChanged(domain: string): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: 'The domain cannot change while the switch runs; nothing was changed.',
    cure: 'End the switch and start it again: phones then have to register with the new domain.',
    evidence: { domain },
  };
}
