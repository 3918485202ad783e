import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { mediaCapabilities } from '../media/capabilities.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import { MediaSession } from '../media/media-session.ts';
import type { SecureMedia } from '../sdp/offer-answer.ts';
import { isSipUri, sipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { TlsServerSettings } from '../tls/tls-settings.ts';
import { BridgedCall } from './bridged-call.ts';
import type { PbxConfiguration } from './configuration.ts';
import { findDestination, type Destination } from './dial-plan.ts';
import { Directory } from './directory.ts';
import { LocationService, type Binding, type BindingChange } from './location-service.ts';
import { register } from './registrar.ts';
import { SipProfile, type ListenerView, type ProfilePorts } from './sip-profile.ts';
import { legView, type LegView, type SwitchCallView } from './switch-call.ts';

export interface MiniPbxPorts extends ProfilePorts {
  readonly plane: MediaPlane;
  /** Reads the certificate folder of a profile. */
  readonly loadTls: (profile: string, configuration: PbxConfiguration) => Promise<Result<TlsServerSettings, Diagnosis>>;
}

/** What the switch tells: the lines of `sotto pbx`, the switch view, the tests. */
export type MiniPbxEvent =
  | { readonly event: 'registration'; readonly change: BindingChange; readonly binding: Binding }
  | { readonly event: 'call'; readonly call: SwitchCallView }
  | {
      readonly event: 'diagnosis';
      readonly diagnosis: Diagnosis;
      readonly profile: string | undefined;
      readonly remote: SocketAddress | undefined;
    };

/** How long a callee rings before the caller is told 480. */
const RING_SECONDS = 60;

/** Most calls at a time; more get 503 (documented limit). */
export const MAX_CALLS = 500;

/** Statuses that refuse what a session description offered (RFC 3261 §21.4.26, §21.6.4). */
const NOT_ACCEPTABLE: readonly number[] = [488, 606];

interface RunningCall {
  view: SwitchCallView;
  end(): void;
}

/** The mini-PBX: profiles, registrar, numbers, and calls from extension to extension. */
export class MiniPbx {
  readonly #ports: MiniPbxPorts;
  readonly #onEvent: (event: MiniPbxEvent) => void;
  readonly #configuration: PbxConfiguration;
  readonly #directory: Directory;
  readonly #locations: LocationService;
  readonly #profiles: readonly SipProfile[];
  readonly #calls = new Map<string, RunningCall>();
  #closing = false;

  constructor(ports: MiniPbxPorts, configuration: PbxConfiguration, onEvent: (event: MiniPbxEvent) => void) {
    this.#ports = ports;
    this.#onEvent = onEvent;
    this.#configuration = configuration;
    this.#directory = new Directory(configuration);
    this.#locations = new LocationService(ports.clock, (change, binding) => {
      this.#registrationChanged(change, binding);
    });
    this.#profiles = Object.entries(configuration.profiles).map(
      ([name, profile]) =>
        new SipProfile({
          name,
          configuration: profile,
          ports,
          directory: this.#directory,
          user: {
            onRegister: (at, transaction, user) => {
              this.#register(at, transaction, user);
            },
            onInvite: (from, transaction, user) => {
              void this.#invite(from, transaction, user);
            },
            onDiagnosis: (diagnosis, at, remote) => {
              this.#diagnose(diagnosis, at.name, remote);
            },
          },
        }),
    );
  }

  /** Opens every listener that can be opened; what cannot is a diagnosis event. */
  async start(): Promise<readonly ListenerView[]> {
    const listeners: ListenerView[] = [];
    for (const profile of this.#profiles) {
      const needsTls = profile.configuration.tls && profile.configuration['tls-sip-port'] !== undefined;
      const tls = needsTls ? await this.#ports.loadTls(profile.name, this.#configuration) : undefined;
      listeners.push(...(await profile.start(tls)));
    }
    return listeners;
  }

  get domain(): string {
    return this.#directory.domain;
  }

  get listeners(): readonly ListenerView[] {
    return this.#profiles.flatMap(({ listeners }) => listeners);
  }

  get registrations(): readonly Binding[] {
    return this.#locations.all();
  }

  get calls(): readonly SwitchCallView[] {
    return [...this.#calls.values()].map(({ view }) => view);
  }

  /** Reads the certificate folders again; open connections stay. A bad folder leaves the old certificate in force. */
  async reloadCertificates(): Promise<void> {
    for (const profile of this.#profiles) {
      if (!profile.configuration.tls || profile.configuration['tls-cert-dir'] === undefined) continue;
      const settings = await this.#ports.loadTls(profile.name, this.#configuration);
      const updated = settings.ok ? profile.updateTls(settings.value) : settings;
      if (!updated.ok) this.#diagnose(updated.error, profile.name, undefined);
    }
  }

  /** Ends the calls politely, then closes the sockets. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const call of [...this.#calls.values()]) call.end();
    this.#locations.close();
    await Promise.all(this.#profiles.map((profile) => profile.close()));
  }

  #register(profile: SipProfile, transaction: ServerTransaction, user: string): void {
    const { 'sip-expires-min': min, 'sip-expires-max': max } = this.#configuration.registration;
    register(transaction, user, this.#locations, { min, max }, (status, headers) => {
      profile.userAgent.reply(transaction, status, headers);
    });
  }

  #registrationChanged(change: BindingChange, binding: Binding): void {
    this.#ports.tracer.emit('pbx', 5, 'registration.state', {
      connection: binding.flow.id,
      state: change,
      user: binding.user,
      expires: binding.expires,
    });
    this.#onEvent({ event: 'registration', change, binding });
  }

  #diagnose(diagnosis: Diagnosis, profile: string | undefined, remote: SocketAddress | undefined): void {
    this.#ports.tracer.emit('pbx', 3, 'diagnosis', { ...diagnosis, profile, remote });
    this.#onEvent({ event: 'diagnosis', diagnosis, profile, remote });
  }

  async #invite(profile: SipProfile, transaction: ServerTransaction, user: string | undefined): Promise<void> {
    const { request } = transaction;
    const refuse = (status: number): void => {
      profile.userAgent.reply(transaction, status);
    };
    if (!isSipUri(request.uri)) {
      refuse(416);
      return;
    }
    if (this.#closing || this.#calls.size >= MAX_CALLS) {
      refuse(503);
      return;
    }
    const number = request.uri.user ?? '';
    const { context } = profile.configuration;
    const destination = findDestination(context, number, (name) => this.#directory.has(name));
    if (destination === undefined) {
      refuse(404);
      return;
    }
    const from = user ?? callerOf(request);
    if (destination.application === 'bridge') await this.#bridge(profile, transaction, from, destination.user);
    else await this.#answer(profile, transaction, from, number, destination);
  }

  /** 9196, 9197: the switch itself takes the call. */
  async #answer(
    profile: SipProfile,
    transaction: ServerTransaction,
    from: string,
    number: string,
    destination: Exclude<Destination, { application: 'bridge' }>,
  ): Promise<void> {
    const id = randomToken(this.#ports.random, 16);
    const media = await this.#openMedia(profile, transaction.flow, profile.configuration.rtp_secure_media, id);
    if (!media.ok) {
      this.#diagnose(media.error, profile.name, transaction.flow.remote);
      profile.userAgent.reply(transaction, 503);
      return;
    }
    const { stream } = media.value;
    stream.setSource(
      destination.application === 'echo' ? { kind: 'echo' } : { kind: 'tone', frequencyHz: destination.frequencyHz },
    );
    const session = profile.userAgent.createServerSession(transaction, media.value);
    const legs = (): LegView[] => [legView({ flow: session.flow, media: media.value })];
    session.setUser({
      onEstablished: () => {
        this.#show(id, 'answered', from, number, legs(), () => { session.hangUp(); }); // prettier-ignore
      },
      onEnded: (end) => {
        // A refused offer was told when it was refused.
        if (end.diagnosis !== undefined && end.cause !== 'refused') {
          this.#diagnose(end.diagnosis, profile.name, session.flow.remote);
        }
        this.#show(id, 'ended', from, number, legs(), () => undefined);
        void stream.close();
      },
    });
    await session.accept();
  }

  async #bridge(profile: SipProfile, transaction: ServerTransaction, from: string, to: string): Promise<void> {
    const bindings = this.#locations.lookup(to);
    const refuse = (status: number): void => {
      profile.userAgent.reply(transaction, status);
    };
    if (!this.#directory.has(to)) {
      refuse(404);
      return;
    }
    if (bindings.length === 0) {
      refuse(480);
      return;
    }
    const id = randomToken(this.#ports.random, 16);
    const uriOf = (user: string): ReturnType<typeof sipUri> => sipUri({ user, host: this.#directory.domain });
    const displayName = this.#directory.has(from) ? this.#directory.callerIdName(from) : undefined;
    let end = (): void => undefined;
    const call = await BridgedCall.start(
      {
        userAgentOf: (flow) => this.#profiles.find((candidate) => candidate.owns(flow))?.userAgent,
        openMedia: (flow, towards) => this.#openMedia(profile, flow, this.#secureMedia(profile, flow, towards), id),
        ringSeconds: RING_SECONDS,
        after: (delayMs, fire) => this.#ports.clock.after(delayMs, fire),
        onRefused: (flow, status, diagnosis) => {
          const secureMedia = this.#secureMedia(profile, flow, 'callee');
          if (status === undefined) this.#diagnose(diagnosis, profile.name, flow.remote);
          else if (NOT_ACCEPTABLE.includes(status)) {
            this.#diagnose(soundRefused(diagnosis, secureMedia), profile.name, flow.remote);
          }
        },
        onState: (state, legs) => {
          this.#show(id, state, from, to, legs, () => { end(); }); // prettier-ignore
        },
      },
      profile.userAgent,
      transaction,
      { displayName, uri: uriOf(from) },
      uriOf(to),
      bindings,
    );
    if (call.ok)
      end = () => { call.value.end(); }; // prettier-ignore
    else {
      this.#diagnose(call.error, profile.name, transaction.flow.remote);
      refuse(503);
    }
  }

  /** Towards a user by how it registered (product.md M3): over TLS SRTP, else plain, since keys would travel in clear. */
  #secureMedia(profile: SipProfile, flow: Flow, towards: 'caller' | 'callee'): SecureMedia {
    if (towards === 'caller') return profile.configuration.rtp_secure_media;
    return flow.security === undefined ? 'forbidden' : profile.configuration.rtp_secure_media_outbound;
  }

  #openMedia(
    profile: SipProfile,
    flow: Flow,
    secureMedia: SecureMedia,
    call: string,
  ): Promise<Result<MediaSession, Diagnosis>> {
    const { 'rtp-start-port': portMin, 'rtp-end-port': portMax, codecs } = this.#configuration.rtp;
    return MediaSession.open({
      plane: this.#ports.plane,
      tracer: this.#ports.tracer,
      random: this.#ports.random,
      address: flow.local.address,
      portMin,
      portMax,
      call,
      capabilities: mediaCapabilities({ codecs, secureMedia }),
      encryptedSignalling: flow.security !== undefined,
      onRefused: ({ diagnosis }) => {
        this.#diagnose(diagnosis, profile.name, flow.remote);
      },
    });
  }

  #show(
    id: string,
    state: SwitchCallView['state'],
    from: string,
    to: string,
    legs: readonly LegView[],
    end: () => void,
  ): void {
    const view: SwitchCallView = { id, from, to, state, legs };
    if (state === 'ended') this.#calls.delete(id);
    else this.#calls.set(id, { view, end });
    this.#ports.tracer.emit('pbx', 5, 'call.state', { call: id, state, from, to, legs });
    this.#onEvent({ event: 'call', call: view });
  }
}

/**
 * A phone that was offered sound did not accept it. What was offered tells why, mostly; a person who is busy or declines is
 * no reason to tell anybody but the caller.
 */
function soundRefused(diagnosis: Diagnosis, offered: SecureMedia): Diagnosis {
  if (offered !== 'mandatory') return diagnosis;
  return {
    ...diagnosis,
    code: 'srtp.required-here',
    side: 'here',
    summary: 'A phone refused the encrypted sound that it was offered, and the switch offers it nothing else.',
    cure: 'Switch SRTP (SDES) on in the phone, or set rtp_secure_media_outbound to optional.',
  };
}

/** Who calls where nobody proved it. */
function callerOf({ from }: ServerTransaction['request']): string {
  return from !== undefined && isSipUri(from.uri) ? (from.uri.user ?? from.uri.host) : 'anonymous';
}
