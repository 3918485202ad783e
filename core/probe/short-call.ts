import type { ClientDigest } from '../sip/auth/client-digest.ts';
import { Dialog } from '../sip/dialog/dialog.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { OutgoingRequest } from '../sip/ua/outgoing-request.ts';
import type { ProbePorts } from './probe-ports.ts';
import type { SipConnection } from './sip-connection.ts';

/** How a call that nobody means went, until it was taken back. */
export interface ShortCallOutcome {
  /** The final response; `undefined` where none came in time. */
  readonly final: SipResponse | undefined;
  /** The answer to our offer, from whichever response brought it. */
  readonly answer: string | undefined;
  /** Whether it rang, or would have. */
  readonly rang: boolean;
}

/** How long it may ring, for an answer to the offer or a refusal to come. */
const RINGING_MS = 800;
/** How long a response may take. */
const PATIENCE_MS = 8000;
/** How long the other end may take to confirm that the call is over. */
const FAREWELL_MS = 3000;

const decoder = new TextDecoder();

/**
 * Sends an INVITE and takes it back: CANCEL as soon as it rings, ACK and BYE where it was answered (RFC 3261 §9.1, §13.2.2.4,
 * §15.1.1). Resolves when the other end knows, or does not say so in time. `enough` takes it back early.
 */
export function placeShortCall(
  connection: SipConnection,
  { clock }: ProbePorts,
  invite: SipRequest,
  options: {
    readonly digest: ClientDigest | undefined;
    readonly signal: AbortSignal;
    readonly enough?: Promise<unknown>;
  },
): Promise<ShortCallOutcome> {
  const { signal, digest, enough } = options;
  const { transactions, flow } = connection;
  return new Promise((resolve) => {
    let rang = false;
    let answer: string | undefined;
    let timer = clock.after(PATIENCE_MS, takeBack);
    let isTakenBack = false;
    const outgoing = new OutgoingRequest({
      transactions,
      request: invite,
      flow,
      digest,
      user: {
        onProvisional: (response) => {
          answer ??= descriptionIn(response);
          if (response.status < 180 || isTakenBack) return;
          if (!rang) {
            timer.cancel();
            timer = clock.after(RINGING_MS, takeBack);
          }
          rang = true;
          if (answer !== undefined) takeBack();
        },
        onFinal: (response, request) => {
          answer ??= descriptionIn(response);
          if (response.status < 300) hangUp(request, response);
          else finish(response);
        },
        onFailure: () => {
          finish(undefined);
        },
      },
    });
    signal.addEventListener('abort', takeBack);
    void enough?.then(takeBack);

    function takeBack(): void {
      if (isTakenBack) return;
      isTakenBack = true;
      timer.cancel();
      timer = clock.after(FAREWELL_MS, () => {
        finish(undefined);
      });
      outgoing.cancel();
    }

    function hangUp(request: SipRequest, response: SipResponse): void {
      const dialog = Dialog.fromResponse(request, response);
      if (!dialog.ok) {
        finish(response);
        return;
      }
      transactions.acknowledge(dialog.value.createAck(request), flow);
      timer.cancel();
      timer = clock.after(FAREWELL_MS, () => {
        finish(response);
      });
      const done = (): void => {
        finish(response);
      };
      transactions.request(dialog.value.createRequest('BYE'), flow, {
        onResponse: (answered) => {
          if (answered.status >= 200) done();
        },
        onFailure: done,
      });
    }

    function finish(final: SipResponse | undefined): void {
      timer.cancel();
      signal.removeEventListener('abort', takeBack);
      resolve({ final, answer, rang });
    }
  });
}

function descriptionIn({ contentType, body }: SipResponse): string | undefined {
  return contentType === 'application/sdp' && body.length > 0 ? decoder.decode(body) : undefined;
}
