import type { Clock } from '../../base/clock.ts';
import { randomToken, type Random } from '../../base/random.ts';
import type { Tracer } from '../../trace/tracer.ts';
import { createResponse } from '../message/factory.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import { mustLeaveUdp } from '../transport/must-leave-udp.ts';
import type { Transports } from '../transport/transports.ts';
import { sameHost, withoutZone } from '../transport/ip-address.ts';
import { agreedKeepAlive } from '../transport/keep-negotiation.ts';
import { newClientTransaction, type RunningClientTransaction } from './client-transaction.ts';
import { withVia, type SentBy } from './derived-requests.ts';
import { ServerTransactionTable } from './server-transaction-table.ts';
import { newServerTransaction, type RunningServerTransaction } from './server-transaction.ts';
import { DEFAULT_TIMER_VALUES, type TimerValues } from './timers.ts';
import { clientKey } from './transaction-keys.ts';
import type { ClientTransaction, ClientTransactionUser, Transactions, TransactionUser } from './transaction-user.ts';

/** What the layer is made with. */
export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly responseFlow: Transports['responseFlow'];
  /** Gives a flow for a request that is too large for UDP; without it there are none. */
  readonly requestFlow?: Transports['requestFlow'];
  readonly timerValues?: TimerValues;
  /** What Via says as sent-by on a flow, where that is not the flow's own local address. */
  readonly sentBy?: (flow: Flow) => SentBy;
  /**
   * Requests that wait for their answer at once; each further one gets 503 without a transaction (4096 by default). One address
   * may have half of them. A request within a dialog, which mostly ends something, may go up to twice as far, and a CANCEL of
   * a request that is known always goes through.
   */
  readonly maxServerTransactions?: number;
  /**
   * Answered transactions that wait for retransmissions (16,384 by default); beyond, the oldest is forgotten early, and a
   * retransmission that still comes is a new request.
   */
  readonly maxAnsweredTransactions?: number;
}

const MAX_SERVER_TRANSACTIONS = 4096;
const MAX_ANSWERED_TRANSACTIONS = 16_384;
/** When a client that met the limit may come again, seconds. */
const RETRY_AFTER_S = 5;

/** The transaction layer (RFC 3261 §17): four machines, and the rules by which a message finds its own. */
export class TransactionLayer implements Transactions {
  readonly #options: TransactionLayerOptions;
  readonly #timerValues: TimerValues;
  readonly #sentBy: (flow: Flow) => SentBy;
  readonly #maxServers: number;
  readonly #clients = new Map<string, RunningClientTransaction>();
  readonly #servers: ServerTransactionTable;
  /** The To tag of stateless responses: a retransmission must get the same again (§8.2.7). */
  readonly #statelessTag: string;
  #user: TransactionUser | undefined;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.#timerValues = options.timerValues ?? DEFAULT_TIMER_VALUES;
    this.#sentBy = options.sentBy ?? (({ local }) => ({ host: local.address, port: local.port }));
    this.#maxServers = options.maxServerTransactions ?? MAX_SERVER_TRANSACTIONS;
    this.#servers = new ServerTransactionTable(options.maxAnsweredTransactions ?? MAX_ANSWERED_TRANSACTIONS);
    this.#statelessTag = randomToken(options.random, 10);
  }

  /** How many transactions are alive. */
  get size(): { readonly client: number; readonly server: number } {
    return { client: this.#clients.size, server: this.#servers.size };
  }

  setUser(user: TransactionUser): void {
    this.#user = user;
  }

  wayFor(request: SipRequest, flow: Flow): Flow | Promise<Flow> {
    const { requestFlow } = this.#options;
    return flow.protocol === 'udp' && mustLeaveUdp(request) && requestFlow !== undefined
      ? requestFlow(request, flow)
      : flow;
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
    const transaction = newClientTransaction({
      clock,
      tracer,
      timerValues: this.#timerValues,
      request,
      flow,
      user,
      sendCancel: (cancel) => void this.#start(cancel, flow, IGNORE),
      onStrayResponse: (response, from) => this.#user?.onStrayResponse(response, from),
      onTerminated: () => void this.#clients.delete(key),
    });
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
    const isStray2xx = response.cseq?.method === 'INVITE' && response.status >= 200 && response.status < 300;
    if (transaction === undefined && !isStray2xx) {
      this.#drop(response, flow, '§17.1.3: no client transaction waits for this response');
    } else if (!this.#isOurSentBy(response, transaction?.request.via ?? this.#sentBy(flow))) {
      this.#drop(response, flow, '§18.1.2: sent-by in Via is not what we put there');
    } else {
      const { status, cseq } = response;
      if (cseq?.method === 'REGISTER' && status >= 200 && status < 300) flow.keepAlive(agreedKeepAlive(response));
      if (transaction !== undefined) transaction.receive(response, flow);
      else this.#user?.onStrayResponse(response, flow);
    }
  }

  /** Whether the Via of a response says what we said (RFC 3261 §18.1.2). */
  #isOurSentBy({ via }: SipResponse, { host, port }: SentBy): boolean {
    return via !== undefined && via.port === port && sameHost(via.host.toLowerCase(), withoutZone(host).toLowerCase());
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
    else if (request.method === 'CANCEL' && this.#servers.findCancelled(request) !== undefined) {
      this.#receiveCancel(request, flow);
    } else if (this.#user === undefined || !this.#hasRoom(request, flow)) {
      this.#refuseStatelessly(request, flow, 503);
    } else if (request.method === 'CANCEL') this.#receiveCancel(request, flow);
    else this.#serve(request, flow, this.#user);
  }

  #hasRoom(request: SipRequest, flow: Flow): boolean {
    const limit = request.toTag === undefined ? this.#maxServers : 2 * this.#maxServers;
    return this.#servers.unanswered < limit && this.#servers.unansweredFrom(flow.remote.address) < limit / 2;
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
    const transaction: RunningServerTransaction = newServerTransaction({
      clock,
      tracer,
      timerValues: this.#timerValues,
      responseFlow,
      request,
      flow,
      onAck: (ack) => this.#user?.onAck(ack, flow),
      onAnswered: () => this.#servers.answered(transaction),
      onTerminated: () => this.#servers.delete(transaction),
    });
    this.#servers.add(transaction);
    transaction.begin();
    return transaction;
  }

  #refuseStatelessly(request: SipRequest, flow: Flow, status: 400 | 503): void {
    const headers = status === 503 ? ([['Retry-After', String(RETRY_AFTER_S)]] as const) : [];
    this.#drop(request, flow, status === 503 ? '§21.5.4: too many server transactions' : '§8.1.1: a header is missing');
    // §8.2.7: who keeps no state leaves a CANCEL unanswered.
    if (request.method === 'CANCEL') return;
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
