import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import { callSecurity, type CallSecurity } from '../media/call-security.ts';
import type { StreamEvent, StreamSink, StreamSource, StreamStatistics } from '../media/media-plane.ts';
import { MediaSession } from '../media/media-session.ts';
import type { NegotiatedStream } from '../sdp/offer-answer.ts';
import { isSipUri, type SipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { InviteServerSession } from '../sip/ua/invite-server-session.ts';
import type { InviteSession, SessionEnd } from '../sip/ua/invite-session.ts';
import type { Body } from '../sip/ua/session-description-handler.ts';
import type { Account } from './account.ts';
import type { PhoneAgent } from './phone-agent.ts';

/** What a person sees of a call. `incoming` rings here, `ringing` rings there; `early` there is sound before the answer. */
export type PhoneCallState = 'calling' | 'ringing' | 'early' | 'incoming' | 'connected' | 'ending' | 'ended';

/** Where the sound of a call comes from and goes to once it stands. */
export interface CallSound {
  readonly source: StreamSource;
  readonly sink: StreamSink;
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

  get flow(): Flow | undefined {
    return this.#flow;
  }

  get negotiated(): NegotiatedStream | undefined {
    return this.#negotiated;
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

  /** Sends digits as RFC 4733 events once there is sound both ways. */
  sendDtmf(digits: string): void {
    if (this.#state === 'connected' || this.#state === 'early') this.#media?.stream.sendDtmf(digits);
  }

  async #place(target: SipUri): Promise<void> {
    const { agent, account } = this.#options;
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
    });
    this.#begin(session);
    await session.start();
  }

  async #ring(transaction: ServerTransaction): Promise<boolean> {
    const { agent } = this.#options;
    this.#flow = transaction.flow;
    const media = await this.#openMedia(transaction.flow);
    if (!media.ok) {
      agent.userAgent.reply(transaction, 503);
      return false;
    }
    media.value.hold();
    const session = agent.userAgent.createServerSession(transaction, media.value);
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
        this.#show('connected');
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
      state,
      direction: this.direction,
      security: this.security.state,
      status: this.#status,
      code: this.#diagnosis?.code,
    });
    this.#options.user.onChange(this);
  }
}

/** Whether a diagnosis is about microphone or speaker. */
export function isAudioCode(code: string): boolean {
  return code.startsWith('audio.');
}
