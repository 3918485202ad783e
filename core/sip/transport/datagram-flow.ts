import type { SocketAddress } from '../../base/address.ts';
import type { SipMessage } from '../message/message.ts';
import { serializeMessage } from '../message/serializer.ts';
import type { DatagramPort } from './datagram-port.ts';
import type { FlowOwner } from './flow-owner.ts';
import { OpenFlow } from './open-flow.ts';

/** A pair of UDP addresses (RFC 5626 §2). It is open until nobody used it for long, or its socket closes. */
export class DatagramFlow extends OpenFlow {
  /** The socket it uses. */
  readonly port: DatagramPort;
  readonly #owner: FlowOwner;
  #lastActivity: number;

  constructor(
    port: DatagramPort,
    local: SocketAddress,
    remote: SocketAddress,
    opened: 'here' | 'there',
    owner: FlowOwner,
  ) {
    super({ id: owner.nextFlowId('udp'), protocol: 'udp', local, remote, opened, security: undefined });
    this.port = port;
    this.#owner = owner;
    this.#lastActivity = owner.clock.now();
    owner.onOpened(this);
  }

  /** Monotonic milliseconds of the last message in either direction. */
  get lastActivity(): number {
    return this.#lastActivity;
  }

  /** Something arrived. */
  touch(): void {
    this.#lastActivity = this.#owner.clock.now();
  }

  send(message: SipMessage): boolean {
    if (!this.open) return false;
    this.touch();
    const octets = serializeMessage(message);
    this.#owner.wire.sent(octets, this);
    this.port.send(octets, this.remote);
    return true;
  }

  close(): void {
    if (!this.open) return;
    this.port.forget(this);
    this.finish(undefined);
    this.#owner.onClosed(this, undefined);
  }
}
