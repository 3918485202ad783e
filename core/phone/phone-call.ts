import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import { callSecurity, type CallSecurity } from '../media/call-security.ts';
import { readDtmfInfo, writeDtmfInfo } from '../media/dtmf-info.ts';
import type { StreamEvent, StreamSink, StreamSource, StreamStatistics } from '../media/media-plane.ts';
import { MediaSession } from '../media/media-session.ts';
import type { NegotiatedStream } from '../sdp/offer-answer.ts';
import { formatUri, isSipUri, type SipUri } from '../sip/message/uri.ts';
import { Headers } from '../sip/message/headers.ts';
import { reasonPhrase } from '../sip/message/reason-phrases.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { IncomingReferral } from '../sip/ua/incoming-referral.ts';
import type { InviteServerSession } from '../sip/ua/invite-server-session.ts';
import type { InviteSession, SessionEnd } from '../sip/ua/invite-session.ts';
import type { ReferralEnd } from '../sip/ua/outgoing-referral.ts';
import type { Body, HoldState } from '../sip/ua/session-description-handler.ts';
import { statusDiagnosis } from '../sip/ua/status-diagnosis.ts';
import type { Account } from './account.ts';
import type { PhoneAgent } from './phone-agent.ts';

/** What a person sees of a call. `incoming` rings here, `ringing` rings there; `early` there is sound before the answer. */
export type PhoneCallState = 'calling' | 'ringing' | 'early' | 'incoming' | 'connected' | 'ending' | 'ended';

/** Where the sound of a call comes from and goes to once it stands. */
export interface CallSound {
  readonly source: StreamSource;
  readonly sink: StreamSink;
}

/** A transfer that we asked the other side for (RFC 3515). */
export interface CallTransfer {
  /** Whom the other side is to speak with. */
  readonly target: SipUri;
  /** `sending`: no answer yet; `ringing`: the other side tries; `done`: it got through. */
  readonly state: 'sending' | 'ringing' | 'done' | 'failed';
  readonly status: number | undefined;
  readonly diagnosis: Diagnosis | undefined;
}

/** Who is told what happens to a call. */
export interface PhoneCallUser {
  /** Something that {@link PhoneCall} shows has changed. */
  onChange(call: PhoneCall): void;
  onStreamEvent?(call: PhoneCall, event: StreamEvent): void;
}

export interface PhoneCallOptions {
  readonly agent: PhoneAgent;
  readonly account: Account;
  readonly sound: CallSound;
  readonly user: PhoneCallUser;
  readonly portMin: number;
  readonly portMax: number;
  /** The call of ours that this one is placed to speak with its target first (attended transfer). */
  readonly consults?: PhoneCall | undefined;
  /** The referral that asked for this call; it hears how it goes. */
  readonly referral?: IncomingReferral | undefined;
}

/** One call of a phone: its session, its stream, and what may be said of both. */
export class PhoneCall {
  readonly id: string;
  readonly account: Account;
  readonly direction: 'outgoing' | 'incoming';
  readonly remote: { readonly uri: SipUri; readonly displayName: string | undefined };
  readonly startedAt: number;
  readonly #options: PhoneCallOptions;
  #state: PhoneCallState;
  #flow: Flow | undefined;
  #session: InviteSession | undefined;
  /** The same session, where it came in. */
  #incoming: InviteServerSession | undefined;
  #media: MediaSession | undefined;
  #answer: Body | undefined;
  #connectedAt: number | undefined;
  #endedAt: number | undefined;
  #diagnosis: Diagnosis | undefined;
  #muted = false;
  #room: string | undefined;
  #recording = false;
  #transfer: CallTransfer | undefined;
  #referral: IncomingReferral | undefined;
  #elsewhere = false;
  #status: number | undefined;
  #statistics: StreamStatistics | undefined;
  #negotiated: NegotiatedStream | undefined;
  #finished: Promise<void> = Promise.resolve();

