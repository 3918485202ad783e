import type { NotifierSubscription, NotifierPolicy } from './notifier-subscription.ts';

/** What a notifier serves under one name (RFC 6665 §5). */
export interface EventPackage extends NotifierPolicy {
  /** The package's name in Event, such as `message-summary`. */
  readonly name: string;
  /** A subscription that passed all checks: its `accept`, `pend` or `refuse` has to be called, at once or later. */
  onSubscribe(subscription: NotifierSubscription): void;
}
