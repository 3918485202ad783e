import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import type { ProbeStep } from '../../../core/probe/probe-report.ts';
import { ProbeRun, type StepEnd } from '../../../core/probe/probe-run.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const diagnosis = (code: Diagnosis['code']): Diagnosis => ({
  code,
  side: 'there',
  summary: 's',
  cure: 'c',
  evidence: {},
});
const end = (value: string): StepEnd<string> => ({ outcome: 'ok', text: value, value });

function begin(limitMs = 60_000): {
  run: ProbeRun;
  clock: VirtualClock;
  steps: ProbeStep[];
  controller: AbortController;
} {
  const clock = new VirtualClock();
  const steps: ProbeStep[] = [];
  const controller = new AbortController();
  const run = new ProbeRun({ clock, signal: controller.signal, limitMs, onStep: (step) => steps.push(step) });
  return { run, clock, steps, controller };
}

describe('the run of a probe', () => {
  it('a step tells its outcome and its time', async () => {
    const { run, clock, steps } = begin();
    const { promise, resolve } = Promise.withResolvers<StepEnd<string>>();
    const value = run.step(
      'dns',
      1000,
      () => promise,
      () => end('late'),
    );
    clock.advance(250);
    resolve(end('found'));
    expect(await value).toBe('found');
    expect(steps).toEqual([{ step: 'dns', outcome: 'ok', ms: 250, text: 'found', evidence: {} }]);
  });

  it('a step that does not end is left alone, and its work is told', async () => {
    const { run, clock } = begin();
    let told = false;
    const value = run.step(
      'dns',
      1000,
      (signal) => {
        signal.addEventListener('abort', () => (told = true));
        return new Promise<StepEnd<string>>(() => undefined);
      },
      () => end('late'),
    );
    clock.advance(1000);
    expect(await value).toBe('late');
    expect(told).toBe(true);
  });

  it('when its time is over every step ends, the one under way with a finding', async () => {
    const { run, clock, steps } = begin(500);
    const value = run.step(
      'options',
      1000,
      () => new Promise<StepEnd<string>>(() => undefined),
      () => end('late'),
    );
    clock.advance(500);
    expect(await value).toBeUndefined();
    expect(
      await run.step(
        'reuse',
        1000,
        async () => end('never'),
        () => end('late'),
      ),
    ).toBeUndefined();
    expect(run.findings).toMatchObject([{ code: 'sip.timeout', severity: 'error', evidence: { step: 'options' } }]);
    expect(steps).toMatchObject([{ step: 'options', outcome: 'skipped' }]);
  });

  it('given up it has no finding of its own', async () => {
    const { run, controller } = begin();
    controller.abort();
    expect(run.over).toBe(true);
    expect(run.findings).toEqual([]);
  });

  it('findings are told worst first, each code once, and as bad as it gets', () => {
    const { run } = begin();
    run.find('info', diagnosis('cert.ip-mismatch'));
    run.find('warning', diagnosis('cert.expired'));
    run.find('error', diagnosis('cert.name-mismatch'));
    run.find('error', diagnosis('cert.expired'));
    run.find('info', diagnosis('cert.name-mismatch'));
    expect(run.findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'error cert.expired',
      'error cert.name-mismatch',
      'info cert.ip-mismatch',
    ]);
    run.withdraw(['cert.expired']);
    expect(run.has('cert.expired')).toBe(false);
  });

  it('twelve connections are allowed', () => {
    const { run } = begin();
    const taken = Array.from({ length: 20 }, () => run.takeConnection()).filter(Boolean);
    expect(taken).toHaveLength(12);
  });
});
