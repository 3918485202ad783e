import type { Clock } from '../base/clock.ts';
import { randomToken } from '../base/random.ts';
import { createResponse } from '../sip/message/factory.ts';
import type { SipMessage, SipRequest, SipResponse } from '../sip/message/message.ts';
import { serializeMessage } from '../sip/message/serializer.ts';
import { editDescription, moveMedia } from './description-edits.ts';
import type { FaultBehaviour, FaultValues } from './fault.ts';
import { MediaRelay, type MediaEnd, type RelayPorts } from './media-relay.ts';

/** What becomes of a message: octets that go on to where it was meant for, and octets that go back. */
export interface Passage {
  readonly onward: readonly Uint8Array[];
  readonly back: readonly Uint8Array[];
}

/** A port of every machine on which nothing listens, and nothing that an ordinary user starts can. */
const DEAD_PORT = 1;
const SDP = 'application/sdp';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Stands between the two ends of one connection and does with the messages what a fault says. One that is not concerned passes
 * as it came, octet by octet.
 */
export class SipMeddler {
  readonly #ports: RelayPorts;
  readonly #behaviour: FaultBehaviour;
  readonly #values: FaultValues;
  readonly #address: string;
  readonly #onAnswered: () => void;
  readonly #relays = new Map<string, MediaRelay>();

  /** `address`: where relays of media listen. `onAnswered` is called when a call of the client was answered. */
  constructor(
    ports: RelayPorts,
    fault: { readonly behaviour: FaultBehaviour; readonly values: FaultValues },
    address: string,
    onAnswered: () => void,
  ) {
    this.#ports = ports;
    this.#behaviour = fault.behaviour;
    this.#values = fault.values;
    this.#address = address;
    this.#onAnswered = onAnswered;
  }

  /** Whether pongs of the switch pass. */
  get passesPongs(): boolean {
    return this.#behaviour.kind !== 'no-pong';
  }

  /** A message of the client. */
  async fromClient(message: SipMessage, octets: Uint8Array): Promise<Passage> {
    const behaviour = this.#behaviour;
    if (message.kind === 'request') {
      const method = String(this.#values.method);
      if (behaviour.kind === 'status' && message.method === method) return this.#refuse(message);
      if (behaviour.kind === 'no-answer' && message.method === (behaviour.method ?? method)) return NOTHING;
    }
    return passed((await this.#relayed(message, 'caller')) ?? octets);
  }

  /** A message of the switch. */
  async fromSwitch(message: SipMessage, octets: Uint8Array): Promise<Passage> {
    const behaviour = this.#behaviour;
    if (behaviour.kind === 'late') await later(this.#ports.clock, Number(this.#values.seconds) * 1000);
    if (behaviour.kind === 'no-pong' && isAnswerTo(message, 'REGISTER')) {
      message.headers.set('Flow-Timer', String(this.#values.seconds));
      return passed(serializeMessage(message));
    }
    const answer = isAnswerTo(message, 'INVITE');
    if (answer && behaviour.kind === 'wrong-contact') {
      message.headers.set('Contact', `<sip:${this.#address}:${DEAD_PORT};transport=tcp>`);
      return passed(serializeMessage(message));
    }
    if (answer && behaviour.kind === 'unreadable') {
      const text = decoder.decode(octets).replace(/^Content-Length:.*$/m, 'Content-Length: much');
      return passed(encoder.encode(text));
    }
    if (answer) this.#onAnswered();
    if (behaviour.kind === 'description' && message.contentType === SDP) {
      message.body = encoder.encode(editDescription(decoder.decode(message.body), behaviour.edit, this.#ports.random));
      return passed(serializeMessage(message));
    }
    return passed((await this.#relayed(message, 'switch')) ?? octets);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#relays.values()].map((relay) => relay.close()));
  }

  #refuse(request: SipRequest): Passage {
    const toTag = randomToken(this.#ports.random, 8);
    return { onward: [], back: [serializeMessage(createResponse(request, Number(this.#values.status), { toTag }))] };
  }

  /** Leads the media of a call through a relay; `undefined` where the message says nothing of media. */
  async #relayed(message: SipMessage, from: MediaEnd): Promise<Uint8Array | undefined> {
    const behaviour = this.#behaviour;
    if (behaviour.kind !== 'media' || message.contentType !== SDP) return undefined;
    let relay = this.#relays.get(message.callId);
    if (relay === undefined) {
      const opened = await MediaRelay.open(this.#ports, this.#address, behaviour.act, this.#values);
      if (!opened.ok) return undefined;
      relay = opened.value;
      this.#relays.set(message.callId, relay);
    }
    const moved = moveMedia(decoder.decode(message.body), relay.toldTo(from === 'caller' ? 'switch' : 'caller'));
    if (moved === undefined) return undefined;
    relay.place(from, moved.place);
    message.body = encoder.encode(moved.text);
    return serializeMessage(message);
  }
}

const NOTHING: Passage = { onward: [], back: [] };

function passed(octets: Uint8Array): Passage {
  return { onward: [octets], back: [] };
}

function isAnswerTo(message: SipMessage, method: string): message is SipResponse {
  return message.kind === 'response' && message.status === 200 && message.cseq?.method === method;
}

function later(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