  private constructor(
    options: PhoneCallOptions,
    direction: 'outgoing' | 'incoming',
    remote: { readonly uri: SipUri; readonly displayName: string | undefined },
  ) {
    this.#options = options;
    this.id = randomToken(options.agent.ports.random, 16);
    this.account = options.account;
    this.direction = direction;
    this.remote = remote;
    this.#state = direction === 'outgoing' ? 'calling' : 'incoming';
    this.startedAt = options.agent.ports.clock.wall();
  }

  /** Places a call; it goes on by itself and tells its user. */
  static place(options: PhoneCallOptions, target: SipUri): PhoneCall {
    const call = new PhoneCall(options, 'outgoing', { uri: target, displayName: undefined });
    void call.#place(target);
    return call;
  }

  /**
   * Takes an INVITE: refuses at once what could not be answered anyway, else rings. `undefined` where it was refused.
   */
  static async receive(options: PhoneCallOptions, transaction: ServerTransaction): Promise<PhoneCall | undefined> {
    const { from } = transaction.request;
    if (from === undefined || !isSipUri(from.uri)) {
      options.agent.userAgent.reply(transaction, 400);
      return undefined;
    }
    const call = new PhoneCall(options, 'incoming', { uri: from.uri, displayName: from.displayName });
    return (await call.#ring(transaction)) ? call : undefined;
  }

  get state(): PhoneCallState {
    return this.#state;
  }

  get connectedAt(): number | undefined {
    return this.#connectedAt;
  }

  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  /** Why it ended, where that is more than a normal end. */
  get diagnosis(): Diagnosis | undefined {
    return this.#diagnosis;
  }

  /** The last status of the peer, while calling and at the end. */
  get status(): number | undefined {
    return this.#status;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Whether it is part of a conference here. */
  get inConference(): boolean {
    return this.#room !== undefined;
  }

  get flow(): Flow | undefined {
    return this.#flow;
  }

  get negotiated(): NegotiatedStream | undefined {
    return this.#negotiated;
  }

  /** Who holds the call. */
  get hold(): HoldState {
    return this.#session?.holdState ?? NOT_HELD;
  }

  /** The transfer that we asked for last. */
  get transfer(): CallTransfer | undefined {
    return this.#transfer;
  }

  /** A transfer that the other side asks us for, until it is answered. */
  get referral(): IncomingReferral | undefined {
    return this.#referral;
  }

  /** The call that this one was placed for, to speak with its target before it is transferred. */
  get consults(): PhoneCall | undefined {
    return this.#options.consults;
  }

  /** Whether another phone of ours took the call (RFC 3326): nothing was missed. */
  get answeredElsewhere(): boolean {
    return this.#elsewhere;
  }

  /** The last figures; after the end, the final ones (see {@link PhoneCall.finished}). */
  get statistics(): StreamStatistics | undefined {
    return this.#statistics;
  }

  /** Resolves when the stream is closed and its final figures are in, after the end of the call. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  get security(): CallSecurity {
    return callSecurity({
      signalling: this.#flow === undefined ? null : this.#flow.security,
      suite: this.#negotiated === undefined ? undefined : (this.#negotiated.suite ?? null),
    });
  }

  /** Answers an incoming call; anything else is left as it is. */
  async answer(): Promise<void> {
    if (this.#state === 'incoming') await this.#incoming?.accept(this.#answer);
  }

  /** Declines an incoming call with 603, or another status. */
  decline(status = 603): void {
    if (this.#state === 'incoming') this.#incoming?.reject(status);
  }

  /** Sends an incoming call on to another address (302, RFC 3261 §21.3.3). */
  forward(target: SipUri): void {
    if (this.#state === 'incoming') this.#incoming?.reject(302, [['Contact', `<${formatUri(target)}>`]]);
  }

  /** Ends the call in whatever state it is. */
  hangUp(): void {
    if (this.#state === 'ended' || this.#state === 'ending') return;
    if (this.#session === undefined) {
      this.#end({ by: 'here', cause: 'cancelled', status: undefined, diagnosis: undefined });
      return;
    }
    this.#show('ending');
    this.#session.hangUp();
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    this.#media?.stream.setMuted(muted);
    this.#options.user.onChange(this);
  }

  get recording(): boolean {
    return this.#recording;
  }

  /** Records the call into a file from now on; `undefined` ends it. */
  record(path: string | undefined): void {
    this.#recording = path !== undefined;
    this.#media?.stream.record(path ?? null);
    this.#options.user.onChange(this);
  }

  /** Takes its place in a conference of this phone: the other side hears the others of this name, too; or leaves it. */
  confer(room: string | undefined): void {
    this.#room = room;
    this.#media?.stream.confer(room === undefined ? null : { room, muted: false, deaf: false, talkDb: 0, listenDb: 0 });
    this.#options.user.onChange(this);
  }

  /**
   * Sends digits once there is sound both ways: as RFC 4733 events, or by INFO, one after the other, where the other side takes
   * no events.
   */
  sendDtmf(digits: string): void {
    if (this.#state !== 'connected' && this.#state !== 'early') return;
    if (this.#negotiated?.parameters.telephoneEventSend === undefined) void this.#sendInfoDigits(digits);
    else this.#media?.stream.sendDtmf(digits);
  }

  /** Puts the other side on hold, or takes it off (RFC 3264 §8.4). Where it refuses, all stays as it was. */
  async setHeld(held: boolean): Promise<Result<void, Diagnosis>> {
    if (this.#session === undefined || this.#state !== 'connected' || this.hold.here === held) return ok(undefined);
    return held ? this.#session.hold() : this.#session.resume();
  }

  /**
   * Asks the other side to call `target` (RFC 3515), or to take our place in the call `other` (RFC 3891). A call that was
   * transferred ends; one that could not be stays.
   */
  transferTo(target: SipUri, other?: PhoneCall): void {
    const session = this.#session;
    if (session === undefined || this.#state !== 'connected' || this.#isTransferring()) return;
    this.#showTransfer({ target, state: 'sending', status: undefined, diagnosis: undefined });
    this.#options.agent.userAgent.refer({
      within: session,
      to: { uri: target },
      replaces: other?.session,
      referredBy: { uri: this.account.options.address },
      user: {
        onAccepted: () => {
          this.#showTransfer({ target, state: 'ringing', status: undefined, diagnosis: undefined });
        },
        onProgress: (status) => {
          this.#showTransfer({ target, state: 'ringing', status, diagnosis: undefined });
        },
        onEnded: (end) => {
          this.#transferred(target, end, other);
        },
      },
    });
  }

  /** Answers a transfer that the other side asked for; `true` promises a call with the referral. */
  answerReferral(accept: boolean): IncomingReferral | undefined {
    const referral = this.#referral;
    this.#referral = undefined;
    if (accept) referral?.accept();
    else referral?.refuse();
    this.#options.user.onChange(this);
    return accept ? referral : undefined;
  }

  /** The other side asks us to call somebody else: kept until it is answered; one at a time. */
  refer(referral: IncomingReferral): void {
    if (this.#state !== 'connected' || this.#referral !== undefined) {
      referral.refuse(486);
      return;
    }
    this.#referral = referral;
    this.#options.user.onChange(this);
  }

  /** Goes on over `flow` where the connection of the call is lost, and tells the peer (RFC 3261 §12.2.1.1). */
  follow(flow: Flow): void {
    if (this.#session === undefined || this.#state !== 'connected' || this.#session.flow.open) return;
    this.#flow = flow;
    void this.#moveTo(flow, this.#session);
  }

  async #moveTo(flow: Flow, session: InviteSession): Promise<void> {
    const { address } = flow.local;
    const media = this.#media;
    const gone = media !== undefined && media.stream.address !== address;
    const moved = gone && (await media.moveTo(address)).ok;
    if (!this.#ended()) await session.moveTo(flow, moved ? 'moved' : 'same');
  }

  /** The session of this call; `undefined` before it is placed. */
  get session(): InviteSession | undefined {
    return this.#session;
  }

  async #sendInfoDigits(digits: string): Promise<void> {
    for (const digit of digits) {
      const session = this.#session;
      if (session?.dialog === undefined || this.#state === 'ended') return;
      const sent = await session.request('INFO', writeDtmfInfo(digit));
      if (!sent.ok) return;
    }
  }

  #isTransferring(): boolean {
    return this.#transfer?.state === 'sending' || this.#transfer?.state === 'ringing';
  }

  #showTransfer(transfer: CallTransfer): void {
    if (this.#ended()) return;
    this.#transfer = transfer;
    this.#options.user.onChange(this);
  }

  #transferred(target: SipUri, { outcome, status, diagnosis }: ReferralEnd, other: PhoneCall | undefined): void {
    // Who took the REFER and says nothing more of it does its work without us (RFC 4488).
    const done = outcome === 'succeeded' || (outcome === 'unknown' && diagnosis === undefined);
    if (!done) {
      const told = { status: status ?? 500, reason: reasonPhrase(status ?? 500), headers: new Headers() };
      const why = diagnosis ?? statusDiagnosis(told);
      this.#showTransfer({ target, state: 'failed', status, diagnosis: why });
      return;
    }
    this.#showTransfer({ target, state: 'done', status, diagnosis: undefined });
    this.hangUp();
    other?.hangUp();
  }

  async #place(target: SipUri): Promise<void> {
    const { agent, account, referral } = this.#options;
    const flow = await account.connect();
    if (this.#ended()) return;
    if (!flow.ok) {
      this.#end({ by: 'there', cause: 'failed', status: undefined, diagnosis: flow.error });
      return;
    }
    this.#flow = flow.value;
    this.#options.user.onChange(this);
    const media = await this.#openMedia(flow.value);
    if (!media.ok) {
      this.#end({ by: 'here', cause: 'failed', status: undefined, diagnosis: media.error });
      return;
    }
    if (this.#ended()) {
      await media.value.stream.close();
      return;
    }
    const session = agent.userAgent.createClientSession({
      handler: media.value,
      flow: flow.value,
      digest: account.digest,
      reconnect: () => account.connect(),
      target,
      to: { uri: target },
      from: { displayName: account.options.displayName, uri: account.options.address },
      redirection: { connect: (uri) => account.connect(uri) },
      contact: account.contact,
      headers: [...account.route, ...(referral?.headers ?? [])],
    });
    this.#begin(session);
    await session.start();
  }

  async #ring(transaction: ServerTransaction): Promise<boolean> {
    const { agent, account } = this.#options;
    this.#flow = transaction.flow;
    const media = await this.#openMedia(transaction.flow);
    if (!media.ok) {
      agent.userAgent.reply(transaction, 503);
      return false;
    }
    media.value.withhold();
    const session = agent.userAgent.createServerSession(transaction, media.value, { contact: account.contact });
    this.#incoming = session;
    this.#begin(session);
    const { body, contentType } = transaction.request;
    if (body.length > 0 && contentType !== undefined) {
      const answer = await media.value.receiveOffer({ contentType, content: body });
      if (!answer.ok) {
        const { status, warning, diagnosis } = answer.error;
        session.reject(status, [['Warning', `${warning.slice(0, 3)} sotto ${warning.slice(4)}`]], diagnosis);
        return false;
      }
      this.#answer = answer.value;
    }
    if (this.#ended()) return false;
    session.progress(180);
    return true;
  }

  async #openMedia(flow: Flow): Promise<Result<MediaSession, Diagnosis>> {
    const { agent, account, portMin, portMax, sound, user } = this.#options;
    const media = await MediaSession.open({
      ...agent.ports,
      address: flow.local.address,
      portMin,
      portMax,
      call: this.id,
      capabilities: account.options.capabilities,
      encryptedSignalling: flow.security !== undefined,
      onNegotiated: (negotiated) => {
        this.#negotiated = negotiated;
        user.onChange(this);
      },
    });
    if (!media.ok) return media;
    const { stream } = media.value;
    this.#media = media.value;
    if (this.direction === 'outgoing') stream.setSource(sound.source);
    stream.setSink(sound.sink);
    stream.onEvent((event) => {
      if (event.kind === 'statistics') this.#statistics = event.statistics;
      // The sound devices are the phone's, not the call's, and what is wrong with them is shown once.
      if (event.kind === 'diagnosis' && !isAudioCode(event.diagnosis.code)) {
        this.#diagnosis = event.diagnosis;
        // What the disk has refused is not recorded any more.
        if (event.diagnosis.code.startsWith('file.')) this.#recording = false;
        user.onChange(this);
      }
      if (event.kind === 'cleared' && this.#diagnosis?.code === event.code) {
        this.#diagnosis = undefined;
        user.onChange(this);
      }
      user.onStreamEvent?.(this, event);
    });
    return ok(media.value);
  }

  #begin(session: InviteSession): void {
    this.#session = session;
    session.setUser({
      onProgress: (response) => {
        this.#status = response.status;
        this.#options.referral?.report(response.status, response.reason);
        if (this.#state === 'ending') return;
        if (this.#negotiated !== undefined) this.#show('early');
        else if (response.status === 180) this.#show('ringing');
      },
      onEstablished: () => {
        this.#connectedAt = this.#options.agent.ports.clock.wall();
        if (this.direction === 'incoming') {
          this.#media?.stream.setSource(this.#options.sound.source);
          this.#media?.release();
        }
        this.#options.referral?.report(200);
        this.#show('connected');
      },
      onInfo: (body) => {
        const digit = readDtmfInfo(body);
        if (digit !== undefined) this.#options.user.onStreamEvent?.(this, { kind: 'dtmf', ...digit });
      },
      onRenegotiated: () => {
        this.#options.user.onChange(this);
      },
      onEnded: (end) => {
        this.#end(end);
      },
    });
  }

  #ended(): boolean {
    return this.#state === 'ended';
  }

  #end(end: SessionEnd): void {
    if (this.#ended()) return;
    this.#status = end.status ?? this.#status;
    this.#elsewhere = end.reasons?.some(({ protocol, cause }) => protocol === 'SIP' && cause === 200) ?? false;
    this.#referral?.refuse(481);
    this.#referral = undefined;
    if (this.#connectedAt === undefined) this.#options.referral?.report(end.status ?? 487);
    this.#diagnosis = end.diagnosis === undefined ? this.#diagnosis : this.#refine(end.diagnosis, end.status);
    this.#endedAt = this.#options.agent.ports.clock.wall();
    const media = this.#media;
    this.#finished =
      media === undefined
        ? Promise.resolve()
        : media.stream.close().then((statistics) => {
            this.#statistics = statistics;
          });
    this.#show('ended');
  }

  /** A 488 says only that the media did not fit; what we offered tells which part of it. */
  #refine(diagnosis: Diagnosis, status: number | undefined): Diagnosis {
    if (status !== 488 && status !== 606) return diagnosis;
    const { secureMedia } = this.account.options.capabilities;
    if (secureMedia === 'forbidden') {
      return {
        ...diagnosis,
        code: 'srtp.required-there',
        summary: 'The other end insists on SRTP, which this account does not use.',
        cure: 'Switch SRTP on for this account.',
      };
    }
    return {
      ...diagnosis,
      code: secureMedia === 'mandatory' ? 'srtp.no-common-suite' : 'srtp.osrtp-refused',
      summary: 'The other end refused the encrypted sound that was offered.',
      cure: 'Check that the other end allows SRTP with AES_CM_128_HMAC_SHA1_80 and a common codec.',
    };
  }

  #show(state: PhoneCallState): void {
    this.#state = state;
    this.#options.agent.ports.tracer.emit('app', 5, 'call.state', {
      call: this.id,
      callId: this.#session?.callId,
      state,
      direction: this.direction,
      security: this.security.state,
      status: this.#status,
      code: this.#diagnosis?.code,
    });
    this.#options.user.onChange(this);
  }
}

const NOT_HELD: HoldState = { here: false, there: false };

/** Whether a diagnosis is about microphone or speaker. */
export function isAudioCode(code: string): boolean {
  return code.startsWith('audio.');
}
