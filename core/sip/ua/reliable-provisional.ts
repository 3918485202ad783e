import type { Clock, Timer } from '../../base/clock.ts';
import { randomUint32, type Random } from '../../base/random.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { DEFAULT_TIMER_VALUES } from '../transaction/timers.ts';
import { optionTags } from './capabilities.ts';

const { t1: T1_MS } = DEFAULT_TIMER_VALUES;

/** The option tag (RFC 3262 §7). */
const OPTION = '100rel';

/** What RAck names: a reliable provisional response and the request that it answers (RFC 3262 §7.2). */
export interface RAck {
  readonly rseq: number;
  readonly sequence: number;
  readonly method: string;
}

/** Whether whoever sent this INVITE takes reliable provisional responses, and whether it insists (RFC 3262 §3). */
export function reliabilityOf(invite: SipRequest): 'required' | 'supported' | 'unknown' {
  if (optionTags(invite, 'Require').includes(OPTION)) return 'required';
  return optionTags(invite, 'Supported').includes(OPTION) ? 'supported' : 'unknown';
}

/** RSeq of a provisional response that wants a PRACK; `undefined` where it wants none (RFC 3262 §4). */
export function reliableSequence(response: SipResponse): number | undefined {
  if (response.status <= 100 || response.status >= 200) return undefined;
  if (!optionTags(response, 'Require').includes(OPTION)) return undefined;
  const text = response.headers.get('RSeq') ?? '';
  return /^\d{1,10}$/.test(text) && Number(text) > 0 && Number(text) < 2 ** 32 ? Number(text) : undefined;
}

/** Reads RAck. */
export function readRAck({ headers }: SipMessage): RAck | undefined {
  const match = /^(\d{1,10})\s+(\d{1,10})\s+(\S+)$/.exec(headers.get('RAck') ?? '');
  if (match === null) return undefined;
  return { rseq: Number(match[1]), sequence: Number(match[2]), method: match[3] ?? '' };
}

/** The order of the reliable provisional responses to one INVITE in one dialog, as the UAC keeps it (RFC 3262 §4). */
export class ProvisionalOrder {
  #sequence: number | undefined;
  #rseq: number | undefined;

  /** Whether a response is the next one; a repeat, or one that came too early, is to be ignored and not acknowledged. */
  isNext(rseq: number, inviteSequence: number): boolean {
    if (this.#sequence === inviteSequence && this.#rseq !== undefined && rseq !== this.#rseq + 1) return false;
    this.#sequence = inviteSequence;
    this.#rseq = rseq;
    return true;
  }
}

interface Queued {
  readonly response: SipResponse;
  readonly described: boolean;
  readonly onAcknowledged: (prack: SipRequest) => void;
}

/**
 * Sends provisional responses to one INVITE reliably (RFC 3262 §3): one at a time, each repeated from T1 on in doubling
 * intervals until its PRACK comes.
 */
export class ReliableProvisionals {
  readonly #clock: Clock;
  readonly #inviteSequence: number;
  readonly #send: (response: SipResponse) => void;
  readonly #onMissing: () => void;
  readonly #queue: Queued[] = [];
  #rseq: number;
  #current: Queued | undefined;
  #timer: Timer | undefined;
  #stopped = false;
  #onIdle: (() => void)[] = [];

  /** `onMissing`: no PRACK came within 64 × T1, so the INVITE is to be refused with a 5xx. */
  constructor(options: {
    readonly clock: Clock;
    readonly random: Random;
    readonly invite: SipRequest;
    readonly send: (response: SipResponse) => void;
    readonly onMissing: () => void;
  }) {
    this.#clock = options.clock;
    this.#inviteSequence = options.invite.cseq?.sequence ?? 0;
    this.#send = options.send;
    this.#onMissing = options.onMissing;
    // Between 1 and 2**31 - 1 (RFC 3262 §3); half of that leaves room to count up.
    this.#rseq = (randomUint32(options.random) >>> 2) + 1;
  }

  /** Sends `response` once those before it are acknowledged. `described`: it has a session description. */
  send(response: SipResponse, described: boolean, onAcknowledged: (prack: SipRequest) => void): void {
    if (this.#stopped) return;
    this.#queue.push({ response, described, onAcknowledged });
    if (this.#current === undefined) this.#next();
  }

  /** Takes a PRACK. `false`: it names no response that is waiting for one, and gets 481 (§3). */
  receive(prack: SipRequest): boolean {
    const rack = readRAck(prack);
    const current = this.#current;
    if (current === undefined || rack?.rseq !== this.#rseq) return false;
    if (rack.sequence !== this.#inviteSequence || rack.method !== 'INVITE') return false;
    this.#timer?.cancel();
    this.#current = undefined;
    current.onAcknowledged(prack);
    this.#next();
    return true;
  }

  /** Resolves when no response with a session description waits for its PRACK: a 2xx must not go before (§3). */
  async described(): Promise<void> {
    while (!this.#stopped && (this.#current?.described === true || this.#queue.some(({ described }) => described))) {
      await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    }
  }

  /** A final response is out: nothing is repeated or sent any more. The PRACK of what was sent last is still good. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#queue.length = 0;
    this.#tell();
  }

  #next(): void {
    this.#tell();
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#current = next;
    this.#rseq++;
    next.response.headers.append('Require', OPTION);
    next.response.headers.set('RSeq', String(this.#rseq));
    const started = this.#clock.now();
    const repeat = (intervalMs: number): void => {
      this.#send(next.response);
      this.#timer = this.#clock.after(intervalMs, () => {
        if (this.#clock.now() - started >= 64 * T1_MS) {
          this.stop();
          this.#onMissing();
        } else repeat(Math.min(intervalMs * 2, started + 64 * T1_MS - this.#clock.now()));
      });
    };
    repeat(T1_MS);
  }

  #tell(): void {
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}
