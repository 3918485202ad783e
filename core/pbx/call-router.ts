import { formatSocketAddress } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { mediaCapabilities } from '../media/capabilities.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import { MediaSession } from '../media/media-session.ts';
import type { SecureMedia } from '../sdp/offer-answer.ts';
import type { DialogReference } from '../sip/message/dialog-reference.ts';
import { isSipUri, type Uri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { IncomingReferral } from '../sip/ua/incoming-referral.ts';
import type { InviteServerSession } from '../sip/ua/invite-server-session.ts';
import type { InviteSession } from '../sip/ua/invite-session.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import type { Tracer } from '../trace/tracer.ts';
import { runApplication, type ApplicationPorts, type ServedAction } from './applications/applications.ts';
import { ServedLeg } from './applications/served-leg.ts';
import { Bridge, type BridgeLeg } from './bridge.ts';
import { BridgedCall } from './bridged-call.ts';
import { rings, type CallRoutes, type RingingAction, type Route } from './call-routes.ts';
import type { PbxConfiguration } from './configuration.ts';
import type { Action } from './dial-plan.ts';
import type { Directory } from './directory.ts';
import type { Gateway } from './gateway.ts';
import type { Callee, RingPorts, RingTarget } from './ring-group.ts';
import { connectBackFailed, type SipProfile } from './sip-profile.ts';
import { legView, type LegView, type SwitchCallView } from './switch-call.ts';

/** What the calls of the switch stand on. */
export interface CallRouterPorts {
  readonly plane: MediaPlane;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  /** As it is in force now. */
  readonly configuration: () => PbxConfiguration;
  readonly directory: Directory;
  readonly routes: CallRoutes;
  readonly applications: ApplicationPorts;
  /** Where a request to a phone or gateway leaves. */
  readonly flowTo: (callee: Callee) => Promise<Result<Flow, Diagnosis>>;
  readonly userAgentOf: (flow: Flow) => UserAgent | undefined;
  readonly onCall: (call: SwitchCallView) => void;
  readonly onDiagnosis: (diagnosis: Diagnosis, profile: SipProfile, flow: Flow | undefined) => void;
}

/** How long each round rings before the caller is told 480, or the next one rings, seconds. */
const RING_SECONDS = 60;

/** Most calls at a time; more get 503 (documented limit). */
const MAX_CALLS = 500;

/** Statuses that refuse what a session description offered (RFC 3261 §21.4.26, §21.6.4). */
const NOT_ACCEPTABLE: readonly number[] = [488, 606];

/** What asks a phone to answer by itself; each maker knows one of them. */
const INTERCOM_HEADERS = [
  ['Call-Info', '<sip:intercom>;answer-after=0'],
  ['Alert-Info', '<http://www.notused.com>;info=alert-autoanswer;delay=0'],
] as const;

interface RunningCall {
  readonly view: SwitchCallView;
  /** Once it is answered, where it is a call between two users. */
  readonly bridge?: Bridge | undefined;
  /** While it rings, for whoever takes it instead. */
  readonly ringing?: BridgedCall | undefined;
  readonly end: () => void;
}

/** The calls of the switch: where each leads, who rings, what serves it, and how it is transferred. */
export class CallRouter {
  readonly #ports: CallRouterPorts;
  readonly #calls = new Map<string, RunningCall>();
  #closing = false;

  constructor(ports: CallRouterPorts) {
    this.#ports = ports;
  }

  get calls(): readonly SwitchCallView[] {
    return [...this.#calls.values()].map(({ view }) => view);
  }

  /** Ends every call and takes no new ones. */
  close(): void {
    this.#closing = true;
    for (const call of [...this.#calls.values()]) call.end();
  }

  /** For OPTIONS (RFC 3261 §11.2): the switch itself is always there. */
  availability(profile: SipProfile, uri: Uri): number {
    if (!isSipUri(uri) || uri.user === undefined) return 200;
    const { action, rounds } = this.#ports.routes.find(profile.configuration.context, uri);
    if (action === undefined) return 404;
    return rings(action) && rounds.length === 0 ? 480 : 200;
  }

  /** A call comes in; `user` is `undefined` where nobody proved who calls, `gateway` where it comes from none. */
  async invite(
    profile: SipProfile,
    transaction: ServerTransaction,
    user: string | undefined,
    gateway: Gateway | undefined,
  ): Promise<void> {
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
    const { directory, routes } = this.#ports;
    const route =
      gateway === undefined
        ? routes.find(profile.configuration.context, request.uri, user)
        : routes.find(gateway.configuration.context, directory.uriOf(gateway.extension));
    const { number, action, rounds } = route;
    if (action === undefined) {
      refuse(404);
      return;
    }
    if (user !== undefined) routes.remember(user, route);
    switch (action.application) {
      case 'bridge':
      case 'group':
      case 'gateway': {
        const intercom = action.application === 'bridge' && action.intercom === true;
        await this.#ring(profile, transaction, user, calledOf(action, number), rounds, intercom);
        return;
      }
      case 'intercept':
        await this.#intercept(profile, transaction, user, action);
        return;
      default:
        await this.#answer(profile, transaction, user, number, action);
    }
  }

  /** A user sends its partner to somebody else, or to the partner of another call of its own (RFC 3515, RFC 3891). */
  refer(profile: SipProfile, referral: IncomingReferral): void {
    const { session, replaces, referTo } = referral;
    const bridge = session === undefined ? undefined : this.#bridgeOf(session);
    const leg = session === undefined ? undefined : bridge?.legOf(session);
    if (bridge === undefined || leg === undefined || referTo.method !== 'INVITE' || !isSipUri(referTo.uri)) {
      referral.refuse();
      return;
    }
    if (replaces !== undefined) {
      this.#connect(bridge, leg, replaces, referral);
      return;
    }
    // Who is nobody here gets no further by a transfer than strangers get by calling.
    const context = leg.user === undefined ? 'public' : profile.configuration.context;
    const { number, action, rounds } = this.#ports.routes.find(context, referTo.uri, leg.user);
    if (action === undefined || (rings(action) && rounds.length === 0)) {
      referral.accept();
      referral.report(action === undefined ? 404 : 480);
      return;
    }
    if (rings(action)) {
      const partner = bridge.legs.find((other) => other !== leg) ?? leg;
      const to = calledOf(action, number);
      const ports = this.#ringPorts(profile, this.#newId());
      bridge.transfer(leg, referral, ports, to, this.#target(partner.party, to, rounds));
      return;
    }
    referral.accept();
    if (action.application === 'intercept') {
      // Nobody is there to take what rings.
      referral.report(488);
      return;
    }
    referral.report(200);
    const partner = bridge.release(leg);
    const waiting = this.#waiting(action);
    if (waiting !== undefined) this.#join(profile, this.#newId(), waiting, partner);
    else this.#serve(profile, this.#newId(), partner, number, action);
  }

  /** Joins the partners of two calls of one user, who leaves both. */
  #connect(bridge: Bridge, leg: BridgeLeg, replaces: DialogReference, referral: IncomingReferral): void {
    referral.accept();
    for (const { bridge: other } of this.#calls.values()) {
      const named = other?.legNamed(replaces);
      if (other === undefined || named === undefined || other === bridge) continue;
      referral.report(200);
      bridge.replace(leg, other.release(named));
      return;
    }
    referral.report(481);
  }

  /** An INVITE takes the place of one end of a call (RFC 3891). */
  async replace(
    profile: SipProfile,
    transaction: ServerTransaction,
    user: string | undefined,
    replaced: InviteSession,
  ): Promise<void> {
    const bridge = this.#bridgeOf(replaced);
    const leg = bridge?.legOf(replaced);
    if (bridge === undefined || leg === undefined) {
      profile.userAgent.reply(transaction, 488);
      return;
    }
    await this.#accept(profile, transaction, user, {
      before: () => {
        bridge.expectReplacement(leg);
      },
      onAnswered: (next) => {
        bridge.replace(leg, next);
      },
    });
  }

  /** Answers an INVITE for an end that takes part in a call which is there already. */
  async #accept(
    profile: SipProfile,
    transaction: ServerTransaction,
    user: string | undefined,
    plan: {
      readonly before?: (media: MediaSession) => void;
      readonly onAnswered: (leg: BridgeLeg) => void;
    },
  ): Promise<void> {
    const leg = await this.#createLeg(profile, transaction, user, this.#newId());
    if (leg === undefined) return;
    plan.before?.(leg.media);
    await leg.session.accept();
    if (leg.session.state === 'established') plan.onAnswered(leg);
    else void leg.media.stream.close();
  }

  /** One end of a call from an INVITE, not answered yet; where there is no port for its sound it is refused with 503. */
  async #createLeg(
    profile: SipProfile,
    transaction: ServerTransaction,
    user: string | undefined,
    id: string,
  ): Promise<(BridgeLeg & { readonly session: InviteServerSession }) | undefined> {
    const media = await this.#openMedia(profile, transaction.flow, profile.configuration.rtp_secure_media, id);
    if (!media.ok) {
      this.#ports.onDiagnosis(media.error, profile, transaction.flow);
      profile.userAgent.reply(transaction, 503);
      return undefined;
    }
    const session = profile.userAgent.createServerSession(transaction, media.value);
    return { session, media: media.value, party: user ?? callerOf(transaction.request), user };
  }

  #bridgeOf(session: InviteSession): Bridge | undefined {
    return [...this.#calls.values()].find(({ bridge }) => bridge?.legOf(session) !== undefined)?.bridge;
  }

  #newId(): string {
    return randomToken(this.#ports.random, 16);
  }

  #target(from: string, to: string, [callees = [], ...later]: Route['rounds'], intercom = false): RingTarget {
    const { directory } = this.#ports;
    return {
      from: directory.party(from),
      to: directory.uriOf(to),
      callees,
      later,
      headers: intercom ? INTERCOM_HEADERS : [],
    };
  }

  #ringPorts(profile: SipProfile, id: string): RingPorts {
    const { clock, directory, userAgentOf, flowTo, onDiagnosis } = this.#ports;
    return {
      flowTo,
      userAgentOf,
      phonesAt: (uri) => {
        if (uri.host.toLowerCase() !== directory.domain.toLowerCase()) return [];
        const { action, rounds } = this.#ports.routes.find(profile.configuration.context, uri);
        return action?.application === 'bridge' ? rounds.flat() : [];
      },
      openMedia: (flow, towards) => this.#openMedia(profile, flow, secureMedia(profile, flow, towards), id),
      ringSeconds: RING_SECONDS,
      after: (delayMs, fire) => clock.after(delayMs, fire),
      onRefused: (callee, flow, status, diagnosis) => {
        // A phone that turns us away says so when TLS 1.3 is done with us: only the first request finds out.
        const dialled = flow?.opened === 'here' && !('gateway' in callee);
        const told = dialled ? connectBackFailed(formatSocketAddress(flow.remote), diagnosis) : diagnosis;
        if (status === undefined || flow === undefined) onDiagnosis(told, profile, flow);
        else if (NOT_ACCEPTABLE.includes(status))
          onDiagnosis(soundRefused(diagnosis, secureMedia(profile, flow, callee)), profile, flow);
      },
    };
  }

  /** The switch itself takes the call: at once, or after it has rung for a while. */
  async #answer(
    profile: SipProfile,
    transaction: ServerTransaction,
    user: string | undefined,
    number: string,
    action: ServedAction,
  ): Promise<void> {
    const waiting = this.#waiting(action);
    if (waiting !== undefined) {
      await this.#accept(profile, transaction, user, {
        before: (media) => {
          media.preferCodecOf(waiting.leg.media);
        },
        onAnswered: (leg) => {
          this.#join(profile, this.#newId(), waiting, leg);
        },
      });
      return;
    }
    const id = this.#newId();
    const leg = await this.#createLeg(profile, transaction, user, id);
    if (leg !== undefined) await this.#accepted(this.#serve(profile, id, leg, number, action), leg.session, action);
  }

  /** Rings first, with or without a sound of our own, where the action says so. */
  async #accepted(served: ServedLeg, session: InviteServerSession, action: ServedAction): Promise<void> {
    const before = action.application === 'playback' ? action.before : undefined;
    if (before === undefined) {
      await session.accept();
      return;
    }
    const { body, contentType } = session.invite;
    const offered = before.status === 183 && body.length > 0 && contentType !== undefined;
    const answer = offered ? await served.leg.media.receiveOffer({ contentType, content: body }) : undefined;
    const early = answer?.ok === true ? answer.value : undefined;
    session.progress(early === undefined ? 180 : 183, early);
    if (before.sound !== undefined) served.start(this.#ports.applications.sounds.source(before.sound));
    if (before.seconds === undefined) await served.finished();
    else if (await served.wait(before.seconds * 1000)) await session.accept(early);
  }

  /** Gives one end of a call to an application, as soon as that end has answered or at once. */
  #serve(profile: SipProfile, id: string, leg: BridgeLeg, number: string, action: ServedAction): ServedLeg {
    return this.#run(profile, id, leg, number, (served) => runApplication(action, served, this.#ports.applications));
  }

  #run(
    profile: SipProfile,
    id: string,
    leg: BridgeLeg,
    number: string,
    application: (served: ServedLeg) => Promise<void>,
  ): ServedLeg {
    const { session, media, party } = leg;
    const { clock, onDiagnosis } = this.#ports;
    const served = new ServedLeg(leg, (delayMs, fire) => clock.after(delayMs, fire));
    const show = (state: SwitchCallView['state']): void => {
      this.#show(
        profile,
        { id, state, from: party, to: number, legs: [legView({ flow: session.flow, media })] },
        {
          end: () => {
            session.hangUp();
          },
        },
      );
    };
    const answered = async (): Promise<void> => {
      show('answered');
      await application(served);
      if (!served.over) session.hangUp();
    };
    // Who takes the end up goes on under another number.
    served.onGiven = () => {
      show('ended');
    };
    session.setUser({
      onEstablished: () => void answered(),
      onInfo: (body) => {
        served.takeInfo(body);
      },
      onEnded: (end) => {
        // A refused offer was told when it was refused.
        if (end.diagnosis !== undefined && end.cause !== 'refused') onDiagnosis(end.diagnosis, profile, session.flow);
        show('ended');
        served.end();
        void media.stream.close();
      },
    });
    if (session.state === 'established') void answered();
    return served;
  }

  /** Who waits where an action would take somebody up. */
  #waiting(action: Action): ServedLeg | undefined {
    const { parking } = this.#ports.applications;
    if (action.application === 'unpark') return parking.next;
    return action.application === 'park' && action.slot !== undefined ? parking.in(action.slot) : undefined;
  }

  /** Joins a call that waits, or what is left of it, and an answered end. */
  #join(profile: SipProfile, id: string, waiting: ServedLeg, leg: BridgeLeg): void {
    if (waiting.over) {
      leg.session.hangUp();
      void leg.media.stream.close();
      return;
    }
    waiting.give();
    const bridge: Bridge = new Bridge(waiting.leg, leg, {
      after: (delayMs, fire) => this.#ports.clock.after(delayMs, fire),
      onChange: () => {
        show('answered', bridge.views);
      },
      onEnded: (views) => {
        show('ended', views);
      },
    });
    const show = (state: SwitchCallView['state'], views: readonly LegView[]): void => {
      const [a, b] = bridge.legs;
      const end = (): void => {
        bridge.end();
      };
      this.#show(profile, { id, state, from: a.party, to: b.party, legs: views }, { bridge, end });
    };
    show('answered', bridge.views);
  }

  /** Somebody takes a call that rings at another phone. */
  async #intercept(
    profile: SipProfile,
    transaction: ServerTransaction,
    taker: string | undefined,
    { user, everywhere }: Extract<Action, { application: 'intercept' }>,
  ): Promise<void> {
    const { directory } = this.#ports;
    const from = taker ?? callerOf(transaction.request);
    const rings = [...this.#calls.values()].find(({ view, ringing }) => {
      if (ringing === undefined || view.from === from) return false;
      if (user !== undefined) return view.to === user;
      return everywhere === true || directory.callgroup(view.to) === directory.callgroup(from);
    })?.ringing;
    if (rings === undefined) {
      profile.userAgent.reply(transaction, 404);
      return;
    }
    await this.#accept(profile, transaction, taker, {
      onAnswered: (leg) => {
        rings.take(leg);
      },
    });
  }

  async #ring(
    profile: SipProfile,
    transaction: ServerTransaction,
    user: string | undefined,
    to: string,
    rounds: Route['rounds'],
    intercom: boolean,
  ): Promise<void> {
    const from = user ?? callerOf(transaction.request);
    const refuse = (status: number): void => {
      profile.userAgent.reply(transaction, status);
    };
    const { voicemail } = this.#ports.applications;
    const records = voicemail.has(to) && !intercom;
    if (rounds.length === 0 && !records) {
      refuse(480);
      return;
    }
    const id = this.#newId();
    const call = await BridgedCall.open(
      {
        ...this.#ringPorts(profile, id),
        onState: (told, state, legs) => {
          const { bridge } = told;
          const [a, b] = bridge?.legs ?? [{ party: from }, { party: to }];
          const end = (): void => {
            told.end();
          };
          const ringing = state === 'ringing' ? told : undefined;
          this.#show(profile, { id, state, from: a.party, to: b.party, legs }, { bridge, ringing, end });
        },
        divert: (leg) => {
          if (records && !this.#closing) this.#run(profile, id, leg, to, (served) => voicemail.leave(served, to));
          return records && !this.#closing;
        },
      },
      profile.userAgent,
      transaction,
      { from, to, user },
    );
    if (call.ok) await call.value.ring(this.#target(from, to, rounds, intercom));
    else {
      this.#ports.onDiagnosis(call.error, profile, transaction.flow);
      refuse(503);
    }
  }

  #openMedia(
    profile: SipProfile,
    flow: Flow,
    secureMedia: SecureMedia,
    call: string,
  ): Promise<Result<MediaSession, Diagnosis>> {
    const { plane, tracer, random, onDiagnosis } = this.#ports;
    const { 'rtp-start-port': portMin, 'rtp-end-port': portMax, codecs } = this.#ports.configuration().rtp;
    return MediaSession.open({
      plane,
      tracer,
      random,
      address: flow.local.address,
      portMin,
      portMax,
      call,
      capabilities: mediaCapabilities({ codecs, secureMedia }),
      encryptedSignalling: flow.security !== undefined,
      onRefused: ({ diagnosis }) => {
        onDiagnosis(diagnosis, profile, flow);
      },
    });
  }

  #show(
    profile: SipProfile,
    told: Omit<SwitchCallView, 'profile' | 'created'>,
    running: Omit<RunningCall, 'view'>,
  ): void {
    const { id, state, from, to, legs } = told;
    const created = this.#calls.get(id)?.view.created ?? new Date(this.#ports.clock.wall()).toISOString();
    const view: SwitchCallView = { ...told, profile: profile.name, created };
    if (state === 'ended') this.#calls.delete(id);
    else this.#calls.set(id, { ...running, view });
    this.#ports.tracer.emit('pbx', 5, 'call.state', { call: id, state, from, to, legs });
    this.#ports.onCall(view);
  }
}

/** Towards a user by how it registered (product.md M3): over TLS SRTP, else plain, since keys would travel in clear. */
function secureMedia({ configuration }: SipProfile, flow: Flow, towards: 'caller' | Callee): SecureMedia {
  if (towards === 'caller') return configuration.rtp_secure_media;
  if (flow.security === undefined) return 'forbidden';
  return 'gateway' in towards
    ? towards.gateway.configuration.rtp_secure_media
    : configuration.rtp_secure_media_outbound;
}

/** Who is called, for those who look at the switch. */
function calledOf(action: RingingAction, number: string): string {
  return action.application === 'bridge' ? action.user : action.application === 'group' ? action.group : number;
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
export function callerOf({ from }: ServerTransaction['request']): string {
  return from !== undefined && isSipUri(from.uri) ? (from.uri.user ?? from.uri.host) : 'anonymous';
}
