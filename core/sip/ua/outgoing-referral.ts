import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken } from '../../base/random.ts';
import { ok, type Result } from '../../base/result.ts';
import { formatDialogReference } from '../message/dialog-reference.ts';
import { eventType, readEvent, type EventType } from '../message/event.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress, parseNameAddress } from '../message/name-address.ts';
import { formatReferTo } from '../message/refer-to.ts';
import { isSipUri, type Uri } from '../message/uri.ts';
import type { UriHeaders } from '../message/uri-headers.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import type { DialogUsage, DialogUsages } from './dialog-usages.ts';
import {
  answer,
  contactHeaders,
  sendRequest,
  sessionSender,
  type EventPorts,
  type HeaderFields,
} from './dialog-sender.ts';
import { readSipfrag, SIPFRAG_TYPE } from './event-package/sipfrag.ts';
import type { InviteSession } from './invite-session.ts';
import { createOutOfDialog, type RequestTarget } from './out-of-dialog-request.ts';
import { statusDiagnosis } from './status-diagnosis.ts';
import { Subscription } from './subscription.ts';
import type { Party } from './subscription-dialog.ts';
import { SubscriberUsage, type Notification } from './subscriber-usage.ts';

/** What became of a REFER. */
export interface ReferralEnd {
  /**
   * `succeeded` and `failed`: what the referred request came to. `refused`: the REFER itself was. `unknown`: accepted, and
   * nobody said what came of it.
   */
  readonly outcome: 'succeeded' | 'failed' | 'refused' | 'unknown';
  /** Of the referred request, or the refusal of the REFER. */
  readonly status: number | undefined;
  readonly diagnosis: Diagnosis | undefined;
}

/** Who is told how a REFER goes. */
export interface ReferralUser {
  /** The other side will try. */
  onAccepted?(): void;
  /** 1xx of the referred request. */
  onProgress?(status: number, reason: string): void;
  /** Comes once, last. */
  onEnded(end: ReferralEnd): void;
}

/** What the other side shall do, and what we want to hear of it. */
export interface ReferralOptions {
  /** Within a call, or to somebody outside any dialog. */
  readonly within: InviteSession | RequestTarget;
  /** The new target. */
  readonly to: Party;
  /** The call at the new target whose place the new one takes (RFC 3891): an attended transfer. */
  readonly replaces?: InviteSession | undefined;
  /** INVITE where absent. */
  readonly method?: string;
  /** Referred-By (RFC 3892). */
  readonly referredBy?: Party | undefined;
  /**
   * How we hear of it: by the subscription that comes with a REFER (RFC 3515); not at all, where the other side can do without
   * (RFC 4488) or must (`never`, RFC 7614); by one of our own (`explicit`, RFC 7614).
   */
  readonly progress?: 'implicit' | 'unneeded' | 'never' | 'explicit';
  /** The call that a REFER outside any dialog is about (RFC 4538). */
  readonly targetDialog?: InviteSession | undefined;
  readonly user: ReferralUser;
}

/** How long an explicit subscription is asked for, seconds. */
const EXPLICIT_EXPIRES_S = 180;

/** A REFER of ours (RFC 3515 §2.4.1), and what we hear of it. */
export class OutgoingReferral implements DialogUsage {
  readonly callId: string;
  readonly #ports: EventPorts;
  readonly #usages: DialogUsages;
  readonly #options: ReferralOptions;
  readonly #localTag: string;
  readonly #usage: SubscriberUsage;
  readonly #send: () => Promise<Result<SipResponse, Diagnosis>>;
  readonly #flow: Flow;
  #release: () => void;
  #remoteTag: string | undefined;
  /** CSeq of the REFER, once it is known: the id of its event (RFC 3515 §2.4.6). */
  #sequence: number | undefined;
  /** CSeq of the last NOTIFY. */
  #lastNotify: number | undefined;
  #explicit: Subscription | undefined;
  #isOver = false;

