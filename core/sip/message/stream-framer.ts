import { readDeclaredLength } from './content-length.ts';
import { STREAM_LIMITS, type MessageLimits } from './limits.ts';
import { findHeadEnd } from './message-octets.ts';

/** What a stream carried. */
export type StreamEvent =
  /** One whole message, its octets owned by the receiver, for `parseMessage` with framing `stream`. */
  | { readonly kind: 'message'; readonly octets: Uint8Array }
  /** CRLF CRLF from the end that opened the connection; a CRLF is due (RFC 5626 §3.5.1). */
  | { readonly kind: 'ping' }
  /** CRLF from the end that accepted the connection (RFC 5626 §4.4.1). */
  | { readonly kind: 'pong' }
  /**
   * The stream cannot be read any further and has to be closed: a limit, or a Content-Length that is missing or malformed.
   * `parseMessage` with framing `stream` makes of `octets` the refusal to send before.
   */
  | { readonly kind: 'failure'; readonly octets: Uint8Array };

const EMPTY = new Uint8Array(0);
const SMALLEST_BUFFER = 2048;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Cuts a stream into messages by their Content-Length (RFC 3261 §18.3) and finds the keep-alives between them. The events
 * are the same however the stream is split into chunks, and the work grows with the octets only, not with the chunks.
 */
export class StreamFramer {
  readonly #opened: 'here' | 'there';
  readonly #limits: MessageLimits;
  #buffer: Uint8Array = EMPTY;
  #size = 0;
  /** Octets of the current message in which no end of the header section was found. */
  #scanned = 0;
  /** Length of the current message, once its header section is there. */
  #expected: number | undefined;
  #lineBreaks = 0;
  #failed = false;

  /** `opened` says which end opened the connection: the one that did sends pings, the other one pongs. */
  constructor(opened: 'here' | 'there', limits: MessageLimits = STREAM_LIMITS) {
    this.#opened = opened;
    this.#limits = limits;
  }

  /** Takes the next octets, which stay the caller's. After a failure there are no more events. */
  push(chunk: Uint8Array): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    if (this.#failed) return events;
    const octets = this.#size === 0 ? chunk : this.#append(chunk);
    const rest = this.#read(octets, events);
    this.#keep(octets, rest);
    return events;
  }

  /** Reads all that is complete. Returns the index of the first octet that is not. */
  #read(octets: Uint8Array, events: StreamEvent[]): number {
    let start = 0;
    for (;;) {
      if (this.#scanned === 0) start = this.#readLineBreaks(octets, start, events);
      const available = octets.length - start;
      if (available === 0 || (available === 1 && octets[start] === CR && this.#scanned === 0)) return start;
      this.#expected ??= this.#measure(octets, start, events);
      if (this.#expected === undefined || available < this.#expected) return start;
      events.push({ kind: 'message', octets: copy(octets, start, start + this.#expected) });
      start += this.#expected;
      this.#expected = undefined;
      this.#scanned = 0;
    }
  }

  #readLineBreaks(octets: Uint8Array, start: number, events: StreamEvent[]): number {
    for (; octets[start] === CR && octets[start + 1] === LF; start += 2) {
      this.#lineBreaks++;
      if (this.#opened === 'here') events.push({ kind: 'pong' });
      else if (this.#lineBreaks % 2 === 0) events.push({ kind: 'ping' });
    }
    return start;
  }

  /** The length of the message at `start`; `undefined` where it cannot be told yet, or never. */
  #measure(octets: Uint8Array, start: number, events: StreamEvent[]): number | undefined {
    const limits = this.#limits;
    this.#lineBreaks = 0;
    const end = Math.min(octets.length, start + limits.head);
    const headEnd = findHeadEnd(octets, start + Math.max(this.#scanned - 3, 0), end);
    this.#scanned = end - start;
    if (headEnd < 0) {
      if (octets.length - start > limits.head) this.#fail(copy(octets, start, end + 1), events);
      return undefined;
    }
    const headLength = headEnd + 2 - start;
    const bodyLength = readDeclaredLength(octets, start, headEnd);
    if (bodyLength === undefined || bodyLength > limits.body || headLength + bodyLength > limits.message) {
      this.#fail(copy(octets, start, headEnd + 2), events);
      return undefined;
    }
    return headLength + bodyLength;
  }

  #fail(octets: Uint8Array, events: StreamEvent[]): void {
    this.#failed = true;
    events.push({ kind: 'failure', octets });
  }

  /** Adds a chunk to what is kept. */
  #append(chunk: Uint8Array): Uint8Array {
    const size = this.#size + chunk.length;
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(SMALLEST_BUFFER, size, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#size);
    this.#size = size;
    return this.#buffer.subarray(0, size);
  }

  /** Keeps the octets from `rest` on for the next chunk; `octets` are the chunk or all that was kept. */
  #keep(octets: Uint8Array, rest: number): void {
    const wasKept = this.#size > 0;
    if (rest === octets.length || this.#failed) {
      this.#buffer = EMPTY;
      this.#size = 0;
    } else if (!wasKept) {
      this.#append(octets.subarray(rest));
    } else if (rest > 0) {
      this.#buffer.copyWithin(0, rest, this.#size);
      this.#size -= rest;
    }
  }
}

/** A true copy: `slice` of a node `Buffer` is a view. */
function copy(octets: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(octets.subarray(start, end));
}
