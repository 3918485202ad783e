import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { MediaSession } from '../media/media-session.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { InviteServerSession } from '../sip/ua/invite-server-session.ts';
import type { Body } from '../sip/ua/session-description-handler.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import { Bridge, type BridgeLeg } from './bridge.ts';
import { ELSEWHERE, RingGroup, type Branch, type RingPorts, type RingTarget } from './ring-group.ts';
import { legView, type LegView } from './switch-call.ts';

/** What a bridged call needs of the profile that it runs on. */
export interface BridgePorts extends RingPorts {
  readonly onState: (call: BridgedCall, state: 'ringing' | 'answered' | 'ended', legs: readonly LegView[]) => void;
  /** Nobody took the call. `true`: the caller's end is served by somebody else from now on, and is to be answered. */
  readonly divert: (caller: BridgeLeg) => boolean;
}

/** Who speaks with whom, for those who look at the switch. */
interface Parties {
  readonly from: string;
  readonly to: string;
  /** The caller, where its password proved it. */
  readonly user: string | undefined;
}

/**
 * A call from one user to another (RFC 7092 back-to-back user agent): two dialogs and two streams, each leg with its own
 * transport and keys. All contacts of the callee ring; the first to answer takes the call, which then is a {@link Bridge}.
 */
export class BridgedCall {
  readonly #ports: BridgePorts;
  readonly #caller: InviteServerSession;
  readonly #callerMedia: MediaSession;
  readonly #group: RingGroup;
  readonly #parties: Parties;
  #bridge: Bridge | undefined;
  #early: Body | undefined;
  #ringing = false;
  #over = false;

  private constructor(ports: BridgePorts, caller: InviteServerSession, callerMedia: MediaSession, parties: Parties) {
    this.#ports = ports;
    this.#caller = caller;
    this.#callerMedia = callerMedia;
    this.#parties = parties;
    this.#group = new RingGroup(ports, {
      onProgress: (branch, status) => {
        void this.#progress(branch, status);
      },
      onAnswered: (branch) => {
        void this.#establish({ ...branch, party: this.#parties.to });
      },
      onFailed: (status) => {
        this.#failed(status);
      },
    });
    caller.setUser({
      onEnded: ({ reasons }) => {
        this.#group.cancel(reasons?.[0]);
        this.end();
      },
    });
  }

  /** Takes the INVITE; nobody rings yet. */
  static async open(
    ports: BridgePorts,
    userAgent: UserAgent,
    transaction: ServerTransaction,
    parties: Parties,
  ): Promise<Result<BridgedCall, Diagnosis>> {
    const media = await ports.openMedia(transaction.flow, 'caller');
    if (!media.ok) return media;
    const caller = userAgent.createServerSession(transaction, media.value);
    return { ok: true, value: new BridgedCall(ports, caller, media.value, parties) };
  }

  /** Once it is answered by a phone. */
  get bridge(): Bridge | undefined {
    return this.#bridge;
  }

  /** Calls the phones. */
  ring(target: RingTarget): Promise<void> {
    return this.#group.ring(target);
  }

  /** Somebody else takes the call, with an end that has answered; what rings is told so. */
  take(leg: BridgeLeg): void {
    this.#group.cancel(ELSEWHERE);
    void this.#establish(leg);
  }

  /** Ends both sides. */
  end(): void {
    if (this.#over) return;
    if (this.#bridge !== undefined) {
      this.#bridge.end();
      return;
    }
    this.#over = true;
    const legs = this.#legs();
    this.#group.cancel();
    this.#caller.hangUp();
    void this.#callerMedia.stream.close();
    this.#ports.onState(this, 'ended', legs);
  }

  #callerLeg(): BridgeLeg {
    const { from, user } = this.#parties;
    return { session: this.#caller, media: this.#callerMedia, party: from, user };
  }

  #failed(status: number): void {
    if (this.#over) return;
    if (this.#ports.divert(this.#callerLeg())) {
      this.#over = true;
      void this.#caller.accept(this.#early);
      return;
    }
    this.#caller.reject(status);
    this.end();
  }

  #legs(): readonly LegView[] {
    const caller = legView({ flow: this.#caller.flow, media: this.#callerMedia });
    const [branch] = this.#group.branches;
    return branch === undefined ? [caller] : [caller, legView({ flow: branch.session.flow, media: branch.media })];
  }

  async #progress(branch: Branch, status: number): Promise<void> {
    if (!this.#ringing) {
      this.#ringing = true;
      this.#ports.onState(this, 'ringing', this.#legs());
    }
    const early = branch.media.negotiated !== undefined && this.#group.branches.length === 1 && status === 183;
    if (early) await this.#joinEarly(branch);
    this.#caller.progress(early && this.#early !== undefined ? 183 : 180, this.#early);
  }

  /** Early media passes through where there is one callee: nobody could tell apart the sound of several. */
  async #joinEarly(branch: Branch): Promise<void> {
    const { body, contentType } = this.#caller.invite;
    if (body.length === 0 || contentType === undefined || this.#early !== undefined) return;
    this.#callerMedia.preferCodecOf(branch.media);
    const answer = await this.#callerMedia.receiveOffer({ contentType, content: body });
    if (!answer.ok) return;
    this.#early = answer.value;
    this.#callerMedia.stream.bridge(branch.media.stream);
  }

  async #establish(callee: BridgeLeg): Promise<void> {
    if (this.#over) {
      callee.session.hangUp();
      void callee.media.stream.close();
      return;
    }
    this.#callerMedia.preferCodecOf(callee.media);
    await this.#caller.accept(this.#early);
    if (this.#caller.state !== 'established' || callee.session.state !== 'established') {
      callee.session.hangUp();
      void callee.media.stream.close();
      this.end();
      return;
    }
    const bridge = new Bridge(this.#callerLeg(), callee, {
      after: this.#ports.after,
      onChange: () => {
        this.#ports.onState(this, 'answered', bridge.views);
      },
      onEnded: (legs) => {
        this.#over = true;
        this.#ports.onState(this, 'ended', legs);
      },
    });
    this.#bridge = bridge;
    this.#ports.onState(this, 'answered', bridge.views);
  }
}
