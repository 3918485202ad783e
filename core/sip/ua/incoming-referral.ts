import { Dialog } from '../dialog/dialog.ts';
import { parseDialogReference, type DialogReference } from '../message/dialog-reference.ts';
import { eventType } from '../message/event.ts';
import type { NameAddress } from '../message/header-values.ts';
import type { SipRequest } from '../message/message.ts';
import type { ReferTo } from '../message/refer-to.ts';
import { readReferredBy } from '../message/referred-by.ts';
import { reasonPhrase } from '../message/reason-phrases.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import { optionTags } from './capabilities.ts';
import type { DialogUsages } from './dialog-usages.ts';
import { answer, EventDialog, sessionSender, type EventPorts, type HeaderFields } from './dialog-sender.ts';
import { SIPFRAG_TYPE, sipfrag } from './event-package/sipfrag.ts';
import type { InviteSession } from './invite-session.ts';
import { NotifierSubscription, type NotifierPolicy, type OpenedDialog } from './notifier-subscription.ts';

/** How a referred call is followed: longer than it may ring. Seconds. */
export const REFER_POLICY: NotifierPolicy = {
  contentTypes: [SIPFRAG_TYPE],
  expires: { usual: 240, least: 0, most: 600 },
  intervalMs: 0,
};

/** How long the outcome can be asked for after the end by whom follows it with a subscription of its own. */
const KEPT_MS = 32_000;

/** A REFER that came in (RFC 3515 §2.4.2). Its user accepts or refuses it, and reports what comes of it. */
export class IncomingReferral {
  readonly referTo: ReferTo;
  readonly referredBy: NameAddress | undefined;
  /** The call at the new target whose place the new one is to take. */
  readonly replaces: DialogReference | undefined;
  /** The call that it came in, or is about (RFC 4538). */
  readonly session: InviteSession | undefined;
  readonly request: SipRequest;
  readonly #ports: EventPorts;
  readonly #transaction: ServerTransaction;
  readonly #within: InviteSession | undefined;
  readonly #usages: DialogUsages;
  readonly #follow: (referral: IncomingReferral) => { readonly uri: string; readonly forget: () => void };
  readonly #id: string | undefined;
  readonly #followers = new Set<NotifierSubscription>();
  #status: { readonly status: number; readonly reason: string } = { status: 100, reason: reasonPhrase(100) };
  #isAnswered = false;
  #isFinal = false;
  #forget: () => void = () => undefined;

  constructor(options: {
    readonly ports: EventPorts;
    readonly usages: DialogUsages;
    readonly transaction: ServerTransaction;
    readonly referTo: ReferTo;
    /** The call in whose dialog it came. */
    readonly within: InviteSession | undefined;
    readonly session: InviteSession | undefined;
    /** Whether another REFER came in this dialog before, so that events need an id (RFC 3515 §2.4.6). */
    readonly isFirst: boolean;
    /** Gives the URI where subscriptions to the outcome are taken (RFC 7614 §5). */
    readonly follow: (referral: IncomingReferral) => { readonly uri: string; readonly forget: () => void };
  }) {
    this.#ports = options.ports;
    this.#usages = options.usages;
    this.#transaction = options.transaction;
    this.#within = options.within;
    this.#follow = options.follow;
    this.request = options.transaction.request;
    this.referTo = options.referTo;
    this.session = options.session;
    this.referredBy = readReferredBy(this.request);
    this.#id = options.isFirst ? undefined : String(this.request.cseq?.sequence ?? 0);
    const replaces = this.#header('replaces');
    const dialog = replaces === undefined ? undefined : parseDialogReference(replaces);
    this.replaces = dialog?.ok === true ? dialog.value : undefined;
  }

