import type { Clock } from '../../base/clock.ts';
import { randomToken, type Random } from '../../base/random.ts';
import type { Tracer } from '../../trace/tracer.ts';
import { DialogTable } from '../dialog/dialog-table.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { SipUri } from '../message/uri.ts';
import type { ServerTransaction, Transactions, TransactionUser } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { InviteClientSession, type InviteClientOptions } from './invite-client-session.ts';
import { InviteServerSession } from './invite-server-session.ts';
import { ALLOWED_METHODS, type InviteSession, type SessionPorts } from './invite-session.ts';
import type { SessionDescriptionHandler } from './session-description-handler.ts';
import { DEFAULT_TIMER_VALUES } from '../transaction/timers.ts';

export interface UserAgentOptions {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  /** User-Agent and Server header. */
  readonly userAgent: string;
  /** The Contact that reaches us on a flow. */
  readonly contact: (flow: Flow) => SipUri;
}

/** Who decides on what comes in from outside any dialog. */
export interface UserAgentUser {
  /** A new INVITE: answer it through `createServerSession`, or refuse it with `respond`. */
  onInvite(transaction: ServerTransaction): void;
  /** Any other request outside a dialog. `false` leaves it to the user agent: OPTIONS gets 200, the rest 405. */
  onRequest?(transaction: ServerTransaction): boolean;
}

/** How long a closing user agent waits for the answers to its BYEs. */
const FAREWELL_MS = 2000;

/**
 * The core above the transactions (RFC 3261 §8, §12.2): finds the session that a request, an ACK or a stray 2xx belongs
 * to, places and takes calls. A phone has one, and each profile of the switch.
 */
export class UserAgent implements TransactionUser {
  readonly #options: UserAgentOptions;
  readonly #ports: SessionPorts;
  readonly #sessions = new DialogTable<InviteSession>();
  /** Client sessions by Call-ID, for 2xx of forks whose dialog nobody knows yet. */
  readonly #clientSessions = new Map<string, InviteClientSession>();
  /** BYEs without an answer yet. */
  readonly #farewells = new Set<Promise<unknown>>();
  #user: UserAgentUser = { onInvite: (transaction) => { this.reply(transaction, 480); } }; // prettier-ignore

  constructor(options: UserAgentOptions) {
    this.#options = options;
    this.#ports = {
      ...options,
      adopt: (dialog, session) => this.#sessions.add(dialog.id, session),
      ended: (session) => {
        // A retransmitted 2xx may come for as long as its sender repeats it (RFC 3261 §13.3.1.4).
        options.clock.after(64 * DEFAULT_TIMER_VALUES.t1, () => this.#clientSessions.delete(session.callId));
      },
      farewell: (said) => {
        this.#farewells.add(said);
        void said.finally(() => this.#farewells.delete(said));
      },
    };
    options.transactions.setUser(this);
  }

  setUser(user: UserAgentUser): void {
    this.#user = user;
  }

  /** Sessions that have a dialog and are not over. */
  get sessions(): ReadonlySet<InviteSession> {
    return new Set(this.#sessions);
  }

  /** Makes a call; `start()` of the session sends it. */
  createClientSession(options: Omit<InviteClientOptions, 'ports'>): InviteClientSession {
    const session = new InviteClientSession({ ...options, ports: this.#ports });
    this.#clientSessions.set(session.callId, session);
    return session;
  }

  /** Takes the INVITE of `transaction` as a call. */
  createServerSession(transaction: ServerTransaction, handler: SessionDescriptionHandler): InviteServerSession {
    return new InviteServerSession({ ports: this.#ports, handler, transaction });
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.toTag !== undefined) {
      const session = this.#sessions.find(request);
      if (session === undefined) this.reply(transaction, 481);
      else session.receive(transaction);
      return;
    }
    const required = request.headers.get('Require');
    if (required !== undefined && request.method !== 'CANCEL') {
      // We require nothing that a peer could ask for yet (RFC 3261 §8.2.2.3).
      this.reply(transaction, 420, [['Unsupported', required]]);
      return;
    }
    if (request.method === 'INVITE') {
      // Without a Contact there would be no dialog to be in (RFC 3261 §12.1.1).
      if (request.contacts === '*' || request.contacts.length !== 1) this.reply(transaction, 400);
      else this.#user.onInvite(transaction);
      return;
    }
    if (this.#user.onRequest?.(transaction) === true) return;
    if (request.method === 'OPTIONS') {
      this.reply(transaction, 200, [
        ['Allow', ALLOWED_METHODS],
        ['Accept', 'application/sdp'],
      ]);
    } else if (request.method === 'BYE' || request.method === 'INFO' || request.method === 'UPDATE') {
      this.reply(transaction, 481);
    } else this.reply(transaction, 405, [['Allow', ALLOWED_METHODS]]);
  }

  onAck(ack: SipRequest): void {
    this.#sessions.find(ack)?.receiveAck(ack);
  }

  onStrayResponse(response: SipResponse, flow: Flow): void {
    if (response.cseq?.method !== 'INVITE') return;
    this.#clientSessions.get(response.callId)?.receiveStrayResponse(response, flow);
  }

  /** Hangs up whatever is there; resolves when the other ends know, or two seconds later. */
  async close(): Promise<void> {
    for (const session of this.sessions) session.hangUp();
    if (this.#farewells.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(FAREWELL_MS, resolve);
      void Promise.allSettled([...this.#farewells]).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Answers a request outside any dialog, with a To tag of its own. */
  reply(
    transaction: ServerTransaction,
    status: number,
    headers: readonly (readonly [name: string, value: string])[] = [],
  ): void {
    transaction.respond(
      createResponse(transaction.request, status, {
        toTag: randomToken(this.#options.random, 10),
        headers: [...headers, ['Server', this.#options.userAgent]],
      }),
    );
  }
}
