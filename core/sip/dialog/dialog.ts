import { err, ok, type Result } from '../../base/result.ts';
import { createRequest } from '../message/factory.ts';
import type { NameAddress } from '../message/header-values.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { NO_PARAMETERS } from '../message/parameters.ts';
import type { Uri } from '../message/uri.ts';
import type { DialogId } from './dialog-id.ts';
import { DIALOG_TABLE, type DialogInput, type DialogState } from './dialog-states.ts';
import { routeRequest } from './route-set.ts';

/** What a request within a dialog has beyond what the dialog gives it: Contact, body, whatever the method wants. */
export interface DialogRequestParts {
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

/** Methods whose Contact replaces the remote target (RFC 3261 §12.2, RFC 3311 §5.1, RFC 6665, RFC 3515). */
const TARGET_REFRESH = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** What a dialog knows (RFC 3261 §12), before it is one. */
interface DialogParts {
  readonly id: DialogId;
  readonly state: DialogState;
  readonly secure: boolean;
  readonly local: NameAddress;
  readonly remote: NameAddress;
  readonly remoteTarget: Uri;
  readonly routeSet: readonly NameAddress[];
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
}

/**
 * The lasting relation of two user agents (RFC 3261 §12): who they are, where the other one is, by which way, and how far the
 * sequence numbers got. It makes requests and judges those that come in; it sends nothing.
 */
export class Dialog {
  readonly id: DialogId;
  /** Whether the dialog was made by a request to a SIPS URI (RFC 3261 §12.1). */
  readonly secure: boolean;
  /** Our URI and name, as From in our requests. */
  readonly local: NameAddress;
  /** The other one's URI and name, as To in our requests. */
  readonly remote: NameAddress;
  #state: DialogState;
  #remoteTarget: Uri;
  #routeSet: readonly NameAddress[];
  #localSequence: number;
  #remoteSequence: number | undefined;

  private constructor(parts: DialogParts) {
    this.id = parts.id;
    this.secure = parts.secure;
    this.local = parts.local;
    this.remote = parts.remote;
    this.#state = parts.state;
    this.#remoteTarget = parts.remoteTarget;
    this.#routeSet = parts.routeSet;
    this.#localSequence = parts.localSequence;
    this.#remoteSequence = parts.remoteSequence;
  }

  /**
   * The dialog of a request that we sent and a 101 to 299 for it (RFC 3261 §12.1.2). Where the response has no Contact, which
   * is wrong but happens, the Request-URI stands in. Errors say which header is unusable.
   */
  static fromResponse(request: SipRequest, response: SipResponse): Result<Dialog, string> {
    const { from, to, cseq } = response;
    if (from === undefined || response.fromTag === undefined) return err('the response has no usable From');
    if (to === undefined) return err('the response has no usable To');
    if (cseq === undefined) return err('the response has no usable CSeq');
    return ok(
      new Dialog({
        id: { callId: response.callId, localTag: response.fromTag, remoteTag: response.toTag },
        state: response.status < 200 ? 'early' : 'confirmed',
        secure: request.uri.scheme === 'sips',
        local: from,
        remote: to,
        remoteTarget: contactOf(response) ?? request.uri,
        routeSet: response.recordRoutes.toReversed(),
        localSequence: cseq.sequence,
        remoteSequence: undefined,
      }),
    );
  }

  /** The dialog of a request that came in and our 101 to 299 for it, which has our tag in To (RFC 3261 §12.1.1). */
  static fromRequest(request: SipRequest, response: SipResponse): Result<Dialog, string> {
    const { from, to, cseq } = request;
    const remoteTarget = contactOf(request);
    const localTag = response.toTag;
    if (from === undefined) return err('the request has no usable From');
    if (to === undefined || localTag === undefined) return err('the response has no tag in To');
    if (cseq === undefined) return err('the request has no usable CSeq');
    if (remoteTarget === undefined) return err('the request has no usable Contact');
    return ok(
      new Dialog({
        id: { callId: request.callId, localTag, remoteTag: request.fromTag },
        state: response.status < 200 ? 'early' : 'confirmed',
        secure: request.uri.scheme === 'sips',
        local: to,
        remote: from,
        remoteTarget,
        routeSet: request.recordRoutes,
        localSequence: 0,
        remoteSequence: cseq.sequence,
      }),
    );
  }

  get state(): DialogState {
    return this.#state;
  }

  /** Where the other user agent is: the URI of its Contact. */
  get remoteTarget(): Uri {
    return this.#remoteTarget;
  }

  /** The proxies that want to see our requests, first hop first. */
  get routeSet(): readonly NameAddress[] {
    return this.#routeSet;
  }

