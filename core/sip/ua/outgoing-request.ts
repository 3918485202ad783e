import type { Diagnosis } from '../../base/diagnosis.ts';
import { createRequest } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ClientDigest, CredentialsField } from '../auth/client-digest.ts';
import type { ClientTransaction, Transactions } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { transactionDiagnosis } from './status-diagnosis.ts';

type HeaderFields = readonly (readonly [name: string, value: string])[];

/** Who wants to know how a request fared. Exactly one of `onFinal` and `onFailure` comes, once, last. */
export interface OutgoingRequestUser {
  onProvisional?(response: SipResponse, request: SipRequest): void;
  /** 2xx to 6xx, after challenges were answered as far as the credentials go. */
  onFinal(response: SipResponse, request: SipRequest): void;
  /** No final response: time-out or a flow that closed. */
  onFailure(diagnosis: Diagnosis): void;
}

/**
 * A request that answers digest challenges by itself (RFC 3261 §22.2, §22.3): the same request again with the next CSeq,
 * credentials and a new branch. A second challenge to fresh credentials is final unless it is `stale`.
 */
export class OutgoingRequest {
  readonly #transactions: Transactions;
  readonly #flow: Flow;
  readonly #digest: ClientDigest | undefined;
  readonly #user: OutgoingRequestUser;
  readonly #onSequence: (sequence: number) => void;
  /** Missing while a flow is sought that takes the request. */
  #transaction: ClientTransaction | undefined;
  #request: SipRequest;
  #attempts = 0;
  #cancelling: HeaderFields | undefined;

  constructor(options: {
    readonly transactions: Transactions;
    readonly request: SipRequest;
    readonly flow: Flow;
    readonly digest: ClientDigest | undefined;
    readonly user: OutgoingRequestUser;
    /** Told of each CSeq used, so that a dialog can go on from there. */
    readonly onSequence?: (sequence: number) => void;
  }) {
    this.#transactions = options.transactions;
    this.#flow = options.flow;
    this.#digest = options.digest;
    this.#user = options.user;
    this.#onSequence = options.onSequence ?? (() => undefined);
    const known = this.#digest?.preemptive(options.request);
    this.#request = known === undefined ? options.request : withCredentials(options.request, known);
    this.#send();
  }

  /** The request as it went out last. */
  get request(): SipRequest {
    return this.#request;
  }

  /** The flow that it went out on last: another than the one given where it was too large for UDP. */
  get flow(): Flow {
    return this.#transaction?.flow ?? this.#flow;
  }

  /** Sends CANCEL (RFC 3261 §9.1); the final response, normally 487, still comes. */
  cancel(headers: HeaderFields = []): void {
    this.#cancelling = headers;
    this.#transaction?.cancel(headers);
  }

  #send(): void {
    const way = this.#transactions.wayFor(this.#request, this.#flow);
    if (way instanceof Promise)
      void way.then((flow) => {
        this.#start(flow);
      });
    else this.#start(way);
  }

  #start(flow: Flow): void {
    this.#transaction = this.#transactions.request(this.#request, flow, {
      onResponse: (response) => {
        if (response.status < 200) this.#user.onProvisional?.(response, this.#request);
        else this.#final(response);
      },
      onFailure: (failure) => {
        this.#user.onFailure(transactionDiagnosis(failure, flow));
      },
    });
    this.#request = this.#transaction.request;
    if (this.#cancelling !== undefined) this.#transaction.cancel(this.#cancelling);
  }

  #final(response: SipResponse): void {
    const challenged = response.status === 401 || response.status === 407;
    const credentials =
      challenged && this.#cancelling === undefined && this.#attempts < 3
        ? this.#digest?.answer(response, this.#request)
        : undefined;
    if (credentials === undefined) {
      this.#user.onFinal(response, this.#request);
      return;
    }
    this.#attempts++;
    const again = withCredentials(this.#request, credentials);
    const sequence = (again.cseq?.sequence ?? 0) + 1;
    again.headers.set('CSeq', `${sequence} ${again.method}`);
    this.#onSequence(sequence);
    this.#request = again;
    this.#transaction = undefined;
    this.#send();
  }
}

/** The request without its Via, with these credentials instead of those that it had. */
function withCredentials(request: SipRequest, credentials: readonly CredentialsField[]): SipRequest {
  const { method, uri, body } = request;
  const headers = [...request.headers].filter(([name]) => !REPLACED.has(name));
  return createRequest({ method, uri, headers: [...headers, ...credentials], body });
}

const REPLACED: ReadonlySet<string> = new Set(['Via', 'Authorization', 'Proxy-Authorization']);