  constructor(ports: EventPorts, usages: DialogUsages, options: ReferralOptions) {
    const { within } = options;
    this.#ports = ports;
    this.#usages = usages;
    this.#options = options;
    this.#flow = within.flow;
    const headers = this.#headers();
    if ('target' in within) {
      const identity = { callId: randomToken(ports.random, 22), fromTag: randomToken(ports.random, 10), sequence: 1 };
      this.callId = identity.callId;
      this.#localTag = identity.fromTag;
      const request = createOutOfDialog(ports, within, { method: 'REFER', headers, contact: true }, identity);
      this.#send = () => sendRequest(ports, request, within.flow, within.digest);
    } else {
      const sender = sessionSender(ports, within);
      if (sender === undefined) throw new Error('REFER needs a dialog');
      this.callId = sender.id.callId;
      this.#localTag = sender.id.localTag;
      this.#remoteTag = sender.id.remoteTag;
      this.#send = () => sender.send('REFER', { headers });
    }
    this.#usage = new SubscriberUsage({
      clock: ports.clock,
      onNotify: (notification) => {
        this.#notified(notification);
      },
      onEnded: ({ diagnosis }) => {
        this.#release();
        this.#end({ outcome: 'unknown', status: undefined, diagnosis });
      },
    });
    this.#release = usages.add(this);
    void this.#refer();
  }

  /** Wants to hear no more: the next NOTIFY is refused, which ends the subscription (RFC 3515 §2.4.4). */
  stop(): void {
    this.#usage.abandon();
    this.#release();
    void this.#explicit?.stop();
    this.#isOver = true;
  }

  matches(request: SipRequest): boolean {
    const event = readEvent(request);
    return (
      request.method === 'NOTIFY' &&
      request.toTag === this.#localTag &&
      (this.#remoteTag === undefined || this.#remoteTag === request.fromTag) &&
      event?.name === 'refer' &&
      (event.id === undefined || this.#sequence === undefined || event.id === String(this.#sequence))
    );
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const sequence = request.cseq?.sequence ?? 0;
    const isOld = this.#lastNotify !== undefined && sequence <= this.#lastNotify;
    const refusal = this.#usage.refusalOf(request) ?? (isOld ? 500 : undefined);
    if (refusal !== undefined) {
      answer(this.#ports, transaction, refusal);
      return;
    }
    this.#lastNotify = sequence;
    this.#remoteTag ??= request.fromTag;
    answer(this.#ports, transaction, 200, contactHeaders(this.#ports, transaction.flow));
    this.#usage.take(request, readEvent(request) ?? REFER);
  }

  async #refer(): Promise<void> {
    const { progress = 'implicit', user } = this.#options;
    if (progress === 'implicit' || progress === 'unneeded') this.#usage.awaitNotify();
    const answered = await this.#send();
    if (this.#isOver) return;
    if (!answered.ok) {
      this.#drop({ outcome: 'refused', status: undefined, diagnosis: answered.error });
      return;
    }
    const response = answered.value;
    this.#sequence = response.cseq?.sequence;
    if (response.status >= 300) {
      this.#drop({ outcome: 'refused', status: response.status, diagnosis: statusDiagnosis(response) });
      return;
    }
    user.onAccepted?.();
    const eventsAt = referEventsAt(response);
    if (progress === 'explicit' && eventsAt !== undefined) this.#subscribe(eventsAt);
    else if (isWithoutSubscription(response) || progress === 'never' || progress === 'explicit')
      this.#drop({ outcome: 'unknown', status: undefined, diagnosis: undefined });
  }

  /** The subscription that RFC 7614 §4 leaves to us. */
  #subscribe(target: Uri): void {
    const { within } = this.#options;
    const from = 'target' in within ? within.from : { uri: this.#ports.contact(this.#flow) };
    this.#release();
    this.#explicit = new Subscription(this.#ports, this.#usages, {
      event: REFER,
      accept: [SIPFRAG_TYPE],
      target,
      from,
      digest: 'target' in within ? within.digest : undefined,
      expires: EXPLICIT_EXPIRES_S,
      connect: () => Promise.resolve(ok(this.#flow)),
      onNotify: (notification) => {
        this.#notified(notification);
      },
      onChange: ({ phase, diagnosis }) => {
        if (phase === 'ended' || phase === 'waiting') this.#drop({ outcome: 'unknown', status: undefined, diagnosis });
      },
    });
    this.#explicit.start();
  }

  #notified({ body }: Notification): void {
    const status = body === undefined ? undefined : readSipfrag(body);
    if (status === undefined || this.#isOver) return;
    if (status.status < 200) this.#options.user.onProgress?.(status.status, status.reason);
    // The subscription may go on until its NOTIFY says so; what we wanted to know is known.
    else
      this.#end({
        outcome: status.status < 300 ? 'succeeded' : 'failed',
        status: status.status,
        diagnosis: undefined,
      });
  }

  /** Ends it together with the subscription. */
  #drop(end: ReferralEnd): void {
    this.#usage.abandon();
    this.#release();
    void this.#explicit?.stop();
    this.#end(end);
  }

  #end(end: ReferralEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.user.onEnded(end);
  }

  #headers(): HeaderFields {
    const { to, method = 'INVITE', referredBy, progress = 'implicit', targetDialog, replaces } = this.#options;
    const replaced: UriHeaders =
      replaces?.dialog === undefined ? [] : [['Replaces', replacesValue(replaces.dialog.id)]];
    const target = targetDialog?.dialog?.id;
    const fields: (readonly [string, string])[] = [['Refer-To', formatReferTo({ ...to, method, headers: replaced })]];
    if (referredBy !== undefined) fields.push(['Referred-By', formatNameAddress(referredBy)]);
    if (progress === 'unneeded') fields.push(['Refer-Sub', 'false'], ['Supported', 'norefersub']);
    if (progress === 'never') fields.push(['Require', 'nosub']);
    if (progress === 'explicit') fields.push(['Require', 'explicitsub']);
    if (target !== undefined) {
      fields.push(
        ['Target-Dialog', `${target.callId};local-tag=${target.localTag};remote-tag=${target.remoteTag ?? '0'}`],
        ['Require', 'tdialog'],
      );
    }
    return fields;
  }
}

const REFER: EventType = eventType('refer');

/** A dialog of ours as the other end of it has to name it (RFC 3891 §4). */
function replacesValue(id: {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag?: string | undefined;
}): string {
  return formatDialogReference({
    callId: id.callId,
    toTag: id.remoteTag ?? '0',
    fromTag: id.localTag,
    earlyOnly: false,
  });
}

/** The other side takes the REFER and makes no subscription (RFC 4488 §4). */
function isWithoutSubscription(response: SipResponse): boolean {
  return response.headers.get('Refer-Sub')?.trim().toLowerCase() === 'false';
}

/** Where a subscription of our own is taken (RFC 7614 §5). */
function referEventsAt({ headers }: SipResponse): Uri | undefined {
  const address = parseNameAddress(headers.get('Refer-Events-At') ?? '');
  return address.ok && isSipUri(address.value.uri) ? address.value.uri : undefined;
}
