import { readDtmfInfo, writeDtmfInfo } from '../media/dtmf-info.ts';
import type { MediaSession } from '../media/media-session.ts';
import type { DialogReference } from '../sip/message/dialog-reference.ts';
import type { IncomingReferral } from '../sip/ua/incoming-referral.ts';
import type { InviteSession } from '../sip/ua/invite-session.ts';
import type { Body } from '../sip/ua/session-description-handler.ts';
import { RingGroup, type RingPorts, type RingTarget } from './ring-group.ts';
import { legView, type LegView } from './switch-call.ts';

/** One end of a bridge. */
export interface BridgeLeg {
  readonly session: InviteSession;
  readonly media: MediaSession;
  /** Who is there, for those who look at the switch. */
  readonly party: string;
  /** The user whose phone it is, where that is proved: by its password, or by the registration that it was called at. */
  readonly user: string | undefined;
}

/** Who is told what becomes of a bridge. */
export interface BridgeUser {
  readonly after: RingPorts['after'];
  /** Somebody took the place of one end. */
  onChange(): void;
  /** Comes once, last: both ends are told. */
  onEnded(legs: readonly LegView[]): void;
}

/** How long who was replaced may take to leave by itself, as it does once it has heard that all went well (RFC 5589 §6.1). */
const LEAVE_MS = 3000;

/**
 * Two answered calls joined (RFC 7092): sound, hold and digits pass from one to the other, each leg with its own keys. A REFER
 * of one end is carried out here: the other end stays in its call and gets a new partner.
 */
export class Bridge {
  readonly #user: BridgeUser;
  #legs: readonly [BridgeLeg, BridgeLeg];
  /** Ends that were put on hold for the other one's sake. */
  readonly #held = new Set<BridgeLeg>();
  /** The end whose place is being taken: it may leave, and the bridge stays. */
  #leaving: BridgeLeg | undefined;
  #transfer: { readonly referral: IncomingReferral; readonly group: RingGroup } | undefined;
  #stopEvents: readonly (() => void)[] = [];
  #over = false;

  constructor(a: BridgeLeg, b: BridgeLeg, user: BridgeUser) {
    this.#user = user;
    this.#legs = [a, b];
    this.#join();
  }

  get legs(): readonly [BridgeLeg, BridgeLeg] {
    return this.#legs;
  }

  get views(): readonly LegView[] {
    return this.#legs.map(({ session, media }) => legView({ flow: session.flow, media }));
  }

  /** The end that has this session. */
  legOf(session: InviteSession): BridgeLeg | undefined {
    return this.#legs.find((leg) => leg.session === session);
  }

