import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import { createRequest } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { isSipUri, type Uri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import { bodyParts } from './bodies.ts';
import { contactHeaders, sendRequest, type EventPorts, type HeaderFields } from './dialog-sender.ts';
import { TargetSet, type RedirectionOptions } from './redirection.ts';
import type { Body } from './session-description-handler.ts';
import type { Party } from './subscription-dialog.ts';

/** Where a request outside any dialog goes, and as whom. */
export interface RequestTarget {
  readonly flow: Flow;
  /** Request-URI. */
  readonly target: Uri;
  /** To; the target where absent. */
  readonly to?: Party | undefined;
  readonly from: Party;
  readonly digest: ClientDigest | undefined;
  readonly headers?: HeaderFields;
  /** Follows redirections; without it a 3xx is the final response. */
  readonly redirection?: RedirectionOptions | undefined;
}

/** What is sent. */
export interface OutOfDialogContent {
  readonly method: string;
  readonly headers?: HeaderFields;
  readonly body?: Body | undefined;
  /** Whether there is a Contact: for OPTIONS and REFER, not for MESSAGE and PUBLISH. */
  readonly contact?: boolean;
}

/** What makes a request one of several that belong together, such as the PUBLISHes of one state. */
interface RequestIdentity {
  readonly callId: string;
  readonly fromTag: string;
  readonly sequence: number;
}

/**
 * Sends a request outside any dialog; resolves with its final response after challenges, and after those redirections that may
 * be followed: none twice, none weaker than SIPS, not more than the limit (RFC 3261 §8.1.3.4).
 */
export async function sendOutOfDialog(
  ports: EventPorts,
  options: RequestTarget,
  content: OutOfDialogContent,
): Promise<Result<SipResponse, Diagnosis>> {
  const identity = { callId: randomToken(ports.random, 22), fromTag: randomToken(ports.random, 10) };
  let { target, flow } = options;
  const targets =
    options.redirection !== undefined && isSipUri(target) ? new TargetSet(target, options.redirection.most) : undefined;
  for (let sequence = 1; ; sequence++) {
    const request = createOutOfDialog(ports, { ...options, target, flow }, content, { ...identity, sequence });
    const answered = await sendRequest(ports, request, flow, options.digest, (used) => {
      sequence = used;
    });
    if (answered.ok) targets?.learn(answered.value);
    if (answered.ok && answered.value.status < 300) return answered;
    const next = targets?.next();
    if (next === undefined || options.redirection === undefined) return answered;
    const found = await options.redirection.connect(next);
    if (!found.ok) return found;
    target = next;
    flow = found.value;
  }
}

/** Builds a request outside any dialog (RFC 3261 §8.1.1). */
export function createOutOfDialog(
  ports: EventPorts,
  { flow, target, to = { uri: target }, from, headers = [] }: RequestTarget,
  content: OutOfDialogContent,
  { callId, fromTag, sequence }: RequestIdentity,
): SipRequest {
  return createRequest({
    method: content.method,
    uri: target,
    headers: [
      ['Max-Forwards', '70'],
      ['From', `${formatNameAddress(from)};tag=${fromTag}`],
      ['To', formatNameAddress(to)],
      ['Call-ID', callId],
      ['CSeq', `${sequence} ${content.method}`],
      ...(content.contact === true ? contactHeaders(ports, flow) : []),
      ['User-Agent', ports.userAgent],
      ...headers,
      ...(content.headers ?? []),
    ],
    ...bodyParts(content.body),
  });
}
