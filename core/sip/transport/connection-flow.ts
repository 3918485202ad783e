import type { Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { SipMessage } from '../message/message.ts';
import { parseMessage, type ParseOptions } from '../message/parser.ts';
import { serializeMessage } from '../message/serializer.ts';
import { closedAfterHandshake, connectionLost, noPong, peerStalled } from './connection-diagnosis.ts';
import type { TransportProtocol } from './flow.ts';
import type { FlowOwner } from './flow-owner.ts';
import { KeepAlive } from './keep-alive.ts';
import type { KeepAliveAgreement } from './keep-negotiation.ts';
import type { StreamSocket } from './network.ts';
import { OpenFlow } from './open-flow.ts';

/** A client that goes within this time after the handshake without a word did so because of the handshake. */
const CLOSED_AT_ONCE_MS = 2000;

/** The longest interval where the other end agreed to keep-alives and our habit is to send none (RFC 5626 §4.4.1). */
const AGREED_INTERVAL_MS = 120_000;

/** What every flow over a connection shares: keep-alive, and the limits that keep a peer from tying us up. */
export abstract class ConnectionFlow extends OpenFlow {
  protected readonly owner: FlowOwner;
  readonly #socket: StreamSocket;
  readonly #keepAlive: KeepAlive;
  readonly #openedAt: number;
  /** Why nothing is read at the moment. */
  readonly #pauses = new Set<'turn' | 'stalled'>();
  #heard = false;
  #spoke = false;
  #lastActivity: number;
  #idleTimer: Timer;
  #stalledTimer: Timer | undefined;

  constructor(socket: StreamSocket, protocol: TransportProtocol, opened: 'here' | 'there', owner: FlowOwner) {
    const { local, remote, security } = socket;
    super({ id: socket.name ?? owner.nextFlowId(protocol), protocol, local, remote, opened, security });
    this.#socket = socket;
    this.owner = owner;
    const { settings, clock } = owner;
    this.#openedAt = clock.now();
    this.#lastActivity = this.#openedAt;
    this.#keepAlive = new KeepAlive(
      { ...settings.keepAlive, agreedIntervalMs: settings.keepAlive.intervalMs || AGREED_INTERVAL_MS },
      clock,
      owner.random,
      () => this.ping(),
      () => this.fail(noPong(this, settings.keepAlive.pongTimeoutMs)),
    );
    this.#idleTimer = clock.after(opened === 'there' ? settings.firstMessageMs : settings.idleMs, () =>
      this.#checkIdle(),
    );
    if (opened === 'here') this.#keepAlive.start();
    owner.onOpened(this);
    socket.setHandler({
      onData: (octets) => this.#onData(octets),
      onPong: () => this.pong(),
      onDrain: () => this.#onDrain(),
      onClose: (reason) => this.#onSocketClose(reason),
    });
  }

  /** Whether the peer never sent a whole message. */
  get silent(): boolean {
    return !this.#spoke;
  }

  send(message: SipMessage): boolean {
    if (!this.open) return false;
    const octets = serializeMessage(message);
    if (this.#socket.queued + octets.length > this.owner.settings.maxQueued) return false;
    this.owner.wire.sent(octets, this);
    this.write(octets);
    return true;
  }

  keepAlive(agreement: KeepAliveAgreement | undefined): void {
    if (this.open && this.opened === 'here') this.#keepAlive.agree(agreement);
  }

  probe(): void {
    if (this.open && this.opened === 'here') this.#keepAlive.probe();
  }

  close(): void {
    this.end(undefined);
  }

  /** Takes apart what came, in pieces that {@link deliver} gets. */
  protected abstract receive(octets: Uint8Array): void;

  /** Asks the peer for a sign of life. */
  protected abstract ping(): void;

  protected pong(): void {
    this.#lastActivity = this.owner.clock.now();
    this.#keepAlive.onPong();
  }

  protected write(octets: Uint8Array): void {
    this.#lastActivity = this.owner.clock.now();
    this.#socket.write(octets);
  }

  /** Has a whole message read in its turn; until then nothing more is read from the peer. */
  protected deliver(octets: Uint8Array, options?: ParseOptions): void {
    this.#spoke = true;
    this.inTurn(octets.length, () => this.read(octets, options));
  }

  /** Does something in the turn of the peer's address, after what came before. */
  protected inTurn(size: number, run: () => void): void {
    const { inbox } = this.owner;
    const { address } = this.remote;
    const done = inbox.take(address, size, () => {
      if (this.open) run();
    });
    if (done || this.#pauses.has('turn')) return;
    this.#pause('turn');
    // From a turn of its own, so that all of the chunk that is being read comes before it.
    this.owner.clock.after(0, () => inbox.take(address, 0, () => this.#resume('turn')));
  }

  /** Reads one message. Returns what is wrong with it, if anything is. */
  protected read(octets: Uint8Array, options?: ParseOptions): string | undefined {
    this.owner.wire.received(octets, this);
    const message = parseMessage(octets, options);
    if (message.ok) {
      this.owner.onMessage(message.value, this);
      return undefined;
    }
    this.owner.onMalformed(message.error, this);
    return message.error.reason;
  }

  fail(reason: Diagnosis): void {
    if (!this.open) return;
    this.owner.onFault(reason, this);
    this.end(reason);
  }

  protected end(reason: Diagnosis | undefined): void {
    if (!this.open) return;
    this.#keepAlive.stop();
    this.#idleTimer.cancel();
    this.#stalledTimer?.cancel();
    this.#socket.end();
    this.finish(reason);
    this.owner.onClosed(this, reason);
  }

  #onData(octets: Uint8Array): void {
    if (!this.open) return;
    this.#heard = true;
    this.#lastActivity = this.owner.clock.now();
    this.#keepAlive.onOctets();
    this.receive(octets);
    // A listener may have closed the flow; TypeScript takes `open` for what it was above.
    if ((this as OpenFlow).open) this.#watchQueue();
  }

  /** A peer that sends but does not read is not read from until it does; where that lasts, the flow has failed. */
  #watchQueue(): void {
    const { settings, clock } = this.owner;
    if (this.#stalledTimer !== undefined || this.#socket.queued <= settings.maxQueued / 2) return;
    this.#pause('stalled');
    this.#stalledTimer = clock.after(settings.stalledMs, () => this.fail(peerStalled(this, this.#socket.queued)));
  }

  #onDrain(): void {
    if (this.#stalledTimer === undefined) return;
    this.#stalledTimer.cancel();
    this.#stalledTimer = undefined;
    this.#resume('stalled');
  }

  #pause(why: 'turn' | 'stalled'): void {
    this.#pauses.add(why);
    this.#socket.pause();
  }

  #resume(why: 'turn' | 'stalled'): void {
    if (this.#pauses.delete(why) && this.#pauses.size === 0 && this.open) this.#socket.resume();
  }

  #checkIdle(): void {
    const { settings, clock } = this.owner;
    const leftMs = this.#lastActivity + settings.idleMs - clock.now();
    const waitsForFirst = this.opened === 'there' && !this.#spoke;
    if (waitsForFirst || leftMs <= 0) this.close();
    else this.#idleTimer = clock.after(leftMs, () => this.#checkIdle());
  }

  #onSocketClose(reason: Diagnosis | undefined): void {
    if (!this.open) return;
    const closedAtOnce = this.owner.clock.now() - this.#openedAt < CLOSED_AT_ONCE_MS;
    if (this.security !== undefined && this.opened === 'there' && !this.#heard && closedAtOnce) {
      this.fail(reason?.code.startsWith('tls.alert.') === true ? reason : closedAfterHandshake(this));
    } else if (this.opened === 'here') {
      this.end(reason ?? connectionLost(this));
    } else {
      this.end(reason);
    }
  }
}
