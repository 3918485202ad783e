import type { Diagnosis } from '../../base/diagnosis.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transports } from '../transport/transports.ts';

/**
 * Sends the responses of one server transaction and keeps the last one: on the flow that the request came on, and where
 * that is gone, on the one that RFC 3261 §18.2.2 leads to.
 */
export class ResponseSender {
  readonly #request: SipRequest;
  readonly #responseFlow: Transports['responseFlow'];
  readonly #onError: (reason: Diagnosis | undefined) => void;
  #flow: Flow;
  #last: SipResponse | undefined;

  constructor(
    request: SipRequest,
    flow: Flow,
    responseFlow: Transports['responseFlow'],
    onError: (reason: Diagnosis | undefined) => void,
  ) {
    this.#request = request;
    this.#flow = flow;
    this.#responseFlow = responseFlow;
    this.#onError = onError;
  }

  get last(): SipResponse | undefined {
    return this.#last;
  }

  send(response: SipResponse): void {
    this.#last = response;
    if (!this.#flow.open) void this.#sendElsewhere(response);
    else if (!this.#flow.send(response)) this.#onError(undefined);
  }

  /** Sends the last response again, where there is one. */
  repeat(): void {
    if (this.#last !== undefined) this.send(this.#last);
  }

  async #sendElsewhere(response: SipResponse): Promise<void> {
    const found = await this.#responseFlow(this.#request, this.#flow);
    if (!found.ok) {
      this.#onError(found.error);
      return;
    }
    this.#flow = found.value;
    if (!found.value.send(response)) this.#onError(undefined);
  }
}
