import type { Clock } from '../base/clock.ts';
import type { Diagnosis, Evidence } from '../base/diagnosis.ts';
import { worstFirst, type Finding } from '../tls/certificate-findings.ts';
import type { ProbeOutcome, ProbeStep, ProbeStepName } from './probe-report.ts';

/** How a step ended. */
export interface StepEnd<T> {
  readonly outcome: ProbeOutcome;
  readonly text: string;
  readonly evidence?: Evidence;
  readonly findings?: readonly Finding[];
  readonly value: T;
}

/** Connections that one probe opens at most, whatever it meets. */
const MOST_CONNECTIONS = 12;

/** One probe on its way: its time, its steps, its findings, and how many connections it may still open. */
export class ProbeRun {
  readonly #clock: Clock;
  readonly #onStep: (step: ProbeStep) => void;
  readonly #controller = new AbortController();
  readonly #stop: () => void;
  readonly #findings: Finding[] = [];
  #connections = MOST_CONNECTIONS;
  #last: ProbeStepName = 'dns';

  constructor(options: {
    readonly clock: Clock;
    /** Gives the probe up. */
    readonly signal: AbortSignal;
    /** For all of it. */
    readonly limitMs: number;
    readonly onStep: (step: ProbeStep) => void;
  }) {
    const { clock, signal, limitMs } = options;
    this.#clock = clock;
    this.#onStep = options.onStep;
    const abort = (): void => {
      this.#controller.abort();
    };
    const timer = clock.after(limitMs, () => {
      this.find('error', outOfTime(limitMs, this.#last));
      abort();
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    this.#stop = () => {
      timer.cancel();
      signal.removeEventListener('abort', abort);
    };
  }

  /** Aborted when the probe is given up or its time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get over(): boolean {
    return this.#controller.signal.aborted;
  }

  get findings(): readonly Finding[] {
    return worstFirst(this.#findings);
  }

  /** Notes a finding. One code is noted once, as the first who met it tells it, unless it is worse the second time. */
  find(severity: Finding['severity'], diagnosis: Diagnosis): void {
    const known = this.#findings.findIndex(({ code }) => code === diagnosis.code);
    const finding = { severity, ...diagnosis };
    if (known < 0) this.#findings.push(finding);
    else if (severity === 'error' && this.#findings[known]?.severity !== 'error') this.#findings[known] = finding;
  }

  has(code: string): boolean {
    return this.#findings.some((finding) => finding.code === code);
  }

  /** Takes findings back that turned out to mean something else. */
  withdraw(codes: readonly string[]): void {
    const kept = this.#findings.filter(({ code }) => !codes.includes(code));
    this.#findings.splice(0, this.#findings.length, ...kept);
  }

  /** Takes one connection of those allowed; `false` where none is left. */
  takeConnection(): boolean {
    return this.#connections-- > 0;
  }

  /**
   * Does one step, tells how it ended, and gives its value; `undefined` where the probe was given up before or meanwhile.
   * What does not end within `limitMs` is left alone, with `late` as its end. `work` must not reject.
   */
  async step<T>(
    name: ProbeStepName,
    limitMs: number,
    work: (signal: AbortSignal) => Promise<StepEnd<T>>,
    late: () => StepEnd<T>,
  ): Promise<T | undefined> {
    if (this.over) return undefined;
    this.#last = name;
    const startedAt = this.#clock.now();
    const controller = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    const abort = (): void => {
      controller.abort();
      resolve(undefined);
    };
    const timer = this.#clock.after(limitMs, abort);
    this.signal.addEventListener('abort', abort);
    const done = await Promise.race([work(controller.signal), ended]);
    timer.cancel();
    this.signal.removeEventListener('abort', abort);
    if (this.#controller.signal.aborted) {
      this.tell(name, { outcome: 'skipped', text: 'given up', ms: this.#clock.now() - startedAt });
      return undefined;
    }
    const end = done ?? late();
    for (const { severity, ...diagnosis } of end.findings ?? []) this.find(severity, diagnosis);
    this.tell(name, { ...end, ms: this.#clock.now() - startedAt });
    return end.value;
  }

  /** Tells of a step that needed nobody to wait for. */
  tell(step: ProbeStepName, told: Pick<ProbeStep, 'outcome' | 'text' | 'ms'> & { readonly evidence?: Evidence }): void {
    const { outcome, text, ms, evidence = {} } = told;
    this.#onStep({ step, outcome, ms: Math.round(ms * 10) / 10, text, evidence });
  }

  /** Tells of a step that is left out, and why. */
  skip(step: ProbeStepName, text: string): void {
    if (!this.over) this.tell(step, { outcome: 'skipped', text, ms: 0 });
  }

  /** Forgets its timer and its signal. */
  end(): void {
    this.#stop();
  }
}

function outOfTime(limitMs: number, step: ProbeStepName): Diagnosis {
  return {
    code: 'sip.timeout',
    side: 'here',
    summary: `The test was ended after ${limitMs / 1000} s, in its step "${step}".`,
    cure: 'Look which step took so long: the server answers slowly, or something on the way holds packets back.',
    evidence: { limitMs, step },
  };
}
