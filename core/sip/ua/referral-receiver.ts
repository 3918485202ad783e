import { randomToken } from '../../base/random.ts';
import { readReferTo } from '../message/refer-to.ts';
import { formatUri, isSipUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { CallTable } from './call-table.ts';
import type { DialogUsages } from './dialog-usages.ts';
import { answer, type EventPorts } from './dialog-sender.ts';
import type { EventPackage } from './event-package.ts';
import { IncomingReferral, REFER_POLICY } from './incoming-referral.ts';
import type { InviteSession } from './invite-session.ts';
import { readTargetDialog } from './target-dialog.ts';

/** Checks REFERs, and gives those that are in order to the user (RFC 3515 §2.4.2). */
export class ReferralReceiver {
  /** Takes the subscriptions that follow a REFER from outside its dialog (RFC 7614 §5). */
  readonly eventPackage: EventPackage;
  readonly #ports: EventPorts;
  readonly #usages: DialogUsages;
  readonly #calls: CallTable;
  readonly #referred = new WeakSet<InviteSession>();
  /** By the user part of Refer-Events-At, which nobody can guess. */
  readonly #followed = new Map<string, IncomingReferral>();

  constructor(ports: EventPorts, usages: DialogUsages, calls: CallTable) {
    this.#ports = ports;
    this.#usages = usages;
    this.#calls = calls;
    this.eventPackage = {
      ...REFER_POLICY,
      name: 'refer',
      onSubscribe: (subscription) => {
        const { uri } = subscription.request;
        const referral = isSipUri(uri) ? this.#followed.get(uri.user ?? '') : undefined;
        if (referral === undefined) subscription.refuse(403);
        else referral.admit(subscription);
      },
    };
  }

  /** A REFER, in the dialog of a call or outside any: refused with what is wrong, else the referral that its user decides on. */
  receive(transaction: ServerTransaction, within?: InviteSession): IncomingReferral | undefined {
    const { request } = transaction;
    const referTo = readReferTo(request);
    const target = readTargetDialog(request);
    if (!referTo.ok || request.contacts === '*' || request.contacts.length !== 1) {
      answer(this.#ports, transaction, 400);
      return undefined;
    }
    // What else an address may start on a machine is none of a telephone's business.
    if (referTo.value.uri.scheme === 'other') {
      answer(this.#ports, transaction, 416);
      return undefined;
    }
    const isFirst = within === undefined || !this.#referred.has(within);
    if (within !== undefined) this.#referred.add(within);
    return new IncomingReferral({
      ports: this.#ports,
      usages: this.#usages,
      transaction,
      referTo: referTo.value,
      within,
      session: within ?? (target === undefined ? undefined : this.#calls.get(target)),
      isFirst,
      follow: (referral) => {
        const user = randomToken(this.#ports.random, 22);
        this.#followed.set(user, referral);
        return {
          uri: formatUri({ ...this.#ports.contact(transaction.flow), user }),
          forget: () => this.#followed.delete(user),
        };
      },
    });
  }
}
