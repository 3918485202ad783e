import type { Clock, Timer } from '../../base/clock.ts';
import { randomToken } from '../../base/random.ts';
import { readEvent } from '../message/event.ts';
import type { SipRequest } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import { bodyOf } from './bodies.ts';
import { answer, type EventPorts, type HeaderFields } from './dialog-sender.ts';
import type { NotifierPolicy } from './notifier-subscription.ts';
import { grantedExpires, isTooBrief } from './notifier-subscription.ts';
import type { Body } from './session-description-handler.ts';
import { expiresOf } from './subscription-dialog.ts';

/** What a compositor keeps for one package (RFC 3903 §6). */
export interface CompositorOptions extends Pick<NotifierPolicy, 'contentTypes' | 'expires'> {
  /** Package, such as `presence`. */
  readonly event: string;
  /** The resource that a request is about, by a name of the user's; `undefined` is answered 404. */
  readonly resource: (request: SipRequest) => string | undefined;
  /** What is published for a resource has changed. */
  readonly onChange: (resource: string) => void;
  /** Publications of one resource, and of all; more get 503. */
  readonly mostPerResource?: number;
  readonly most?: number;
}

interface Entity {
  readonly resource: string;
  readonly body: Body;
  readonly expiry: Timer;
}

/** When who met a limit may come again, seconds. */
const RETRY_AFTER_S = 60;

/** Keeps what others publish about resources until it expires (RFC 3903 §6). Who may publish is its user's business. */
export class EventStateCompositor {
  readonly event: string;
  readonly #ports: EventPorts;
  readonly #clock: Clock;
  readonly #options: CompositorOptions;
  /** By entity tag. */
  readonly #entities = new Map<string, Entity>();

  constructor(ports: EventPorts, options: CompositorOptions) {
    this.#ports = ports;
    this.#clock = ports.clock;
    this.#options = options;
    this.event = options.event;
  }

  /** What is published for a resource, oldest first. */
  state(resource: string): readonly Body[] {
    return [...this.#entities.values()].flatMap((entity) => (entity.resource === resource ? [entity.body] : []));
  }

  /** Takes a PUBLISH, in the order of RFC 3903 §6. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { contentTypes, expires } = this.#options;
    const resource = this.#options.resource(request);
    const matches = request.headers.getAll('SIP-If-Match');
    const tag = matches[0]?.trim();
    const known = tag === undefined ? undefined : this.#entities.get(tag);
    const asked = expiresOf(request);
    const body = bodyOf(request);
    if (resource === undefined) this.#answer(transaction, 404);
    else if (readEvent(request)?.name !== this.event) this.#answer(transaction, 489, [['Allow-Events', this.event]]);
    else if (matches.length > 1) this.#answer(transaction, 400);
    else if (tag !== undefined && known?.resource !== resource) this.#answer(transaction, 412);
    else if (isTooBrief(asked, { expires })) this.#answer(transaction, 423, [['Min-Expires', String(expires.least)]]);
    else if (known === undefined && body === undefined && asked !== 0) this.#answer(transaction, 400);
    else if (body !== undefined && !contentTypes.includes(request.contentType ?? ''))
      this.#answer(transaction, 415, [['Accept', contentTypes.join(', ')]]);
    else if (known === undefined && !this.#hasRoom(resource))
      this.#answer(transaction, 503, [['Retry-After', String(RETRY_AFTER_S)]]);
    else this.#store(transaction, resource, tag, grantedExpires(asked, { expires }), body ?? known?.body);
  }

  /** Forgets everything. */
  close(): void {
    for (const { expiry } of this.#entities.values()) expiry.cancel();
    this.#entities.clear();
  }

  #store(
    transaction: ServerTransaction,
    resource: string,
    old: string | undefined,
    expires: number,
    body: Body | undefined,
  ): void {
    const known = old === undefined ? undefined : this.#entities.get(old);
    known?.expiry.cancel();
    if (old !== undefined) this.#entities.delete(old);
    // RFC 3903 §6: each success has a new entity tag, a refresh included.
    const tag = randomToken(this.#ports.random, 16);
    if (expires > 0 && body !== undefined) {
      const expiry = this.#clock.after(expires * 1000, () => {
        this.#entities.delete(tag);
        this.#options.onChange(resource);
      });
      this.#entities.set(tag, { resource, body, expiry });
    }
    this.#answer(transaction, 200, [
      ['Expires', String(expires)],
      ['SIP-ETag', tag],
    ]);
    const isRefresh = known !== undefined && known.body === body && expires > 0;
    if (!isRefresh) this.#options.onChange(resource);
  }

  #hasRoom(resource: string): boolean {
    const { most = 10_000, mostPerResource = 20 } = this.#options;
    return this.#entities.size < most && this.state(resource).length < mostPerResource;
  }

  #answer(transaction: ServerTransaction, status: number, headers: HeaderFields = []): void {
    answer(this.#ports, transaction, status, headers);
  }
}
