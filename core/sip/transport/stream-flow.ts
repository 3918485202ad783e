import type { Timer } from '../../base/clock.ts';
import { StreamFramer } from '../message/stream-framer.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { unreadableStream } from './connection-diagnosis.ts';
import { ConnectionFlow } from './connection-flow.ts';
import { recognizeProtocol } from './first-octets.ts';
import type { FlowOwner } from './flow-owner.ts';
import type { StreamSocket } from './network.ts';
import { diagnoseProtocolMismatch } from './protocol-mismatch.ts';

const DOUBLE_CRLF = new Uint8Array([0x0d, 0x0a, 0x0d, 0x0a]);

/** A flow over one TCP or TLS connection: messages are told apart by their Content-Length (RFC 3261 §18.3). */
export class StreamFlow extends ConnectionFlow {
  readonly #framer: StreamFramer;
  /** The first octets of an accepted connection, until they show what the peer speaks. */
  #firstOctets: Uint8Array | undefined;
  #messageTimer: Timer | undefined;

  constructor(socket: StreamSocket, opened: 'here' | 'there', owner: FlowOwner) {
    super(socket, socket.security === undefined ? 'tcp' : 'tls', opened, owner);
    this.#framer = new StreamFramer(opened);
    this.#firstOctets = opened === 'there' ? new Uint8Array(0) : undefined;
  }

  protected override receive(octets: Uint8Array): void {
    if (this.#firstOctets !== undefined && !this.#speaksSip(this.#firstOctets, octets)) return;
    const events = this.#framer.push(octets);
    let pings = 0;
    for (const event of events) {
      if (event.kind === 'message') this.deliver(event.octets, { framing: 'stream' });
      else if (event.kind === 'ping') pings++;
      else if (event.kind === 'pong') this.pong();
      else this.inTurn(event.octets.length, () => this.#refuse(event.octets));
      if (!this.open) return;
    }
    // All pongs that are due in one piece: a flood of pings must not become one of packets.
    if (pings > 0) this.write(lineEnds(pings));
    this.#watchMessage(octets, events.length > 0);
  }

  protected override ping(): void {
    this.write(DOUBLE_CRLF);
  }

  protected override end(reason: Diagnosis | undefined): void {
    this.#messageTimer?.cancel();
    super.end(reason);
  }

  #refuse(octets: Uint8Array): void {
    this.fail(unreadableStream(this, this.read(octets, { framing: 'stream' }) ?? 'no end of the message'));
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
    this.fail(mismatch ?? unreadableStream(this, spoken === 'http' ? 'HTTP' : 'no text protocol'));
    return false;
  }

  /** A message that has begun must end in time; keep-alives of half a ping are no beginning. */
  #watchMessage(octets: Uint8Array, somethingEnded: boolean): void {
    if (somethingEnded) {
      this.#messageTimer?.cancel();
      this.#messageTimer = undefined;
    } else if (this.#messageTimer === undefined && octets.some((octet) => octet !== 0x0d && octet !== 0x0a)) {
      this.#messageTimer = this.owner.clock.after(this.owner.settings.wholeMessageMs, () =>
        this.fail(unreadableStream(this, 'the message does not end')),
      );
    }
  }
}

function lineEnds(count: number): Uint8Array {
  const octets = new Uint8Array(2 * count).fill(0x0a);
  for (let index = 0; index < octets.length; index += 2) octets[index] = 0x0d;
  return octets;
}
