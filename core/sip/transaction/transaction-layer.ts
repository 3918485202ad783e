import type { Clock } from '../../base/clock.ts';
import { randomToken, type Random } from '../../base/random.ts';
import type { Tracer } from '../../trace/tracer.ts';
import { createResponse } from '../message/factory.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transports } from '../transport/transports.ts';
import type { RunningClientTransaction } from './client-transaction.ts';
import { withVia, type SentBy } from './derived-requests.ts';
import { InviteClientTransaction } from './invite-client-transaction.ts';
import { InviteServerTransaction } from './invite-server-transaction.ts';
import { NonInviteClientTransaction } from './non-invite-client-transaction.ts';
import { NonInviteServerTransaction } from './non-invite-server-transaction.ts';
import { ServerTransactionTable } from './server-transaction-table.ts';
import type { RunningServerTransaction } from './server-transaction.ts';
import { DEFAULT_TIMER_VALUES, type TimerValues } from './timers.ts';
import { clientKey } from './transaction-keys.ts';
import type { ClientTransaction, ClientTransactionUser, Transactions, TransactionUser } from './transaction-user.ts';

/** What the layer is made with. */
export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly responseFlow: Transports['responseFlow'];
  readonly timerValues?: TimerValues;
  /** What Via says as sent-by on a flow, where that is not the flow's own local address. */
  readonly sentBy?: (flow: Flow) => SentBy;
  /** Server transactions alive at once; each further request gets 503 without one (4096 by default). */
  readonly maxServerTransactions?: number;
}

const MAX_SERVER_TRANSACTIONS = 4096;
/** When a client that met the limit may come again, seconds. */
const RETRY_AFTER_S = 5;