  /** Where our requests are sent: what RFC 3263 is asked about. */
  get nextHop(): Uri {
    return routeRequest(this.#remoteTarget, this.#routeSet).nextHop;
  }

  /** CSeq of our last request, 0 before the first. */
  get localSequence(): number {
    return this.#localSequence;
  }

  /** Set where a request of ours was sent again with a higher number, for credentials; never goes back. */
  set localSequence(sequence: number) {
    this.#localSequence = Math.max(sequence, this.#localSequence);
  }

  /** CSeq of the last request of the other side, `undefined` before the first. */
  get remoteSequence(): number | undefined {
    return this.#remoteSequence;
  }

  /** A request within the dialog with the next sequence number (RFC 3261 §12.2.1.1). Not for ACK and CANCEL. */
  createRequest(method: string, parts: DialogRequestParts = {}): SipRequest {
    this.#localSequence++;
    return this.#build(method, this.#localSequence, parts);
  }

  /** The ACK for a 2xx to `invite`: its sequence number, its credentials (RFC 3261 §13.2.2.4). */
  createAck(invite: SipRequest, parts: DialogRequestParts = {}): SipRequest {
    const credentials = ['Authorization', 'Proxy-Authorization'].flatMap((name) =>
      invite.headers.getAll(name).map((value) => [name, value] as const),
    );
    return this.#build('ACK', invite.cseq?.sequence ?? 0, {
      ...parts,
      headers: [...credentials, ...(parts.headers ?? [])],
    });
  }

  /**
   * Judges a request of the other side that matches the dialog (RFC 3261 §12.2.2): `undefined` where it is in order, else the
   * status to refuse it with: 500 for a sequence number that is not higher than the last, 481 once the dialog has ended. A
   * new Contact is noted; a BYE ends the dialog. ACK and CANCEL have the number of their INVITE and are always in order.
   */
  receiveRequest(request: SipRequest): 481 | 500 | undefined {
    if (request.method === 'ACK' || request.method === 'CANCEL') return undefined;
    if (this.#state === 'terminated') return 481;
    const sequence = request.cseq?.sequence ?? 0;
    if (this.#remoteSequence !== undefined && sequence <= this.#remoteSequence) return 500;
    this.#remoteSequence = sequence;
    if (TARGET_REFRESH.has(request.method)) this.#refreshTarget(request);
    if (request.method === 'BYE') this.#take('bye');
    return undefined;
  }

  /**
   * Notes a response to a request of ours (RFC 3261 §12.2.1.2, §13.2.2.4): the 2xx to the first INVITE confirms the dialog and
   * sets the route set anew; a 2xx to a target refresh brings a new Contact; 408 and 481 end the dialog, and any final response to BYE.
   */
  receiveResponse(response: SipResponse): void {
    const { status } = response;
    const method = response.cseq?.method ?? '';
    if (status >= 200 && status < 300) {
      if (this.#state === 'early' && method === 'INVITE') this.#routeSet = response.recordRoutes.toReversed();
      if (TARGET_REFRESH.has(method)) this.#refreshTarget(response);
    }
    if (status === 408 || status === 481) this.#take('gone');
    else if (method === 'INVITE') this.#take(responseInput(status));
    else if (method === 'BYE' && status >= 200) this.#take('bye');
  }

  /** Notes that our response to the INVITE that made the dialog left (RFC 3261 §12.3, §13.3.1.4). */
  answered(status: number): void {
    this.#take(responseInput(status));
  }

  /** Notes that our BYE left, or that the other side is gone. */
  terminate(): void {
    this.#take('gone');
  }

  #take(input: DialogInput): void {
    this.#state = DIALOG_TABLE[this.#state][input].next;
  }

  #refreshTarget(message: SipMessage): void {
    this.#remoteTarget = contactOf(message) ?? this.#remoteTarget;
  }

  #build(method: string, sequence: number, parts: DialogRequestParts): SipRequest {
    const { callId, localTag, remoteTag } = this.id;
    const { uri, routes } = routeRequest(this.#remoteTarget, this.#routeSet);
    return createRequest({
      ...parts,
      method,
      uri,
      headers: [
        ...routes.map((route) => ['Route', route] as const),
        ['Max-Forwards', '70'],
        ['From', tagged(this.local, localTag)],
        ['To', tagged(this.remote, remoteTag)],
        ['Call-ID', callId],
        ['CSeq', `${sequence} ${method}`],
        ...(parts.headers ?? []),
      ],
    });
  }
}

function responseInput(status: number): DialogInput {
  return status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699';
}

/** The one URI of a Contact; a dialog has no use for several, or for none. */
function contactOf(message: SipMessage): Uri | undefined {
  return message.contacts === '*' ? undefined : message.contacts[0]?.uri;
}

function tagged({ displayName, uri }: NameAddress, tag: string | undefined): string {
  return formatNameAddress({
    displayName,
    uri,
    parameters: tag === undefined ? NO_PARAMETERS : new Map([['tag', tag]]),
  });
}
