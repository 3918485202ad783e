import type { Clock } from '../../base/clock.ts';
import { randomToken, type Random } from '../../base/random.ts';
import { equalInConstantTime, type DigestHash } from './digest.ts';
import { hmacSha256 } from './hmac.ts';

/** Nonce counts may overtake each other by this much, as requests over UDP do. */
const WINDOW = 32;

interface Used {
  highest: number;
  /** Bit n: whether `highest - n` was used. */
  seen: number;
}

/**
 * The nonces of a server (RFC 7616 §3.3, §5.4). A nonce carries the time it was made and a seal over it, so that one which was
 * never used costs no memory. Of those used the counts seen are kept, and of no more than a limit: when the oldest has to
 * go, every nonce made before it becomes stale, so that no count is ever accepted twice.
 */
export class NonceBook {
  readonly #hash: DigestHash;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  readonly #limit: number;
  readonly #key: Uint8Array;
  /** In the order of first use. */
  readonly #used = new Map<string, Used>();
  /** Nonces made at this time or before are stale unless they are in the book. */
  #forgottenUntil = -1;

  constructor(options: {
    readonly hash: DigestHash;
    readonly random: Random;
    readonly clock: Clock;
    readonly lifetimeMs: number;
    /** Used nonces remembered at once. */
    readonly limit: number;
  }) {
    this.#hash = options.hash;
    this.#random = options.random;
    this.#clock = options.clock;
    this.#lifetimeMs = options.lifetimeMs;
    this.#limit = options.limit;
    this.#key = options.random.bytes(32);
  }

  /** Used nonces remembered. */
  get size(): number {
    return this.#used.size;
  }

  issue(): string {
    return this.#seal(`${Math.floor(this.#clock.now()).toString(36)}-${randomToken(this.#random, 12)}`);
  }

  /**
   * Takes a count of a nonce, where that is ours, not too old, and the count was not used: `true`, once. `false` means stale.
   * To be asked only after the response was found right, so that nobody else can fill the book.
   */
  use(nonce: string, count: number): boolean {
    const madeAt = this.#madeAt(nonce);
    if (madeAt === undefined || this.#clock.now() - madeAt > this.#lifetimeMs || count < 1) return false;
    const used = this.#used.get(nonce);
    if (used !== undefined) return take(used, count);
    if (madeAt <= this.#forgottenUntil) return false;
    this.#makeRoom();
    this.#used.set(nonce, { highest: count, seen: 1 });
    return true;
  }

  /** When a nonce was made; `undefined` where it is not ours. */
  #madeAt(nonce: string): number | undefined {
    const dot = nonce.lastIndexOf('.');
    const content = nonce.slice(0, Math.max(dot, 0));
    if (dot < 0 || !equalInConstantTime(nonce, this.#seal(content))) return undefined;
    return parseInt(content, 36);
  }

  #seal(content: string): string {
    return `${content}.${hmacSha256(this.#hash, this.#key, content).slice(0, 32)}`;
  }

  #makeRoom(): void {
    for (const nonce of this.#used.keys()) {
      if (this.#used.size < this.#limit) return;
      this.#used.delete(nonce);
      this.#forgottenUntil = Math.max(this.#forgottenUntil, this.#madeAt(nonce) ?? 0);
    }
  }
}

function take(used: Used, count: number): boolean {
  if (count > used.highest) {
    const step = count - used.highest;
    used.seen = step >= WINDOW ? 1 : ((used.seen << step) | 1) >>> 0;
    used.highest = count;
    return true;
  }
  const behind = used.highest - count;
  if (behind >= WINDOW || (used.seen & (1 << behind)) !== 0) return false;
  used.seen = (used.seen | (1 << behind)) >>> 0;
  return true;
}
