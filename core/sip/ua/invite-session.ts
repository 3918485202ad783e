import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Random } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import type { Dialog } from '../dialog/dialog.ts';
import { createResponse } from '../message/factory.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { SipUri } from '../message/uri.ts';
import type { ServerTransaction, Transactions } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import type { Body, SessionDescriptionHandler } from './session-description-handler.ts';

/** Where a session stands. `ending`: our CANCEL or BYE is out, its answer not yet in. */
export type SessionState = 'initial' | 'proceeding' | 'early' | 'established' | 'ending' | 'ended';

/** What can happen to a session. */
export type SessionInput = 'provisional' | 'dialog' | 'accepted' | 'hang-up' | 'gone';

/**
 * The life of a session (RFC 3261 §13, §15): state × input → next state. An input that changes nothing maps to its own
 * state; every cell is there.
 */
export const SESSION_TABLE: Readonly<Record<SessionState, Readonly<Record<SessionInput, SessionState>>>> = {
  /** INVITE sent or received, nothing answered (§13.2.1, §13.3.1). */
  initial: { provisional: 'proceeding', dialog: 'early', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** A provisional response without To tag went by: no dialog yet (§13.2.2.1). */
  proceeding: { provisional: 'proceeding', dialog: 'early', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** A provisional response with To tag: an early dialog (§12.1). */
  early: { provisional: 'early', dialog: 'early', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** A 2xx went by (§13.2.2.4). Late provisional responses mean nothing any more. */
  established: { provisional: 'established', dialog: 'established', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** We want out. A 2xx that crosses our CANCEL is acknowledged and ended by BYE (§9.1, §15), so the state stays. */
  ending: { provisional: 'ending', dialog: 'ending', accepted: 'ending', 'hang-up': 'ending', gone: 'ended' },
  /** Over: nothing brings a session back. */
  ended: { provisional: 'ended', dialog: 'ended', accepted: 'ended', 'hang-up': 'ended', gone: 'ended' },
}; // prettier-ignore

/** How a session ended. */
export interface SessionEnd {
  readonly by: 'here' | 'there';
  readonly cause: 'bye' | 'cancelled' | 'refused' | 'failed';
  /** The final response, where one ended it. */
  readonly status: number | undefined;
  /** Present where it is more than a normal end. */
  readonly diagnosis: Diagnosis | undefined;
}

/** Who is told what happens to a session. */
export interface InviteSessionUser {
  /** 180 rings there; 183 and others tell of progress. */
  onProgress?(response: SipResponse): void;
  onEstablished?(): void;
  /** A re-INVITE of the peer was answered with 200. */
  onRenegotiated?(): void;
  /** An INFO in the dialog (RFC 6086, and DTMF of before); it is answered already. */
  onInfo?(body: Body): void;
  /** Comes once, last. */
  onEnded(end: SessionEnd): void;
}

/** What a session needs of its user agent. */
export interface SessionPorts {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly userAgent: string;
  /** The Contact that reaches us on a flow. */
  readonly contact: (flow: Flow) => SipUri;
  /** Makes requests and responses within a dialog find the session, and forgets them again. */
  readonly adopt: (dialog: Dialog, session: InviteSession) => () => void;
  /** Told once, when the session is over. */
  readonly ended: (session: InviteSession) => void;
  /** Given what settles when a BYE was answered or given up: who closes the user agent waits for it. */
  readonly farewell: (said: Promise<unknown>) => void;
}

/** What both sides of a call share once there is a dialog: requests within it, re-INVITE, the end. */
export abstract class InviteSession {
  protected readonly ports: SessionPorts;
  protected readonly handler: SessionDescriptionHandler;
  protected readonly digest: ClientDigest | undefined;
  protected dialog: Dialog | undefined;
  protected currentFlow: Flow;
  protected user: InviteSessionUser = { onEnded: () => undefined };
  readonly #reconnect: (() => Promise<Result<Flow, Diagnosis>>) | undefined;
  #state: SessionState = 'initial';
  #renegotiating = false;
  #release: () => void = () => undefined;

  protected constructor(options: {
    readonly ports: SessionPorts;
    readonly handler: SessionDescriptionHandler;
    readonly flow: Flow;
    readonly digest: ClientDigest | undefined;
    /** Gives another flow where the first one was lost; without it a lost flow loses the session's requests. */
    readonly reconnect: (() => Promise<Result<Flow, Diagnosis>>) | undefined;
  }) {
    this.ports = options.ports;
    this.handler = options.handler;
    this.digest = options.digest;
    this.currentFlow = options.flow;
    this.#reconnect = options.reconnect;
  }

  abstract readonly callId: string;

  get state(): SessionState {
    return this.#state;
  }

  get flow(): Flow {
    return this.currentFlow;
  }

  setUser(user: InviteSessionUser): void {
    this.user = user;
  }

  /** Ends the session in whatever state it is: CANCEL, refusal or BYE. */
  abstract hangUp(): void;

  /** Sends a request within the dialog (INFO, for one); resolves with its final response. */
  request(method: string, body?: Body): Promise<Result<SipResponse, Diagnosis>> {
    const { dialog } = this;
    if (dialog === undefined) throw new Error(`${method} needs a dialog`);
    return new Promise((resolve) => {
      const request = dialog.createRequest(method, {
        headers: this.commonHeaders(),
        ...(body === undefined ? {} : { body: body.content, contentType: body.contentType }),
      });
      void this.#openFlow().then((flow) => {
        if (!flow.ok) {
          resolve(flow);
          return;
        }
        new OutgoingRequest({
          transactions: this.ports.transactions,
          request,
          flow: flow.value,
          digest: this.digest,
          onSequence: (sequence) => {
            dialog.localSequence = sequence;
          },
          user: {
            onFinal: (response) => {
              dialog.receiveResponse(response);
              resolve({ ok: true, value: response });
            },
            onFailure: (error) => {
              resolve({ ok: false, error });
            },
          },
        });
      });
    });
  }

  async #openFlow(): Promise<Result<Flow, Diagnosis>> {
    if (this.currentFlow.open || this.#reconnect === undefined) return { ok: true, value: this.currentFlow };
    const flow = await this.#reconnect();
    if (flow.ok) this.currentFlow = flow.value;
    return flow;
  }

  /** A request that belongs to our dialog. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const status = this.dialog?.receiveRequest(request);
    if (status !== undefined) {
      this.respond(transaction, status);
      return;
    }
    if (transaction.flow.open) this.currentFlow = transaction.flow;
    switch (request.method) {
      case 'BYE':
        this.respond(transaction, 200);
        this.end({ by: 'there', cause: 'bye', status: undefined, diagnosis: undefined });
        return;
      case 'INVITE':
      case 'UPDATE':
        void this.#renegotiate(transaction);
        return;
      case 'INFO':
        this.respond(transaction, 200);
        this.user.onInfo?.({ contentType: request.contentType ?? '', content: request.body });
        return;
      case 'OPTIONS':
        this.respond(transaction, 200, [['Allow', ALLOWED_METHODS]]);
        return;
      default:
        this.respond(transaction, 405, [['Allow', ALLOWED_METHODS]]);
    }
  }

  /** An ACK for a 2xx of this session. */
  abstract receiveAck(ack: SipRequest): void;

  /** A 2xx that its transaction no longer takes: acknowledged again, or ended where it is of another fork. */
  abstract receiveStrayResponse(response: SipResponse, flow: Flow): void;

  /** RFC 3261 §14.2: an offer within the session. One at a time; glare gets 491. */
  async #renegotiate(transaction: ServerTransaction): Promise<void> {
    if (this.#state !== 'established') {
      this.respond(transaction, this.#state === 'ending' || this.#state === 'ended' ? 481 : 491);
      return;
    }
    if (this.#renegotiating) {
      this.respond(transaction, 500, [['Retry-After', '2']]);
      return;
    }
    this.#renegotiating = true;
    try {
      const offer = bodyOf(transaction.request);
      const described = offer === undefined ? await this.handler.createOffer() : await this.handler.receiveOffer(offer);
      if (!described.ok) {
        this.respond(transaction, described.error.status, [['Warning', warning(described.error.warning)]]);
        return;
      }
      if (this.ended) return;
      this.answerRenegotiation(transaction, described.value, offer === undefined);
      this.user.onRenegotiated?.();
    } finally {
      this.#renegotiating = false;
    }
  }

  /** Sends the 2xx to a re-INVITE or UPDATE, and sees to its ACK. */
  protected abstract answerRenegotiation(transaction: ServerTransaction, body: Body, late: boolean): void;

  protected get ended(): boolean {
    return this.#state === 'ended';
  }

  protected apply(input: SessionInput): void {
    const next = SESSION_TABLE[this.#state][input];
    if (next === this.#state) return;
    this.ports.tracer.emit('nua', 5, 'dialog.state', {
      call: this.callId,
      connection: this.currentFlow.id,
      from: this.#state,
      to: next,
      input,
    });
    this.#state = next;
  }

  protected adoptDialog(dialog: Dialog): void {
    this.#release();
    this.dialog = dialog;
    this.#release = this.ports.adopt(dialog, this);
  }

  protected sendBye(): void {
    this.ports.farewell(this.request('BYE'));
  }

  /** Ends the session once and tells its user. */
  protected end(end: SessionEnd): void {
    if (this.ended) return;
    this.apply('gone');
    this.#release();
    this.ports.ended(this);
    this.user.onEnded(end);
  }

  protected respond(
    transaction: ServerTransaction,
    status: number,
    headers: readonly (readonly [string, string])[] = [],
  ): void {
    transaction.respond(createResponse(transaction.request, status, { headers }));
  }

  protected commonHeaders(): [string, string][] {
    return [['User-Agent', this.ports.userAgent]];
  }
}

/** What we understand, for Allow. */
export const ALLOWED_METHODS = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE';

/** The body of a message, where it has one with a type. */
export function bodyOf(message: SipMessage): Body | undefined {
  if (message.body.length === 0 || message.contentType === undefined) return undefined;
  return { contentType: message.contentType, content: message.body };
}

/** A whole Warning value: code, agent, text. `text` is `305 "…"`. */
export function warning(text: string): string {
  const space = text.indexOf(' ');
  return `${text.slice(0, space)} sotto ${text.slice(space + 1)}`;
}
