import { formatUri, isSipUri } from '../sip/message/uri.ts';
import type { EventPackage } from '../sip/ua/event-package.ts';
import { MESSAGE_SUMMARY_TYPE, messageSummary } from '../sip/ua/event-package/message-summary.ts';
import type { NotifierSubscription } from '../sip/ua/notifier-subscription.ts';
import type { MailboxCount, Voicemail } from './applications/voicemail.ts';
import type { Directory } from './directory.ts';

/** The lamps of the mailboxes (RFC 3842): each phone that subscribes to its user's hears of every change. */
export class MessageWaiting {
  readonly #directory: Directory;
  readonly #voicemail: Voicemail;
  readonly #subscriptions = new Map<string, Set<NotifierSubscription>>();
  readonly #counts = new Map<string, MailboxCount>();

  constructor(directory: Directory, voicemail: Voicemail) {
    this.#directory = directory;
    this.#voicemail = voicemail;
  }

  /** What the profiles serve. */
  readonly eventPackage: EventPackage = {
    name: 'message-summary',
    contentTypes: [MESSAGE_SUMMARY_TYPE],
    expires: { usual: 3600, least: 60, most: 86_400 },
    intervalMs: 1000,
    onSubscribe: (subscription) => void this.#subscribe(subscription),
  };

  /** Messages of a user came or went. */
  changed(user: string, count: MailboxCount): void {
    this.#counts.set(user, count);
    for (const subscription of this.#subscriptions.get(user) ?? []) subscription.notify();
  }

  async #subscribe(subscription: NotifierSubscription): Promise<void> {
    const { from, uri } = subscription.request;
    const user = isSipUri(uri) ? uri.user : undefined;
    // A mailbox is its user's business alone (RFC 3842 §5.1); that it is the user, the profile has made sure.
    if (user === undefined || from === undefined || !isSipUri(from.uri) || from.uri.user !== user) {
      subscription.refuse(403);
      return;
    }
    if (!this.#voicemail.has(user)) {
      subscription.refuse(404);
      return;
    }
    this.#counts.set(user, await this.#voicemail.count(user));
    const subscriptions = this.#subscriptions.get(user) ?? new Set();
    this.#subscriptions.set(user, subscriptions.add(subscription));
    subscription.onEnded(() => subscriptions.delete(subscription));
    subscription.accept(() => {
      const { fresh, heard } = this.#counts.get(user) ?? { fresh: 0, heard: 0 };
      const voice = { fresh, old: heard, urgentFresh: 0, urgentOld: 0 };
      const account = formatUri(this.#directory.uriOf(user));
      return messageSummary({ waiting: fresh > 0, account, counts: new Map([['voice-message', voice]]) });
    });
  }
}
