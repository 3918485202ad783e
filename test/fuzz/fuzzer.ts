import { performance } from 'node:perf_hooks';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { CodeCoverage } from './code-coverage.ts';
import { sizeOf, type FuzzTarget } from './fuzz-target.ts';
import { Mutator } from './mutator.ts';

/** Inputs run between two looks at the coverage, which costs as much as many of them. */
const BATCH = 200;
/** How much more than the costliest seed an input may take, octet for octet. */
const MOST_STEPS = 50;
const MOST_TIME = 100;
/** What short inputs cost anyway, as octets. */
const BASE_OCTETS = 256;
/** Octets that may be kept of an input: so many times its own, and a fixed part. */
const MOST_KEPT = 64;
const KEPT_ANYWAY = 65_536;
/** Tries to make a finding smaller. */
const MOST_TRIES = 2000;

/** How a target broke its promises. */
export interface Finding {
  readonly problem: 'throws' | 'keeps too much' | 'takes too many steps' | 'takes too long';
  readonly detail: string;
}

/** An input that broke a target, as small as it could be made. */
export interface Crasher extends Finding {
  readonly octets: Uint8Array;
}

/** Runs one input; `undefined` where all promises were kept. */
export function judge(target: FuzzTarget, octets: Uint8Array): Finding | undefined {
  try {
    const kept = sizeOf(target.run(octets));
    if (kept <= KEPT_ANYWAY + MOST_KEPT * octets.length) return undefined;
    return { problem: 'keeps too much', detail: `${kept} octets of ${octets.length}` };
  } catch (error) {
    return { problem: 'throws', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Looks for inputs of one target that lead to new code or break a promise. The same seed gives the same inputs. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #coverage: CodeCoverage;
  readonly #random: SeededRandom;
  readonly #mutator: Mutator;
  readonly #corpus: Uint8Array[] = [];
  readonly #crashers = new Map<string, Crasher>();
  /** Of the costliest seed, per octet. */
  readonly #reference = { steps: 0, milliseconds: 0 };
  #executions = 0;

  constructor(target: FuzzTarget, seeds: readonly Uint8Array[], coverage: CodeCoverage, random: SeededRandom) {
    this.#target = target;
    this.#coverage = coverage;
    this.#random = random;
    this.#mutator = new Mutator(random, target.tokens.map((token) => new Uint8Array(Buffer.from(token, 'latin1')))); // prettier-ignore
    coverage.take();
    // Shortest first: what a longer one adds nothing to is not needed.
    for (const seed of [...seeds].sort((a, b) => a.length - b.length)) this.#measure(seed);
    if (this.#corpus.length === 0) this.#corpus.push(new Uint8Array(1));
  }

  /** Inputs run until now. */
  get executions(): number {
    return this.#executions;
  }

  /** The inputs that each led to code that no one before did. */
  get corpus(): readonly Uint8Array[] {
    return this.#corpus;
  }

  /** One input for each place and way of breaking. */
  get crashers(): readonly Crasher[] {
    return [...this.#crashers.values()];
  }

  /** Runs one batch of new inputs. */
  step(): void {
    const batch = Array.from({ length: BATCH }, () => this.#mutator.mutate(this.#parent(), this.#corpus));
    for (const octets of batch) this.#try(octets);
    if (this.#coverage.peek().fresh > 0) this.#sift(batch);
  }

  /** Finds the inputs that led to the new code of a batch, half by half. */
  #sift(batch: readonly Uint8Array[]): void {
    const [only] = batch;
    if (only === undefined) return;
    if (batch.length === 1) {
      this.#keepIfNew(only);
      return;
    }
    const middle = batch.length >> 1;
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      for (const octets of half) judge(this.#target, octets);
      if (this.#coverage.peek().fresh > 0) this.#sift(half);
    }
  }

  /** Newer inputs more often than old ones. */
  #parent(): Uint8Array {
    const newest = this.#random.below(2) === 0 ? this.#corpus.slice(-16) : this.#corpus;
    return this.#random.pick(newest);
  }

  #measure(seed: Uint8Array): void {
    this.#try(seed);
    const { steps } = this.#keepIfNew(seed);
    const times = Array.from({ length: 5 }, () => this.#time(seed));
    const octets = seed.length + BASE_OCTETS;
    this.#reference.steps = Math.max(this.#reference.steps, steps / octets);
    this.#reference.milliseconds = Math.max(this.#reference.milliseconds, Math.min(...times) / octets);
    this.#coverage.peek();
  }

  #try(octets: Uint8Array): void {
    this.#executions++;
    const from = performance.now();
    const finding = judge(this.#target, octets);
    if (finding !== undefined) this.#report(octets, finding);
    if (!this.#isSlow(octets, performance.now() - from)) return;
    const best = Math.min(...Array.from({ length: 5 }, () => this.#time(octets)));
    if (this.#isSlow(octets, best)) this.#report(octets, { problem: 'takes too long', detail: `${best} ms` });
  }

  #isSlow(octets: Uint8Array, milliseconds: number): boolean {
    const { milliseconds: reference } = this.#reference;
    return reference > 0 && milliseconds > MOST_TIME * reference * (octets.length + BASE_OCTETS);
  }

  #time(octets: Uint8Array): number {
    const from = performance.now();
    judge(this.#target, octets);
    return performance.now() - from;
  }

  #keepIfNew(octets: Uint8Array): { readonly steps: number } {
    judge(this.#target, octets);
    const { fresh, steps } = this.#coverage.take();
    if (fresh > 0) this.#corpus.push(octets);
    const { steps: reference } = this.#reference;
    if (reference > 0 && steps > MOST_STEPS * reference * (octets.length + BASE_OCTETS)) {
      this.#report(octets, { problem: 'takes too many steps', detail: `${steps} steps for ${octets.length} octets` });
    }
    return { steps };
  }

  #report(octets: Uint8Array, finding: Finding): void {
    const key = placeOf(finding);
    if (this.#crashers.has(key)) return;
    this.#crashers.set(key, {
      ...finding,
      octets: finding.problem === 'throws' ? this.#minimise(octets, key) : octets,
    });
  }

  /** Takes away what is not needed, first halves, in the end single octets. */
  #minimise(octets: Uint8Array, key: string): Uint8Array {
    let smallest = octets;
    let tries = 0;
    for (let length = smallest.length >> 1; length >= 1; length >>= 1) {
      for (let at = 0; at < smallest.length && tries < MOST_TRIES; tries++) {
        const rest = new Uint8Array([...smallest.subarray(0, at), ...smallest.subarray(at + length)]);
        const finding = judge(this.#target, rest);
        if (finding !== undefined && placeOf(finding) === key) smallest = rest;
        else at += length;
      }
    }
    return smallest;
  }
}

/** Tells findings apart: the problem and, where something was thrown, what and where. */
function placeOf({ problem, detail }: Finding): string {
  if (problem !== 'throws') return problem;
  const [message = '', ...frames] = detail.split('\n');
  const place = frames.find((frame) => frame.includes('/core/')) ?? '';
  return `${message.replaceAll(/\d+/g, 'n')} ${place}`;
}
