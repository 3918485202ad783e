import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { MediaSession } from '../media/media-session.ts';
import { formatUri, type SipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { InviteClientSession } from '../sip/ua/invite-client-session.ts';
import type { SessionEnd } from '../sip/ua/invite-session.ts';
import type { Reason } from '../sip/ua/reason.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import type { GatewayCall } from './gateway.ts';
import type { Binding } from './location-service.ts';

/** Who can be called: a phone that registered, or a number behind a gateway. */
export type Callee = Binding | GatewayCall;

/** What ringing phones needs of the switch. */
export interface RingPorts {
  /** The flow on which somebody is called: that of the registration, or a new one to the Contact. */
  readonly flowTo: (callee: Callee) => Promise<Result<Flow, Diagnosis>>;
  /** The phones that an address leads to where a phone sends its caller; none where that is not for us to call. */
  readonly phonesAt: (uri: SipUri) => readonly Callee[];
  /** The user agent of the profile that a flow belongs to. */
  readonly userAgentOf: (flow: Flow) => UserAgent | undefined;
  readonly openMedia: (flow: Flow, towards: 'caller' | Callee) => Promise<Result<MediaSession, Diagnosis>>;
  readonly ringSeconds: number;
  readonly after: (delayMs: number, fire: () => void) => { cancel(): void };
  /**
   * Somebody did not take the call, for whatever reason. `status` is `undefined` where there was no answer, `flow` where there
   * was not even a connection.
   */
  readonly onRefused: (
    callee: Callee,
    flow: Flow | undefined,
    status: number | undefined,
    diagnosis: Diagnosis,
  ) => void;
}

/** One phone that rings. */
export interface Branch {
  readonly session: InviteClientSession;
  readonly callee: Callee;
  /** Whose phone it is; behind a gateway nobody’s. */
  readonly user: string | undefined;
  readonly media: MediaSession;
}

/** Who is told how it rings. */
export interface RingUser {
  onProgress(branch: Branch, status: number): void;
  /** Comes once: the others have been told that the call is answered elsewhere. The branch is the user's from now on. */
  onAnswered(branch: Branch): void;
  /** Comes once, instead of an answer: nobody is left who could. */
  onFailed(status: number): void;
}

/** Who rings, and on whose behalf. */
export interface RingTarget {
  readonly from: { readonly displayName?: string | undefined; readonly uri: SipUri };
  readonly to: SipUri;
  /** Those who ring first. */
  readonly callees: readonly Callee[];
  /** Those that ring after them, round by round, where nobody has answered. */
  readonly later?: readonly (readonly Callee[])[];
  /** More of each INVITE, such as what asks a phone to answer by itself. */
  readonly headers?: HeaderFields;
}

type HeaderFields = readonly (readonly [name: string, value: string])[];

/** Addresses that the phones of one call may send it to. */
const MOST_REDIRECTIONS = 5;

/** Why phones stop ringing that could have had the call (RFC 3326). */
export const ELSEWHERE: Reason = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' };

/** Which refusal is passed on where several phones rang (RFC 3261 §16.7 step 6): 6xx first, then the lowest class. */
function better(a: number, b: number): number {
  if (a >= 600 || b >= 600) return a >= 600 ? a : b;
  return Math.floor(a / 100) <= Math.floor(b / 100) ? a : b;
}

/**
 * Phones ring, all of a round at once, and one round after the other; the first to answer takes the call, the others are
 * cancelled.
 */
export class RingGroup {
  readonly #ports: RingPorts;
  readonly #user: RingUser;
  readonly #branches = new Set<Branch>();
  #timer: { cancel(): void } | undefined;
  readonly #redirectedTo = new Set<string>();
  #target: RingTarget | undefined;
  #refusal: number | undefined;
  /** Rounds of calling that go on: the first, and one for each phone that sent us elsewhere. */
  #rounds = 0;
  #over = false;

  constructor(ports: RingPorts, user: RingUser) {
    this.#ports = ports;
    this.#user = user;
  }

  /** Phones that still ring. */
  get branches(): readonly Branch[] {
    return [...this.#branches];
  }

  /** Calls the phones. */
  async ring(target: RingTarget): Promise<void> {
    this.#target = target;
    this.#timer?.cancel();
    this.#timer = this.#ports.after(this.#ports.ringSeconds * 1000, () => {
      this.#fail(480);
    });
    await this.#round(target, target.headers ?? []);
  }

  async #round({ from, to, callees }: RingTarget, headers: HeaderFields): Promise<void> {
    this.#rounds++;
    await Promise.all(callees.map((callee) => this.#ring(callee, from, to, headers)));
    this.#rounds--;
    this.#checkFailed();
  }

  /** A phone sends its caller to somebody else (RFC 3261 §21.3.3): they ring in its place, each address once. */
  #redirect(uris: readonly SipUri[]): boolean {
    const target = this.#target;
    const asked = uris.map(formatUri);
    const fresh = uris.filter((_, index) => !this.#redirectedTo.has(asked[index] ?? ''));
    for (const uri of asked) this.#redirectedTo.add(uri);
    const callees =
      this.#redirectedTo.size > MOST_REDIRECTIONS ? [] : fresh.flatMap((uri) => this.#ports.phonesAt(uri));
    if (this.#over || target === undefined || callees.length === 0) return false;
    // RFC 5806 §4: whoever rings sees for whom the call was.
    const diversion = ['Diversion', `<${formatUri(target.to)}>;reason=deflection`] as const;
    void this.#round({ ...target, callees }, [...(target.headers ?? []), diversion]);
    return true;
  }

  /** Nobody is to answer any more; its user hears nothing more. */
  cancel(reason?: Reason): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#hangUp(reason);
  }

  #hangUp(reason?: Reason): void {
    for (const { session } of this.#branches) session.hangUp(reason);
  }

  async #ring(callee: Callee, from: RingTarget['from'], to: SipUri, headers: HeaderFields): Promise<void> {
    const { contact } = callee;
    // To a gateway we are a user of its, and speak as that.
    const gateway = 'gateway' in callee ? callee.gateway : undefined;
    const found = await this.#ports.flowTo(callee);
    if (!found.ok) {
      if (gateway !== undefined) this.#refusal ??= 503;
      this.#ports.onRefused(callee, undefined, undefined, found.error);
      return;
    }
    const flow = found.value;
    const userAgent = this.#ports.userAgentOf(flow);
    if (userAgent === undefined || !flow.open) return;
    const media = await this.#ports.openMedia(flow, callee);
    if (!media.ok) return;
    if (this.#over) {
      await media.value.stream.close();
      return;
    }
    const session = userAgent.createClientSession({
      handler: media.value,
      flow,
      digest: gateway?.digest,
      reconnect: undefined,
      target: contact,
      to: { uri: gateway === undefined ? to : contact },
      from: gateway === undefined ? from : { displayName: from.displayName, uri: gateway.address },
      // The proxies that the REGISTER came by (RFC 3327 §5.4).
      headers: [...(callee.path ?? []).map((value) => ['Route', value] as const), ...headers],
    });
    const user = gateway === undefined ? callee.user : undefined;
    const branch: Branch = { session, media: media.value, callee, user };
    this.#branches.add(branch);
    session.setUser({
      onProgress: ({ status }) => {
        if (!this.#over) this.#user.onProgress(branch, status);
      },
      onEstablished: () => {
        this.#answered(branch);
      },
      onEnded: (end) => {
        this.#ended(branch, end);
      },
    });
    await session.start();
  }

  #answered(branch: Branch): void {
    if (this.#over) {
      branch.session.hangUp();
      return;
    }
    this.#branches.delete(branch);
    this.cancel(ELSEWHERE);
    this.#user.onAnswered(branch);
  }

  #ended(branch: Branch, end: SessionEnd): void {
    this.#branches.delete(branch);
    void branch.media.stream.close();
    if (end.redirectedTo !== undefined && end.redirectedTo.length > 0 && this.#redirect(end.redirectedTo)) return;
    if (end.diagnosis !== undefined)
      this.#ports.onRefused(branch.callee, branch.session.flow, end.status, end.diagnosis);
    if (end.by === 'there' || end.diagnosis !== undefined) {
      const status = end.status ?? (end.diagnosis?.code === 'sip.timeout' ? 408 : 480);
      this.#refusal = this.#refusal === undefined ? status : better(this.#refusal, status);
    }
    this.#checkFailed();
  }

  #checkFailed(): void {
    if (this.#rounds === 0 && this.#branches.size === 0) this.#fail(this.#refusal ?? 480);
  }

  #fail(status: number): void {
    if (this.#over) return;
    const [callees, ...later] = this.#target?.later ?? [];
    if (this.#target !== undefined && callees !== undefined) {
      this.#hangUp();
      void this.ring({ ...this.#target, callees, later });
      return;
    }
    this.cancel();
    this.#user.onFailed(status);
  }
}
