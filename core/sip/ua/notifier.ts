import { formatSocketAddress } from '../../base/address.ts';
import { Dialog } from '../dialog/dialog.ts';
import { readEvent } from '../message/event.ts';
import { splitList } from '../message/lists.ts';
import type { SipRequest } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { DialogUsages } from './dialog-usages.ts';
import { answer, EventDialog, type EventPorts, type HeaderFields } from './dialog-sender.ts';
import type { EventPackage } from './event-package.ts';
import { grantedExpires, isTooBrief, NotifierSubscription } from './notifier-subscription.ts';
import { expiresOf } from './subscription-dialog.ts';

/** How many subscriptions may be alive: of all, and of one address. */
export interface NotifierLimits {
  readonly all: number;
  readonly perPeer: number;
}

const DEFAULT_LIMITS: NotifierLimits = { all: 10_000, perPeer: 200 };

/** When who met a limit may come again, seconds. */
const RETRY_AFTER_S = 60;

/** Takes SUBSCRIBEs for the packages that it serves (RFC 6665 §4.2.1). */
export class Notifier {
  readonly #ports: EventPorts;
  readonly #usages: DialogUsages;
  readonly #limits: NotifierLimits;
  readonly #packages = new Map<string, EventPackage>();
  readonly #subscriptions = new Map<NotifierSubscription, string>();
  #onEmpty: () => void = () => undefined;

  constructor(ports: EventPorts, usages: DialogUsages, limits: NotifierLimits = DEFAULT_LIMITS) {
    this.#ports = ports;
    this.#usages = usages;
    this.#limits = limits;
  }

  /** Serves a package from now on, in place of one with the same name. */
  serve(eventPackage: EventPackage): void {
    this.#packages.set(eventPackage.name, eventPackage);
  }

  /** Allow-Events (RFC 6665 §8.2.2); nothing where nothing is served. */
  get allowEvents(): HeaderFields {
    return this.#packages.size === 0 ? [] : [['Allow-Events', [...this.#packages.keys()].join(', ')]];
  }

  /** A SUBSCRIBE outside any dialog: refused with what is wrong, or given to its package. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const event = readEvent(request);
    const served = event === undefined ? undefined : this.#packages.get(event.name);
    if (event === undefined || served === undefined) {
      // RFC 6665 §4.2.1.1: without an Event that we know nothing can be told.
      answer(this.#ports, transaction, 489, this.allowEvents);
      return;
    }
    const asked = expiresOf(request);
    const contentType = bestType(request, served.contentTypes);
    if (request.contacts === '*' || request.contacts.length !== 1) answer(this.#ports, transaction, 400);
    else if (contentType === undefined)
      answer(this.#ports, transaction, 406, [['Accept', served.contentTypes.join(', ')]]);
    else if (isTooBrief(asked, served))
      answer(this.#ports, transaction, 423, [['Min-Expires', String(served.expires.least)]]);
    else if (!this.#hasRoom(transaction))
      answer(this.#ports, transaction, 503, [['Retry-After', String(RETRY_AFTER_S)]]);
    else {
      let release = (): void => undefined;
      const subscription: NotifierSubscription = new NotifierSubscription({
        ports: this.#ports,
        policy: served,
        transaction,
        event,
        contentType,
        expires: grantedExpires(asked, served),
        open: (response) => {
          const dialog = Dialog.fromRequest(request, response);
          if (!dialog.ok) return undefined;
          const sender = new EventDialog(this.#ports, dialog.value, transaction.flow);
          release = this.#usages.add(subscription);
          return { sender, receive: (refresh) => sender.receive(refresh) };
        },
        onEnded: () => {
          release();
          this.#subscriptions.delete(subscription);
          if (this.#subscriptions.size === 0) this.#onEmpty();
        },
      });
      this.#subscriptions.set(subscription, formatPeer(transaction));
      served.onSubscribe(subscription);
    }
  }

  /** Tells every subscriber that it is over for now; resolves when all know, or are taken to be gone. */
  close(): Promise<void> {
    if (this.#subscriptions.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      for (const subscription of this.#subscriptions.keys()) {
        if (subscription.state === 'resp_wait') subscription.refuse(503);
        else subscription.terminate('probation', RETRY_AFTER_S);
      }
    });
  }

  /** RFC 6665 §6.4: nobody may fill our memory, or make us fill somebody else's line. */
  #hasRoom(transaction: ServerTransaction): boolean {
    if (this.#subscriptions.size >= this.#limits.all) return false;
    const peer = formatPeer(transaction);
    let count = 0;
    for (const other of this.#subscriptions.values()) if (other === peer) count++;
    return count < this.#limits.perPeer;
  }
}

/** One address, whatever port: a peer that opens another connection is still the same. */
function formatPeer({ flow }: ServerTransaction): string {
  return formatSocketAddress({ ...flow.remote, port: 0 });
}

/** The first of our types that the request takes (RFC 3261 §20.1); where it says nothing, the first. */
function bestType({ headers }: SipRequest, types: readonly string[]): string | undefined {
  const ranges = headers
    .getAll('Accept')
    .flatMap((value) => splitList(value))
    .map((range) => range.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  if (!headers.has('Accept')) return types[0];
  return types.find((type) => ranges.some((range) => range === type || range === '*/*' || range === anyOf(type)));
}

function anyOf(type: string): string {
  return `${type.split('/', 1)[0] ?? ''}/*`;
}
