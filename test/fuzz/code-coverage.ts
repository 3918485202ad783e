import { Session, type Profiler } from 'node:inspector';

/** What ran since the last time somebody looked. */
export interface CoveredCode {
  /** Pieces of code that ran for the first time. */
  readonly fresh: number;
  /** Blocks executed, each as often as it was: how much work was done, whatever the clock says. */
  readonly steps: number;
}

/**
 * Block coverage of the modules below one folder, as V8 counts it. A block is known by the characters that it covers, since V8
 * merges neighbours that ran equally often. Works in its own thread only.
 */
export class CodeCoverage {
  readonly #session = new Session();
  readonly #under: string;
  /** By module: for each character 1 once it ran. */
  readonly #ran = new Map<string, Uint8Array>();
  #pieces = 0;

  /** `under` is the start of the URLs of the modules that count. */
  constructor(under: string) {
    this.#under = under;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Pieces of code that ran until now. */
  get pieces(): number {
    return this.#pieces;
  }

  /** Looks at what ran since the last look, and remembers it. */
  take(): CoveredCode {
    const covered = this.#look(true);
    this.#pieces += covered.fresh;
    return covered;
  }

  /** Looks at what ran since the last look; what is new stays new. */
  peek(): CoveredCode {
    return this.#look(false);
  }

  /** Forgets what ran. Counting goes on: functions that V8 compiled before it began are known as a whole only. */
  restart(): void {
    this.#look(false);
    this.#ran.clear();
    this.#pieces = 0;
  }

  #look(remember: boolean): CoveredCode {
    let fresh = 0;
    let steps = 0;
    for (const { url, functions } of this.#scripts()) {
      if (!url.startsWith(this.#under)) continue;
      for (const { ranges } of functions) {
        for (const { count } of ranges) steps += count;
        fresh += this.#compare(url, ranges, remember);
      }
    }
    return { fresh, steps };
  }

  /** The number of stretches that are new in what the nested ranges of one function cover. */
  #compare(url: string, ranges: readonly Profiler.CoverageRange[], remember: boolean): number {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return 0;
    const ran = this.#charactersOf(url, whole.endOffset);
    const counts = new Uint8Array(whole.endOffset - whole.startOffset);
    // Outer ranges come first, so that inner ones overwrite them.
    for (const { startOffset, endOffset, count } of ranges) {
      counts.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
    }
    let stretches = 0;
    let isInside = false;
    for (const [index, count] of counts.entries()) {
      const at = whole.startOffset + index;
      const isNew = count > 0 && ran[at] === 0;
      if (isNew && !isInside) stretches++;
      isInside = isNew;
      if (isNew && remember) ran[at] = 1;
    }
    return stretches;
  }

  #charactersOf(url: string, length: number): Uint8Array {
    const known = this.#ran.get(url) ?? new Uint8Array(0);
    if (known.length >= length) return known;
    const longer = new Uint8Array(length);
    longer.set(known);
    this.#ran.set(url, longer);
    return longer;
  }

  #scripts(): readonly Profiler.ScriptCoverage[] {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // A session with its own thread answers before it returns.
    this.#session.post('Profiler.takePreciseCoverage', (_error, answer) => {
      scripts = answer.result;
    });
    return scripts;
  }
}