/** The transaction layer (RFC 3261 §17): four machines, and the rules by which a message finds its own. */
export class TransactionLayer implements Transactions {
  readonly #options: TransactionLayerOptions;
  readonly #timerValues: TimerValues;
  readonly #sentBy: (flow: Flow) => SentBy;
  readonly #maxServers: number;
  readonly #clients = new Map<string, RunningClientTransaction>();
  readonly #servers = new ServerTransactionTable();
  /** The To tag of stateless responses: a retransmission must get the same again (§8.2.7). */
  readonly #statelessTag: string;
  #user: TransactionUser | undefined;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.#timerValues = options.timerValues ?? DEFAULT_TIMER_VALUES;
    this.#sentBy = options.sentBy ?? (({ local }) => ({ host: local.address, port: local.port }));
    this.#maxServers = options.maxServerTransactions ?? MAX_SERVER_TRANSACTIONS;
    this.#statelessTag = randomToken(options.random, 10);
  }

  /** How many transactions are alive. */
  get size(): { readonly client: number; readonly server: number } {
    return { client: this.#clients.size, server: this.#servers.size };
  }

  setUser(user: TransactionUser): void {
    this.#user = user;
  }

  request(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    return this.#start(withVia(request, flow, this.#sentBy(flow), this.#options.random), flow, user);
  }

  acknowledge(ack: SipRequest, flow: Flow): SipRequest {
    const sent = withVia(ack, flow, this.#sentBy(flow), this.#options.random);
    flow.send(sent);
    return sent;
  }

  receive(message: SipMessage, flow: Flow): void {
    if (message.kind === 'response') this.#receiveResponse(message, flow);
    else this.#receiveRequest(message, flow);
  }

  close(): void {
    this.#user = undefined;
    for (const transaction of [...this.#clients.values()]) transaction.abandon();
    for (const transaction of this.#servers.all()) transaction.abandon();
  }

  #start(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    const { clock, tracer } = this.#options;
    const key = clientKey(request) ?? '';
    const common = {
      clock,
      tracer,
      timerValues: this.#timerValues,
      request,
      flow,
      user,
      onTerminated: (): void => void this.#clients.delete(key),
    };
    const transaction =
      request.method === 'INVITE'
        ? new InviteClientTransaction({
            ...common,
            sendCancel: (cancel) => void this.#start(cancel, flow, IGNORE),
            onStrayResponse: (response, from) => this.#user?.onStrayResponse(response, from),
          })
        : new NonInviteClientTransaction(common);
    this.#clients.set(key, transaction);
    transaction.begin();
    return transaction;
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    if (response.vias.length !== 1) {
      this.#drop(response, flow, '§8.1.3.3: a response with more or less than one Via is not for us');
      return;
    }
    const transaction = this.#clients.get(clientKey(response) ?? '');
    if (transaction !== undefined) transaction.receive(response, flow);
    else if (response.cseq?.method === 'INVITE' && response.status >= 200 && response.status < 300) {
      this.#user?.onStrayResponse(response, flow);
    } else this.#drop(response, flow, '§17.1.3: no client transaction waits for this response');
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    if (request.via === undefined) {
      this.#drop(request, flow, '§8.2.6.2: without Via there is no way to answer');
      return;
    }
    const existing = this.#servers.find(request);
    if (existing !== undefined) existing.receive(request);
    else if (request.method === 'ACK') {
      if (isComplete(request)) this.#user?.onAck(request, flow);
      else this.#drop(request, flow, '§8.1.1: the ACK lacks a header field, and nothing answers an ACK');
    } else if (!isComplete(request)) this.#refuseStatelessly(request, flow, 400);
    else if (this.#user === undefined || this.#servers.size >= this.#maxServers) {
      this.#refuseStatelessly(request, flow, 503);
    } else if (request.method === 'CANCEL') this.#receiveCancel(request, flow);
    else this.#serve(request, flow, this.#user);
  }

  #serve(request: SipRequest, flow: Flow, user: TransactionUser): void {
    const merged = this.#servers.isMerged(request);
    const transaction = this.#accept(request, flow);
    if (merged) transaction.respond(createResponse(request, 482, { toTag: this.#newTag() }));
    else user.onRequest(transaction);
  }

  /** RFC 3261 §9.2: the CANCEL is answered at once; an INVITE that it matches hears of it. */
  #receiveCancel(cancel: SipRequest, flow: Flow): void {
    const target = this.#servers.findCancelled(cancel);
    const transaction = this.#accept(cancel, flow);
    const toTag = target?.responseToTag ?? this.#newTag();
    transaction.respond(createResponse(cancel, target === undefined ? 481 : 200, { toTag }));
    target?.receiveCancel(cancel);
  }

  #accept(request: SipRequest, flow: Flow): RunningServerTransaction {
    const { clock, tracer, responseFlow } = this.#options;
    const common = {
      clock,
      tracer,
      timerValues: this.#timerValues,
      responseFlow,
      request,
      flow,
      onTerminated: (): void => {
        this.#servers.delete(transaction);
      },
    };
    const transaction: RunningServerTransaction =
      request.method === 'INVITE'
        ? new InviteServerTransaction({ ...common, onAck: (ack) => this.#user?.onAck(ack, flow) })
        : new NonInviteServerTransaction(common);
    this.#servers.add(transaction);
    transaction.begin();
    return transaction;
  }

  #refuseStatelessly(request: SipRequest, flow: Flow, status: 400 | 503): void {
    const headers = status === 503 ? ([['Retry-After', String(RETRY_AFTER_S)]] as const) : [];
    this.#drop(request, flow, status === 503 ? '§21.5.4: too many server transactions' : '§8.1.1: a header is missing');
    flow.send(createResponse(request, status, { toTag: this.#statelessTag, headers }));
  }

  #newTag(): string {
    return randomToken(this.#options.random, 10);
  }

  #drop(message: SipMessage, flow: Flow, rule: string): void {
    this.#options.tracer.emit('nta', 5, 'transaction.dropped', {
      call: message.callId,
      connection: flow.id,
      what: message.kind === 'request' ? message.method : message.status,
      rule,
    });
  }
}

/** Nobody waits for the answer to a CANCEL (RFC 3261 §9.1). */
const IGNORE: ClientTransactionUser = { onResponse: () => undefined, onFailure: () => undefined };

/** Whether a request has what every request must have (RFC 3261 §8.1.1), well-formed, with its own method in CSeq. */
function isComplete(request: SipRequest): boolean {
  const { from, to, callId, cseq, method } = request;
  return from !== undefined && to !== undefined && callId !== '' && cseq?.method === method;
}
