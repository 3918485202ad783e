import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { MediaSession } from '../media/media-session.ts';
import type { SipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { InviteClientSession } from '../sip/ua/invite-client-session.ts';
import type { InviteServerSession } from '../sip/ua/invite-server-session.ts';
import type { SessionEnd } from '../sip/ua/invite-session.ts';
import type { Body } from '../sip/ua/session-description-handler.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { Binding } from './location-service.ts';
import { legView, type LegView } from './switch-call.ts';

/** What a bridged call needs of the profile that it runs on. */
export interface BridgePorts {
  /** The user agent of the profile that a flow belongs to. */
  readonly userAgentOf: (flow: Flow) => UserAgent | undefined;
  readonly openMedia: (flow: Flow, towards: 'caller' | 'callee') => Promise<Result<MediaSession, Diagnosis>>;
  readonly ringSeconds: number;
  readonly after: (delayMs: number, fire: () => void) => { cancel(): void };
  /** A phone did not take the call, for whatever reason. `status` is `undefined` where it gave no answer. */
  readonly onRefused: (flow: Flow, status: number | undefined, diagnosis: Diagnosis) => void;
  readonly onState: (state: 'ringing' | 'answered' | 'ended', legs: readonly LegView[]) => void;
}

interface Branch {
  readonly binding: Binding;
  readonly session: InviteClientSession;
  readonly media: MediaSession;
}

/** Which refusal is passed on where several phones rang (RFC 3261 §16.7 step 6): 6xx first, then the lowest class. */
function better(a: number, b: number): number {
  if (a >= 600 || b >= 600) return a >= 600 ? a : b;
  return Math.floor(a / 100) <= Math.floor(b / 100) ? a : b;
}

/**
 * A call from one user to another (RFC 7092 back-to-back user agent): two dialogs and two streams, each leg with its own
 * transport and keys. All contacts of the callee ring; the first to answer takes the call.
 */
export class BridgedCall {
  readonly #ports: BridgePorts;
  readonly #caller: InviteServerSession;
  readonly #callerMedia: MediaSession;
  readonly #branches = new Set<Branch>();
  #answered: Branch | undefined;
  #early: Body | undefined;
  #refusal: number | undefined;
  #ringing = false;
  #over = false;
  #timer: { cancel(): void } | undefined;

  private constructor(ports: BridgePorts, caller: InviteServerSession, callerMedia: MediaSession) {
    this.#ports = ports;
    this.#caller = caller;
    this.#callerMedia = callerMedia;
  }

  /** Takes the INVITE and calls every binding. */
  static async start(
    ports: BridgePorts,
    userAgent: UserAgent,
    transaction: ServerTransaction,
    from: { readonly displayName?: string | undefined; readonly uri: SipUri },
    to: SipUri,
    bindings: readonly Binding[],
  ): Promise<Result<BridgedCall, Diagnosis>> {
    const media = await ports.openMedia(transaction.flow, 'caller');
    if (!media.ok) return media;
    const caller = userAgent.createServerSession(transaction, media.value);
    const call = new BridgedCall(ports, caller, media.value);
    caller.setUser({
      onEnded: () => {
        call.end();
      },
    });
    call.#timer = ports.after(ports.ringSeconds * 1000, () => {
      if (call.#answered !== undefined) return;
      caller.reject(480);
    });
    await Promise.all(bindings.map((binding) => call.#ring(binding, from, to)));
    call.#checkRefused();
    return { ok: true, value: call };
  }

  /** Ends both sides. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    const legs = this.#legs();
    for (const branch of this.#branches) branch.session.hangUp();
    this.#caller.hangUp();
    void this.#callerMedia.stream.close();
    this.#ports.onState('ended', legs);
  }

  #legs(): readonly LegView[] {
    const caller = legView({ flow: this.#caller.flow, media: this.#callerMedia });
    const branch = this.#answered ?? [...this.#branches][0];
    return branch === undefined ? [caller] : [caller, legView({ flow: branch.session.flow, media: branch.media })];
  }

  async #ring(binding: Binding, from: { displayName?: string | undefined; uri: SipUri }, to: SipUri): Promise<void> {
    const { flow, contact } = binding;
    const userAgent = this.#ports.userAgentOf(flow);
    if (userAgent === undefined || !flow.open) return;
    const media = await this.#ports.openMedia(flow, 'callee');
    if (!media.ok) return;
    if (this.#over) {
      await media.value.stream.close();
      return;
    }
    const session = userAgent.createClientSession({
      handler: media.value,
      flow,
      digest: undefined,
      reconnect: undefined,
      target: contact,
      to: { uri: to },
      from,
    });
    const branch: Branch = { binding, session, media: media.value };
    this.#branches.add(branch);
    session.setUser({
      onProgress: (response) => {
        void this.#progress(branch, response.status);
      },
      onEstablished: () => {
        void this.#establish(branch);
      },
      onEnded: (end) => {
        this.#branchEnded(branch, end);
      },
    });
    await session.start();
  }

  async #progress(branch: Branch, status: number): Promise<void> {
    if (this.#answered !== undefined || this.#over) return;
    if (!this.#ringing) {
      this.#ringing = true;
      this.#ports.onState('ringing', this.#legs());
    }
    const early = branch.media.negotiated !== undefined && this.#branches.size === 1 && status === 183;
    if (early) await this.#joinEarly(branch);
    this.#caller.progress(early && this.#early !== undefined ? 183 : 180, this.#early);
  }

  /** Early media passes through where there is one callee: nobody could tell apart the sound of several. */
  async #joinEarly(branch: Branch): Promise<void> {
    const offer = this.#offer();
    if (offer === undefined || this.#early !== undefined) return;
    const answer = await this.#answerCaller(branch, offer);
    if (answer?.ok !== true) return;
    this.#early = answer.value;
    this.#callerMedia.stream.bridge(branch.media.stream);
  }

  #offer(): Body | undefined {
    const { body, contentType } = this.#caller.invite;
    return body.length > 0 && contentType !== undefined ? { contentType, content: body } : undefined;
  }

  #answerCaller(branch: Branch, offer: Body): ReturnType<MediaSession['receiveOffer']> | undefined {
    const codec = branch.media.negotiated?.parameters.send.name;
    if (codec !== undefined) this.#callerMedia.preferCodec(codec);
    return this.#callerMedia.receiveOffer(offer);
  }

  async #establish(branch: Branch): Promise<void> {
    if (this.#answered !== undefined || this.#over) {
      branch.session.hangUp();
      return;
    }
    this.#answered = branch;
    this.#timer?.cancel();
    for (const other of this.#branches) if (other !== branch) other.session.hangUp();
    const codec = branch.media.negotiated?.parameters.send.name;
    if (codec !== undefined) this.#callerMedia.preferCodec(codec);
    await this.#caller.accept(this.#early);
    if (this.#caller.state !== 'established') {
      this.end();
      return;
    }
    this.#callerMedia.stream.bridge(branch.media.stream);
    this.#ports.onState('answered', this.#legs());
  }

  #branchEnded(branch: Branch, end: SessionEnd): void {
    this.#branches.delete(branch);
    void branch.media.stream.close();
    if (branch === this.#answered) {
      this.end();
      return;
    }
    if (end.diagnosis !== undefined) this.#ports.onRefused(branch.session.flow, end.status, end.diagnosis);
    if (end.by === 'there' || end.diagnosis !== undefined) {
      const status = end.status ?? (end.diagnosis?.code === 'sip.timeout' ? 408 : 480);
      this.#refusal = this.#refusal === undefined ? status : better(this.#refusal, status);
    }
    this.#checkRefused();
  }

  /** Nobody is left who could answer. */
  #checkRefused(): void {
    if (this.#over || this.#answered !== undefined || this.#branches.size > 0) return;
    this.#caller.reject(this.#refusal ?? 480);
    this.end();
  }
}
