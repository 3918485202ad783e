import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken, type Random } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import type { DialogId } from '../dialog/dialog-id.ts';
import type { Dialog } from '../dialog/dialog.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatUri, type SipUri } from '../message/uri.ts';
import type { ServerTransaction, Transactions } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { bodyParts } from './bodies.ts';
import type { InviteSession } from './invite-session.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import type { Body } from './session-description-handler.ts';

export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** What everything that is no call needs of its user agent. */
export interface EventPorts {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly userAgent: string;
  /** The Contact that reaches us on a flow. */
  readonly contact: (flow: Flow) => SipUri;
}

/** What a request has beyond what its dialog gives it. */
export interface RequestContent {
  readonly headers?: HeaderFields;
  readonly body?: Body | undefined;
}

/** Sends requests within one dialog for a usage that may not be alone in it (RFC 5057 §3). Contact is put in here. */
export interface DialogSender {
  readonly id: DialogId;
  /** Resolves with the final response, after challenges. */
  send(method: string, content?: RequestContent): Promise<Result<SipResponse, Diagnosis>>;
}

/** The dialog of a subscription that shares it with nobody. */
export class EventDialog implements DialogSender {
  readonly #ports: EventPorts;
  readonly #dialog: Dialog;
  readonly #digest: ClientDigest | undefined;
  #flow: Flow;

  constructor(ports: EventPorts, dialog: Dialog, flow: Flow, digest?: ClientDigest) {
    this.#ports = ports;
    this.#dialog = dialog;
    this.#flow = flow;
    this.#digest = digest;
  }

  get id(): DialogId {
    return this.#dialog.id;
  }

  /** The status that refuses a request of the other side, where it is out of order (RFC 3261 §12.2.2). */
  receive({ request, flow }: ServerTransaction): 481 | 500 | undefined {
    if (flow.open) this.#flow = flow;
    return this.#dialog.receiveRequest(request);
  }

  send(method: string, { headers = [], body }: RequestContent = {}): Promise<Result<SipResponse, Diagnosis>> {
    const flow = this.#flow;
    const request = this.#dialog.createRequest(method, {
      headers: [...contactHeaders(this.#ports, flow), ['User-Agent', this.#ports.userAgent], ...headers],
      ...bodyParts(body),
    });
    return sendRequest(this.#ports, request, flow, this.#digest, (sequence) => {
      this.#dialog.localSequence = sequence;
    });
  }
}

/** Sends within the dialog of a call, as long as that has one, and after its end, too (RFC 5057 §4.1). */
export function sessionSender(ports: EventPorts, session: InviteSession): DialogSender | undefined {
  const { dialog } = session;
  if (dialog === undefined) return undefined;
  return {
    id: dialog.id,
    send: (method, { headers = [], body } = {}) =>
      session.request(method, body, [...contactHeaders(ports, session.flow), ...headers]),
  };
}

/** Sends one request; resolves with its final response, after challenges. */
export function sendRequest(
  { transactions }: Pick<EventPorts, 'transactions'>,
  request: SipRequest,
  flow: Flow,
  digest: ClientDigest | undefined,
  onSequence: (sequence: number) => void = () => undefined,
): Promise<Result<SipResponse, Diagnosis>> {
  return new Promise((resolve) => {
    new OutgoingRequest({
      transactions,
      request,
      flow,
      digest,
      onSequence,
      user: {
        onFinal: (response) => {
          resolve({ ok: true, value: response });
        },
        onFailure: (diagnosis) => {
          resolve({ ok: false, error: diagnosis });
        },
      },
    });
  });
}

/** The Contact that reaches us on a flow, as a header. */
export function contactHeaders({ contact }: Pick<EventPorts, 'contact'>, flow: Flow): HeaderFields {
  return [['Contact', `<${formatUri(contact(flow))}>`]];
}

/** Answers a request, with a To tag of its own where it has none; gives the response as it left. */
export function answer(
  { random, userAgent }: Pick<EventPorts, 'random' | 'userAgent'>,
  transaction: ServerTransaction,
  status: number,
  headers: HeaderFields = [],
): SipResponse {
  const response = createResponse(transaction.request, status, {
    toTag: randomToken(random, 10),
    headers: [...headers, ['Server', userAgent]],
  });
  transaction.respond(response);
  return response;
}
