import { STREAM_LIMITS } from '../message/limits.ts';
import { unreadableStream } from './connection-diagnosis.ts';
import { ConnectionFlow } from './connection-flow.ts';
import type { FlowOwner } from './flow-owner.ts';
import type { WebSocketConnection } from './network.ts';

const CRLF = new Uint8Array([0x0d, 0x0a]);

/**
 * A flow over one WebSocket (RFC 7118): each WebSocket message is one SIP message, and its length needs no Content-Length
 * (§5.1). We keep it alive with Ping frames; the CRLF of RFC 5626 §3.5.1, which is what a browser's page can send, is
 * answered (§6).
 */
export class WebSocketFlow extends ConnectionFlow {
  readonly #socket: WebSocketConnection;

  constructor(socket: WebSocketConnection, opened: 'here' | 'there', owner: FlowOwner) {
    super(socket, socket.security === undefined ? 'ws' : 'wss', opened, owner);
    this.#socket = socket;
  }

  protected override receive(octets: Uint8Array): void {
    if (octets.length > STREAM_LIMITS.message) this.fail(unreadableStream(this, 'the message is too long'));
    else if (!isLineEnds(octets)) this.deliver(octets, { limits: STREAM_LIMITS });
    else if (octets.length === 2) this.pong();
    else this.write(CRLF);
  }

  protected override ping(): void {
    this.#socket.ping();
  }
}

function isLineEnds(octets: Uint8Array): boolean {
  return octets.length <= 4 && octets.every((octet) => octet === 0x0d || octet === 0x0a);
}
