import { eventType } from '../sip/message/event.ts';
import { isSipUri, parseUri } from '../sip/message/uri.ts';
import { MESSAGE_SUMMARY_TYPE, readMessageSummary } from '../sip/ua/event-package/message-summary.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Body } from '../sip/ua/session-description-handler.ts';
import type { Subscription } from '../sip/ua/subscription.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import type { Account } from './account.ts';

/** What waits in the mailbox of an account. */
export interface MailboxState {
  readonly fresh: number;
  readonly old: number;
  /** What to dial to hear it. */
  readonly listen: string;
}

/** Seconds asked for. */
const EXPIRES_S = 3600;

/** FreeSWITCH's number for the mailbox, and ours. */
const USUAL_NUMBER = '*98';

/**
 * Asks the server what waits in the mailbox of an account, and hears of every change (RFC 3842). A server that knows nothing
 * of mailboxes leaves the lamp dark, and nobody is bothered with it.
 */
export class MailboxLamp {
  readonly #account: Account;
  readonly #agent: UserAgent;
  readonly #onChange: () => void;
  #subscription: Subscription | undefined;
  #state: MailboxState | undefined;

  constructor(account: Account, agent: UserAgent, onChange: () => void) {
    this.#account = account;
    this.#agent = agent;
    this.#onChange = onChange;
  }

  /** `undefined` where nothing is known. */
  get state(): MailboxState | undefined {
    return this.#state;
  }

  /** The account is registered: from now on, until the end. */
  start(): void {
    const { options, digest, route } = this.#account;
    this.#subscription ??= this.#agent.subscribe({
      event: eventType('message-summary'),
      accept: [MESSAGE_SUMMARY_TYPE],
      target: options.address,
      from: { uri: options.address },
      digest,
      headers: route,
      expires: EXPIRES_S,
      connect: () => this.#account.connect(),
      onNotify: ({ body }) => {
        if (body !== undefined) this.#show(body);
      },
    });
  }

  /**
   * A NOTIFY that nobody subscribed to, as Asterisk and FreeSWITCH send them to whoever is registered; only the server may, on
   * the connection of the registration. `false` where it is none.
   */
  takeUnsolicited({ request, flow }: Pick<ServerTransaction, 'request' | 'flow'>): boolean {
    const isSummary = request.method === 'NOTIFY' && request.headers.get('Event')?.trim().toLowerCase() === 'message-summary'; // prettier-ignore
    if (!isSummary || !this.#account.registration.view.flows.includes(flow)) return false;
    return this.#show({ contentType: request.contentType ?? '', content: request.body });
  }

  #show(body: Body): boolean {
    const summary = readMessageSummary(body);
    if (summary === undefined) return false;
    const voice = summary.counts.get('voice-message');
    // A server may say that something waits, and not how much.
    const fresh = voice?.fresh ?? (summary.waiting ? 1 : 0);
    this.#state = { fresh, old: voice?.old ?? 0, listen: this.#numberOf(summary.account) };
    this.#onChange();
    return true;
  }

  stop(): void {
    void this.#subscription?.stop();
    this.#subscription = undefined;
    this.#state = undefined;
  }

  /** Some servers name the number of the mailbox, others only the user again. */
  #numberOf(account: string | undefined): string {
    const uri = parseUri(account ?? '');
    const user = uri.ok && isSipUri(uri.value) ? uri.value.user : undefined;
    return user === undefined || user === this.#account.options.address.user ? USUAL_NUMBER : user;
  }
}
