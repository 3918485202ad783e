import type { SocketAddress } from '../../core/base/address.ts';
import { createRequest, createResponse } from '../../core/sip/message/factory.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../core/sip/message/message.ts';
import { parseMessage } from '../../core/sip/message/parser.ts';
import { serializeMessage } from '../../core/sip/message/serializer.ts';
import { sipUri, type Uri } from '../../core/sip/message/uri.ts';
import type { DatagramSocket } from '../../core/sip/transport/network.ts';
import type { Body } from '../../core/sip/ua/session-description-handler.ts';
import { words } from './word-handler.ts';
import type { VirtualNetwork } from './virtual-network.ts';

type Fields = readonly (readonly [name: string, value: string])[];

interface Parts {
  readonly headers?: Fields;
  /** The words of a session description. */
  readonly body?: string;
}

/** A peer over UDP that says exactly what a test tells it to, be it right or wrong, and repeats nothing by itself. */
export class ScriptedPeer {
  readonly address: string;
  /** Everything that came in, oldest first; retransmissions, too. */
  readonly received: SipMessage[] = [];
  readonly #socket: DatagramSocket;
  #from: SocketAddress = { address: '', port: 0 };
  #branch = 0;

  private constructor(address: string, socket: DatagramSocket) {
    this.address = address;
    this.#socket = socket;
  }

  /** Binds port 5060 of a machine of its own. */
  static async start(network: VirtualNetwork, address: string): Promise<ScriptedPeer> {
    const arrived: { to?: ScriptedPeer } = {};
    const socket = await network.host(address).bindDatagram({ address, port: 5060 }, (octets, from) => {
      const message = parseMessage(octets);
      if (!message.ok || arrived.to === undefined) return;
      arrived.to.#from = from;
      arrived.to.received.push(message.value);
    });
    if (!socket.ok) throw new Error(socket.error.summary);
    arrived.to = new ScriptedPeer(address, socket.value);
    return arrived.to;
  }

  /** First lines of what came in: methods and status codes. */
  get heard(): readonly string[] {
    return this.received.map((message) => (message.kind === 'request' ? message.method : String(message.status)));
  }

  /** The last request of that method. */
  last(method: string): SipRequest {
    const found = this.received.findLast((message) => message.kind === 'request' && message.method === method);
    if (found?.kind !== 'request') throw new Error(`no ${method} came: ${this.heard.join(' ')}`);
    return found;
  }

  /** The last response with that status. */
  lastResponse(status: number): SipResponse {
    const found = this.received.findLast((message) => message.kind === 'response' && message.status === status);
    if (found?.kind !== 'response') throw new Error(`no ${status} came: ${this.heard.join(' ')}`);
    return found;
  }

  /** How often something came. */
  count(what: string): number {
    return this.heard.filter((line) => line === what).length;
  }

  /** Answers a request, with our Contact and this To tag. */
  respond(
    request: SipRequest,
    status: number,
    { headers = [], body, tag = 'peer' }: Parts & { tag?: string } = {},
  ): void {
    this.send(
      createResponse(request, status, {
        toTag: tag,
        headers: this.#withContact(headers),
        ...bodyParts(body),
      }),
    );
  }

  /** Sends a request in the dialog of `invite`, which the other side sent to us. */
  request(
    invite: SipRequest,
    method: string,
    sequence: number,
    { headers = [], body, tag = 'peer' }: Parts & { tag?: string } = {},
  ): SipRequest {
    const contact = invite.contacts === '*' ? undefined : invite.contacts[0]?.uri;
    const request = createRequest({
      method,
      uri: contact ?? invite.uri,
      headers: [
        ['Via', this.#via()],
        ['Max-Forwards', '70'],
        ['From', `${invite.headers.get('To') ?? ''};tag=${tag}`],
        ['To', invite.headers.get('From') ?? ''],
        ['Call-ID', invite.callId],
        ['CSeq', `${sequence} ${method}`],
        ...this.#withContact(headers),
      ],
      ...bodyParts(body),
    });
    this.send(request);
    return request;
  }

  /** Sends an INVITE or what `method` says to `target`, or, with a To tag, another request of the dialog that it made. */
  call(
    target: SocketAddress,
    sequence: number,
    {
      headers = [],
      body,
      content,
      method = 'INVITE',
      toTag,
      uri = sipUri({ user: 'agent', host: target.address, port: target.port }),
    }: Parts & { method?: string; toTag?: string; content?: Body; uri?: Uri } = {},
  ): SipRequest {
    this.#from = target;
    const tag = toTag === undefined ? '' : `;tag=${toTag}`;
    const request = createRequest({
      method,
      uri,
      headers: [
        ['Via', this.#via()],
        ['Max-Forwards', '70'],
        ['From', `<sip:peer@${this.address}>;tag=peer`],
        ['To', `<sip:agent@${target.address}>${tag}`],
        ['Call-ID', 'scripted'],
        ['CSeq', `${sequence} ${method}`],
        ...this.#withContact(headers),
      ],
      ...(content === undefined ? bodyParts(body) : { body: content.content, contentType: content.contentType }),
    });
    this.send(request);
    return request;
  }

  /** Sends a message to whom we heard from last. */
  send(message: SipMessage): void {
    this.#socket.send(serializeMessage(message), this.#from);
  }

  /** Our Contact, where a test gives no other. */
  #withContact(headers: Fields): Fields {
    const own = headers.some(([name]) => name === 'Contact');
    return own ? headers : [['Contact', `<sip:peer@${this.address}:5060>`], ...headers];
  }

  #via(): string {
    return `SIP/2.0/UDP ${this.address}:5060;rport;branch=z9hG4bKpeer${++this.#branch}`;
  }
}

function bodyParts(text: string | undefined): { readonly body?: Uint8Array; readonly contentType?: string } {
  if (text === undefined) return {};
  const { content, contentType } = words(text);
  return { body: content, contentType };
}
