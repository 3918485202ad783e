import type { Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { SipMessage } from '../message/message.ts';
import { parseMessage } from '../message/parser.ts';
import { serializeMessage } from '../message/serializer.ts';
import { StreamFramer, type StreamEvent } from '../message/stream-framer.ts';
import { closedAfterHandshake, connectionLost, noPong, peerStalled, unreadableStream } from './connection-diagnosis.ts';
import { recognizeProtocol } from './first-octets.ts';
import type { FlowOwner } from './flow-owner.ts';
import { KeepAlive } from './keep-alive.ts';
import type { StreamSocket } from './network.ts';
import { OpenFlow } from './open-flow.ts';
import { diagnoseProtocolMismatch } from './protocol-mismatch.ts';

const CRLF = new Uint8Array([0x0d, 0x0a]);
const DOUBLE_CRLF = new Uint8Array([0x0d, 0x0a, 0x0d, 0x0a]);

/** A client that goes within this time after the handshake without a word did so because of the handshake. */
const CLOSED_AT_ONCE_MS = 2000;

/** A flow over one TCP or TLS connection: framing, keep-alive and the limits that keep a peer from tying us up. */
export class StreamFlow extends OpenFlow {
  readonly #socket: StreamSocket;
  readonly #owner: FlowOwner;
  readonly #framer: StreamFramer;
  readonly #keepAlive: KeepAlive;
  readonly #openedAt: number;
  /** The first octets of an accepted connection, until they show what the peer speaks. */
  #firstOctets: Uint8Array | undefined;
  #heard = false;
  #spoke = false;
  #lastActivity: number;
  #idleTimer: Timer;
  #messageTimer: Timer | undefined;
  #stalledTimer: Timer | undefined;

  constructor(socket: StreamSocket, opened: 'here' | 'there', owner: FlowOwner) {
    const protocol = socket.security === undefined ? 'tcp' : 'tls';
    const { local, remote, security } = socket;
    super({ id: owner.nextFlowId(protocol), protocol, local, remote, opened, security });
    this.#socket = socket;
    this.#owner = owner;
    this.#framer = new StreamFramer(opened);
    const { settings, clock } = owner;
    this.#openedAt = clock.now();
    this.#lastActivity = this.#openedAt;
    this.#firstOctets = opened === 'there' ? new Uint8Array(0) : undefined;
    this.#keepAlive = new KeepAlive(
      settings.keepAlive,
      clock,
      owner.random,
      () => this.#write(DOUBLE_CRLF),
      () => this.#fail(noPong(this, settings.keepAlive.pongTimeoutMs)),
    );
    this.#idleTimer = clock.after(opened === 'there' ? settings.firstMessageMs : settings.idleMs, () =>
      this.#checkIdle(),
    );
    if (opened === 'here') this.#keepAlive.start();
    owner.onOpened(this);
    socket.setHandler({
      onData: (octets) => this.#onData(octets),
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
    if (this.#socket.queued + octets.length > this.#owner.settings.maxQueued) return false;
    this.#owner.wire.sent(octets, this);
    this.#write(octets);
    return true;
  }

  close(): void {
    this.#end(undefined);
  }

  #onData(octets: Uint8Array): void {
    if (!this.open) return;
    this.#heard = true;
    this.#lastActivity = this.#owner.clock.now();
    this.#keepAlive.onOctets();
    if (this.#firstOctets !== undefined && !this.#speaksSip(this.#firstOctets, octets)) return;
    const events = this.#framer.push(octets);
    for (const event of events) {
      this.#take(event);
      // A listener may have closed the flow; TypeScript takes `open` for what it was above.
      if (!(this as OpenFlow).open) return;
    }
    this.#watchMessage(octets, events.length > 0);
    this.#watchQueue();
  }

  #take(event: StreamEvent): void {
    switch (event.kind) {
      case 'message':
        this.#spoke = true;
        this.#read(event.octets);
        break;
      case 'ping':
        this.#write(CRLF);
        break;
      case 'pong':
        this.#keepAlive.onPong();
        break;
      case 'failure':
        this.#fail(unreadableStream(this, this.#read(event.octets) ?? 'no end of the message'));
        break;
    }
  }

  /** Reads one message. Returns what is wrong with it, if anything is. */
  #read(octets: Uint8Array): string | undefined {
    this.#owner.wire.received(octets, this);
    const message = parseMessage(octets, { framing: 'stream' });
    if (message.ok) {
      this.#owner.onMessage(message.value, this);
      return undefined;
    }
    this.#owner.onMalformed(message.error, this);
    return message.error.reason;
  }

  /** Looks at what an accepted connection sends first; closes it where that is no SIP. */
  #speaksSip(before: Uint8Array, octets: Uint8Array): boolean {
    const first = new Uint8Array(before.length + octets.length);
    first.set(before);
    first.set(octets, before.length);
    const spoken = recognizeProtocol(first);
    this.#firstOctets = spoken === undefined ? first : undefined;
    if (spoken === undefined || spoken === 'sip') return true;
    const mismatch = diagnoseProtocolMismatch('tcp', spoken, this.local, this.remote);
    this.#fail(mismatch ?? unreadableStream(this, spoken === 'http' ? 'HTTP' : 'no text protocol'));
    return false;
  }

  /** A message that has begun must end in time; keep-alives of half a ping are no beginning. */
  #watchMessage(octets: Uint8Array, somethingEnded: boolean): void {
    if (somethingEnded) {
      this.#messageTimer?.cancel();
      this.#messageTimer = undefined;
    } else if (this.#messageTimer === undefined && octets.some((octet) => octet !== 0x0d && octet !== 0x0a)) {
      this.#messageTimer = this.#owner.clock.after(this.#owner.settings.wholeMessageMs, () =>
        this.#fail(unreadableStream(this, 'the message does not end')),
      );
    }
  }

  /** A peer that sends but does not read is not read from until it does; where that lasts, the flow has failed. */
  #watchQueue(): void {
    const { settings, clock } = this.#owner;
    if (this.#stalledTimer !== undefined || this.#socket.queued <= settings.maxQueued / 2) return;
    this.#socket.pause();
    this.#stalledTimer = clock.after(settings.stalledMs, () => this.#fail(peerStalled(this, this.#socket.queued)));
  }

  #onDrain(): void {
    if (this.#stalledTimer === undefined) return;
    this.#stalledTimer.cancel();
    this.#stalledTimer = undefined;
    this.#socket.resume();
  }

  #checkIdle(): void {
    const { settings, clock } = this.#owner;
    const leftMs = this.#lastActivity + settings.idleMs - clock.now();
    const waitsForFirst = this.opened === 'there' && !this.#spoke;
    if (waitsForFirst || leftMs <= 0) this.close();
    else this.#idleTimer = clock.after(leftMs, () => this.#checkIdle());
  }

  #write(octets: Uint8Array): void {
    this.#lastActivity = this.#owner.clock.now();
    this.#socket.write(octets);
  }

  #onSocketClose(reason: Diagnosis | undefined): void {
    if (!this.open) return;
    const closedAtOnce = this.#owner.clock.now() - this.#openedAt < CLOSED_AT_ONCE_MS;
    if (this.protocol === 'tls' && this.opened === 'there' && !this.#heard && closedAtOnce) {
      this.#fail(reason?.code.startsWith('tls.alert.') === true ? reason : closedAfterHandshake(this));
    } else if (this.opened === 'here') {
      this.#end(reason ?? connectionLost(this));
    } else {
      this.#end(reason);
    }
  }

  /** Closes the flow because of something that others than its user should know. */
  #fail(reason: Diagnosis): void {
    if (!this.open) return;
    this.#owner.onFault(reason, this);
    this.#end(reason);
  }

  #end(reason: Diagnosis | undefined): void {
    if (!this.open) return;
    this.#keepAlive.stop();
    this.#idleTimer.cancel();
    this.#messageTimer?.cancel();
    this.#stalledTimer?.cancel();
    this.#socket.end();
    this.finish(reason);
    this.#owner.onClosed(this, reason);
  }
}