  /**
   * What the new request takes over: Replaces from the Refer-To (RFC 3891 §4), Referred-By from the REFER (RFC 3892 §2.2). No
   * other header of the Refer-To is followed (RFC 3261 §19.1.5).
   */
  get headers(): HeaderFields {
    const referredBy = this.request.headers.get('Referred-By');
    const replaces = this.replaces === undefined ? undefined : this.#header('replaces');
    return [
      ...(replaces === undefined
        ? []
        : ([
            ['Replaces', replaces],
            ['Require', 'replaces'],
          ] as const)),
      ...(referredBy === undefined ? [] : ([['Referred-By', referredBy]] as const)),
    ];
  }

  /** Takes the REFER: 202, and NOTIFY with 100 where the sender wants to follow it (RFC 3515 §2.4.2, RFC 4488, RFC 7614). */
  accept(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const required = optionTags(this.request, 'Require');
    if (required.includes('explicitsub')) {
      const { uri, forget } = this.#follow(this);
      this.#forget = forget;
      answer(this.#ports, this.#transaction, 200, [['Refer-Events-At', `<${uri}>`]]);
    } else if (required.includes('nosub')) {
      answer(this.#ports, this.#transaction, 200);
    } else if (this.request.headers.get('Refer-Sub')?.trim().toLowerCase() === 'false') {
      answer(this.#ports, this.#transaction, 202, [['Refer-Sub', 'false']]);
    } else this.#subscribe();
  }

  /** Refuses the REFER: 603 where nobody wants it. */
  refuse(status = 603, headers: HeaderFields = []): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    answer(this.#ports, this.#transaction, status, headers);
  }

  /** Tells what the referred request came to: 1xx as it goes on, one final status (RFC 3515 §2.4.5). */
  report(status: number, reason: string = reasonPhrase(status)): void {
    if (!this.#isAnswered || this.#isFinal) return;
    this.#status = { status, reason };
    this.#isFinal = status >= 200;
    if (this.#isFinal) this.#ports.clock.after(KEPT_MS, this.#forget);
    for (const follower of this.#followers) {
      if (this.#isFinal) follower.terminate('noresource');
      else follower.notify();
    }
  }

  /** Lets a subscription to the outcome follow it (RFC 7614 §5). */
  admit(subscription: NotifierSubscription): void {
    this.#followers.add(subscription);
    subscription.onEnded(() => this.#followers.delete(subscription));
    subscription.accept(() => sipfrag(this.#status.status, this.#status.reason));
    if (this.#isFinal) subscription.terminate('noresource');
  }

  /** The subscription that comes with the REFER. */
  #subscribe(): void {
    let release = (): void => undefined;
    const subscription: NotifierSubscription = new NotifierSubscription({
      ports: this.#ports,
      policy: REFER_POLICY,
      transaction: this.#transaction,
      event: eventType('refer', this.#id),
      contentType: SIPFRAG_TYPE,
      expires: REFER_POLICY.expires.usual,
      open: (response) => {
        const opened = this.#open(response);
        if (opened !== undefined) release = this.#usages.add(subscription);
        return opened;
      },
      onEnded: () => {
        release();
      },
    });
    this.#followers.add(subscription);
    subscription.onEnded(() => this.#followers.delete(subscription));
    subscription.accept(() => sipfrag(this.#status.status, this.#status.reason), 202);
  }

  #open(response: Parameters<typeof Dialog.fromRequest>[1]): OpenedDialog | undefined {
    if (this.#within === undefined) {
      const dialog = Dialog.fromRequest(this.request, response);
      if (!dialog.ok) return undefined;
      const sender = new EventDialog(this.#ports, dialog.value, this.#transaction.flow);
      return { sender, receive: (transaction) => sender.receive(transaction) };
    }
    const sender = sessionSender(this.#ports, this.#within);
    let last = this.request.cseq?.sequence ?? 0;
    return (
      sender && {
        sender,
        receive: ({ request }) => {
          const sequence = request.cseq?.sequence ?? 0;
          if (sequence <= last) return 500;
          last = sequence;
          return undefined;
        },
      }
    );
  }

  #header(wanted: string): string | undefined {
    return this.referTo.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  }
}
