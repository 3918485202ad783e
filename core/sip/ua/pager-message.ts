import type { Diagnosis } from '../../base/diagnosis.ts';
import { err, type Result } from '../../base/result.ts';
import type { NameAddress } from '../message/header-values.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { serializeMessage } from '../message/serializer.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import type { EventPorts } from './dialog-sender.ts';
import { createOutOfDialog, sendOutOfDialog, type RequestTarget } from './out-of-dialog-request.ts';
import type { Body } from './session-description-handler.ts';

/** Octets of a whole MESSAGE that may go over a way without congestion control (RFC 3428 §8). */
const LARGEST_MESSAGE = 1300;

/** What Via and credentials add to a request that is measured without them, octets. */
const ROOM_FOR_VIA = 150;

/** A message that was sent to us (RFC 3428). */
export interface PagerMessage {
  readonly from: NameAddress | undefined;
  readonly to: NameAddress | undefined;
  readonly body: Body;
  /** The text, where the body is one. */
  readonly text: string | undefined;
  /** What an `application/im-iscomposing+xml` (RFC 3994) says; `undefined` in every other message. */
  readonly composing: boolean | undefined;
  readonly request: SipRequest;
  /** What it came on. */
  readonly flow: Flow;
}

/** Reads a MESSAGE whose type is one of those that the user agent takes. */
export function readPagerMessage({ request, flow }: ServerTransaction): PagerMessage {
  const type = request.contentType ?? 'text/plain';
  const text = new TextDecoder().decode(request.body);
  const isText = type === 'text/plain';
  return {
    from: request.from,
    to: request.to,
    body: { contentType: type, content: request.body },
    text: isText ? text : undefined,
    composing: isText ? undefined : /<(?:\w+:)?state>\s*active\s*</.test(text),
    request,
    flow,
  };
}

/**
 * Sends one message (RFC 3428 §4): no Contact, no dialog. 200 says that it arrived, 202 that somebody keeps it. Over UDP one
 * that is larger than 1,300 octets is not sent at all (§8).
 */
export function sendPagerMessage(
  ports: EventPorts,
  target: RequestTarget,
  message: string | Body,
): Promise<Result<SipResponse, Diagnosis>> {
  const body: Body =
    typeof message === 'string'
      ? { contentType: 'text/plain;charset=utf-8', content: new TextEncoder().encode(message) }
      : message;
  const content = { method: 'MESSAGE', body };
  if (target.flow.protocol === 'udp') {
    const measured = createOutOfDialog(ports, target, content, {
      callId: 'x'.repeat(22),
      fromTag: 'x'.repeat(10),
      sequence: 1,
    });
    const size = serializeMessage(measured).length + ROOM_FOR_VIA;
    if (size > LARGEST_MESSAGE) return Promise.resolve(err(tooLarge(size)));
  }
  return sendOutOfDialog(ports, target, content);
}

function tooLarge(size: number): Diagnosis {
  return {
    code: 'sip.status.513',
    side: 'here',
    summary: 'The message is too long for a connection over UDP.',
    cure: 'Write a shorter message, or set the account to TCP or TLS.',
    evidence: { octets: size, limit: LARGEST_MESSAGE },
  };
}