  /** The end whose dialog a Replaces names (RFC 3891 §3). */
  legNamed({ callId, toTag, fromTag }: DialogReference): BridgeLeg | undefined {
    return this.#legs.find(({ session }) => {
      const id = session.dialog?.id;
      return id?.callId === callId && id.localTag === toTag && id.remoteTag === fromTag;
    });
  }

  /** Ends both sides. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    const { views } = this;
    this.#transfer?.group.cancel();
    this.#transfer?.referral.report(487);
    this.#part();
    for (const leg of this.#legs) hangUp(leg);
    this.#user.onEnded(views);
  }

  /** `leg` sends its partner to somebody else: those ring, and take the place of `leg` with their answer (RFC 3515). */
  transfer(leg: BridgeLeg, referral: IncomingReferral, ports: RingPorts, party: string, target: RingTarget): void {
    if (this.#transfer !== undefined) {
      referral.refuse(491);
      return;
    }
    this.#leaving = leg;
    const group = new RingGroup(ports, {
      onProgress: (_, status) => {
        referral.report(status);
      },
      onAnswered: (branch) => {
        this.#transfer = undefined;
        referral.report(200);
        this.replace(leg, { ...branch, party });
      },
      onFailed: (status) => {
        this.#transfer = undefined;
        this.#leaving = undefined;
        referral.report(status);
        if (leg.session.state !== 'established') this.end();
      },
    });
    this.#transfer = { referral, group };
    referral.accept();
    void group.ring(target);
  }

  /** The end that `leg` may leave from now on without ending the call, since {@link Bridge.replace} follows. */
  expectReplacement(leg: BridgeLeg): void {
    this.#leaving = leg;
  }

  /** Puts `next` in the place of `leg`, which is to leave. */
  replace(leg: BridgeLeg, next: BridgeLeg): void {
    const stays = this.#partnerOf(leg);
    if (this.#over) {
      hangUp(next);
      return;
    }
    this.#part();
    this.#leaving = undefined;
    this.#held.delete(leg);
    this.#legs = this.#legs[0] === leg ? [next, stays] : [stays, next];
    this.#dismiss(leg);
    this.#join();
    this.#resume(stays);
    this.#user.onChange();
  }

  /** Gives the partner of `leg`, which is to leave, away, no longer on hold; this bridge is over. */
  release(leg: BridgeLeg): BridgeLeg {
    const partner = this.#partnerOf(leg);
    const { views } = this;
    this.#over = true;
    this.#part();
    this.#dismiss(leg);
    this.#resume(partner);
    this.#user.onEnded(views);
    return partner;
  }

  #dismiss(leg: BridgeLeg): void {
    void leg.media.stream.close();
    if (leg.session.state !== 'established') return;
    const timer = this.#user.after(LEAVE_MS, () => {
      leg.session.hangUp();
    });
    leg.session.setUser({
      onEnded: () => {
        timer.cancel();
      },
    });
  }

  #partnerOf(leg: BridgeLeg): BridgeLeg {
    const [a, b] = this.#legs;
    return leg === a ? b : a;
  }

  #join(): void {
    const [a, b] = this.#legs;
    for (const leg of this.#legs) {
      leg.session.setUser({
        onRenegotiated: ({ by, hold }) => {
          if (by === 'there') this.#passHold(leg, hold.there);
        },
        onInfo: (body) => {
          this.#passInfo(this.#partnerOf(leg), body);
        },
        onEnded: () => {
          this.#ended(leg);
        },
      });
    }
    a.media.stream.bridge(b.media.stream);
    this.#stopEvents = this.#legs
      .filter((leg) => !takesEvents(this.#partnerOf(leg)))
      .map((leg) => this.#passEvents(leg));
  }

  #part(): void {
    for (const stop of this.#stopEvents) stop();
    this.#legs[0].media.stream.bridge(null);
  }

  /** Hold of one end holds the other one, too; each leg has an agreement of its own. */
  #passHold(leg: BridgeLeg, held: boolean): void {
    const partner = this.#partnerOf(leg);
    if (!held) this.#resume(partner);
    else if (!this.#held.has(partner)) {
      this.#held.add(partner);
      void partner.session.hold();
    }
  }

  #resume(leg: BridgeLeg): void {
    if (this.#held.delete(leg)) void leg.session.resume();
  }

  /** Digits by INFO become events where the other end takes those. */
  #passInfo(to: BridgeLeg, body: Body): void {
    const digit = readDtmfInfo(body);
    if (digit === undefined || to.session.dialog === undefined) return;
    if (takesEvents(to)) to.media.stream.sendDtmf(digit.digit, digit.durationMs);
    else void to.session.request('INFO', body);
  }

  /** Events become INFO where the other end takes nothing else. */
  #passEvents(from: BridgeLeg): () => void {
    return from.media.stream.onEvent((event) => {
      if (event.kind !== 'dtmf') return;
      const { session } = this.#partnerOf(from);
      if (session.dialog !== undefined) void session.request('INFO', writeDtmfInfo(event.digit));
    });
  }

  #ended(leg: BridgeLeg): void {
    void leg.media.stream.close();
    if (leg !== this.#leaving && this.#legs.includes(leg)) this.end();
  }
}

function takesEvents({ media }: BridgeLeg): boolean {
  return media.negotiated?.parameters.telephoneEventSend !== undefined;
}

function hangUp({ session, media }: BridgeLeg): void {
  session.hangUp();
  void media.stream.close();
}
