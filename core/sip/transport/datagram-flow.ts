import type { SocketAddress } from '../../base/address.ts';
import type { Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { SipMessage } from '../message/message.ts';
import { serializeMessage } from '../message/serializer.ts';
import { mappingChanged, noPong } from './connection-diagnosis.ts';
import type { DatagramPort } from './datagram-port.ts';
import type { FlowOwner } from './flow-owner.ts';
import { KeepAlive } from './keep-alive.ts';
import type { KeepAliveAgreement } from './keep-negotiation.ts';
import { OpenFlow } from './open-flow.ts';
import { sameHost } from './ip-address.ts';
import { bindingRequest } from './stun.ts';

/** RFC 5626 §4.4.2: what a NAT is expected to remember of UDP at least. */
const LONGEST_INTERVAL_MS = 29_000;
/** The first wait for an answer, doubled each time, and how often a request is sent (RFC 5389 §7.2.1). */
const RTO_MS = 500;
const MAX_REQUESTS = 7;
/** Seven requests, and 16 times the first wait after the last. */
const ANSWER_TIMEOUT_MS = RTO_MS * (2 ** (MAX_REQUESTS - 1) - 1 + 16);

/** A pair of UDP addresses (RFC 5626 §2). It is open until nobody used it for long, or its socket closes. */
export class DatagramFlow extends OpenFlow {
  /** The socket it uses. */
  readonly port: DatagramPort;
  readonly #owner: FlowOwner;
  readonly #keepAlive: KeepAlive;
  #lastActivity: number;
  /** The Binding request that waits for its answer. */
  #asked: Uint8Array | undefined;
  #retransmission: Timer | undefined;
  /** Where the other end saw us first. */
  #mapped: SocketAddress | undefined;

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
    const { keepAlive } = owner.settings;
    this.#keepAlive = new KeepAlive(
      {
        ...keepAlive,
        // Only who agreed to it gets STUN.
        intervalMs: 0,
        agreedIntervalMs: Math.min(keepAlive.intervalMs || LONGEST_INTERVAL_MS, LONGEST_INTERVAL_MS),
        pongTimeoutMs: ANSWER_TIMEOUT_MS,
      },
      owner.clock,
      owner.random,
      () => this.#ask(),
      () => this.fail(noPong(this, ANSWER_TIMEOUT_MS)),
    );
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

  /** With STUN (RFC 5626 §3.5.2), which only a server that agreed to it takes for what it is. */
  keepAlive(agreement: KeepAliveAgreement | undefined): void {
    if (this.open && this.opened === 'here') this.#keepAlive.agree(agreement);
  }

  probe(): void {
    if (this.open) this.#keepAlive.probe();
  }

  /** The answer to a Binding request came: `mapped` is where the other end sees us. */
  onBinding(transactionId: Uint8Array, mapped: SocketAddress | undefined): void {
    const asked = this.#asked;
    if (asked === undefined || !transactionId.every((octet, index) => octet === asked[index])) return;
    this.#stopAsking();
    this.touch();
    this.#keepAlive.onPong();
    if (mapped === undefined) return;
    const before = (this.#mapped ??= mapped);
    if (sameHost(before.address, mapped.address) && before.port === mapped.port) return;
    this.fail(mappingChanged(this, before, mapped));
  }

  fail(reason: Diagnosis): void {
    if (!this.open) return;
    this.#owner.onFault(reason, this);
    this.#end(reason);
  }

  close(): void {
    this.#end(undefined);
  }

  #end(reason: Diagnosis | undefined): void {
    if (!this.open) return;
    this.#keepAlive.stop();
    this.#stopAsking();
    this.port.forget(this);
    this.finish(reason);
    this.#owner.onClosed(this, reason);
  }

  #ask(): void {
    this.#asked = this.#owner.random.bytes(12);
    this.#request(bindingRequest(this.#asked), RTO_MS, 1);
  }

  #request(octets: Uint8Array, waitMs: number, count: number): void {
    this.port.send(octets, this.remote);
    if (count === MAX_REQUESTS) return;
    this.#retransmission = this.#owner.clock.after(waitMs, () => this.#request(octets, 2 * waitMs, count + 1));
  }

  #stopAsking(): void {
    this.#asked = undefined;
    this.#retransmission?.cancel();
  }
}
