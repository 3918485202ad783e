import { afterEach, describe, expect, it } from 'vitest';
import { AUDIO_FRAME_MS, AUDIO_FRAME_SAMPLES } from '../../../core/audio/audio-port.ts';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { PortAudio } from '../../../core/io/port-audio.ts';
import { Tracer } from '../../../core/trace/tracer.ts';

const entry = new URL('./fake/audio-process.ts', import.meta.url);
const tracer = new Tracer(systemClock);
let port: PortAudio | undefined;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await sleep(10);
  }
}

/** Starts a port on the fake device and collects what it delivers. */
function start(input: string) {
  const seen = { sounding: 0, silent: 0, at: [] as number[], diagnoses: [] as (Diagnosis | undefined)[] };
  port = new PortAudio({ clock: systemClock, tracer, entry });
  port.onDiagnosis((diagnosis) => seen.diagnoses.push(diagnosis));
  port.start({ input, output: undefined }, (frame) => {
    seen.at.push(performance.now());
    if (frame[0] === 0) seen.silent++;
    else seen.sounding++;
  });
  return { port, seen, codes: () => seen.diagnoses.map((diagnosis) => diagnosis?.code) };
}

afterEach(async () => {
  await port?.close();
  port = undefined;
});

describe('sound devices in a process of their own', () => {
  it('delivers what the microphone says and plays what it is given', async () => {
    const { port, seen, codes } = start('good');
    await until(() => seen.sounding > 50);
    expect(codes()).toEqual([]);
    const before = seen.sounding;
    port.play(new Int16Array(AUDIO_FRAME_SAMPLES).fill(500));
    await until(() => seen.sounding > before);
    expect((await port.devices()).map(({ id }) => id)).toEqual(['good']);
  });

  it('delivers silence in time until the device is open', async () => {
    const { seen } = start('good');
    await until(() => seen.sounding > 30);
    expect(seen.silent).toBeGreaterThan(0);
  });

  it('kills a process that delivers nothing for half a second, says so, and starts another one', async () => {
    const { port, seen, codes } = start('stalls');
    await until(() => seen.sounding === 20);
    const first = port.pid;
    await until(() => codes()[0] === 'audio.device-lost', 2_000);
    await until(() => seen.sounding > 20);
    expect(port.pid).not.toBe(first);
    expect(codes().slice(0, 2)).toEqual(['audio.device-lost', undefined]);
    expect(() => process.kill(first ?? 0, 0)).toThrow('ESRCH');
  });

  it('survives a process that is killed: silence meanwhile, then sound, and the diagnosis is cleared', async () => {
    const { port, seen, codes } = start('good');
    await until(() => seen.sounding > 10);
    const { silent, sounding } = seen;
    process.kill(port.pid ?? 0, 'SIGKILL');
    await until(() => codes().length === 2);
    expect(codes()).toEqual(['audio.device-lost', undefined]);
    await until(() => seen.sounding > sounding + 10);
    expect(seen.silent).toBeGreaterThan(silent);
  });

  it('starts a process that dies again and again at growing intervals', async () => {
    const { port, seen } = start('dies');
    const starts = new Map<number, number>();
    await until(() => {
      if (port.pid !== undefined && !starts.has(port.pid)) starts.set(port.pid, performance.now());
      return starts.size === 6;
    }, 20_000);
    const at = [...starts.values()];
    const interval = (n: number): number => (at[n] ?? 0) - (at[n - 1] ?? 0);
    expect(interval(5)).toBeGreaterThan(interval(1) + 500);
    expect(seen.sounding).toBeGreaterThanOrEqual(40);
  });

  it.each(['none', 'no-module'])(
    'a machine with no device (%s) is told once and gets silence in time',
    async (input) => {
      const { seen, codes } = start(input);
      const began = performance.now();
      await until(() => codes().length > 0);
      await sleep(1_000);
      const due = (performance.now() - began) / AUDIO_FRAME_MS;
      expect(codes()).toEqual(['audio.no-device']);
      expect(Math.abs(seen.silent - due)).toBeLessThan(0.3 * due);
    },
  );

  it('stops at once and leaves no process behind', async () => {
    const { port, seen } = start('hangs');
    await sleep(300);
    const pid = port.pid ?? 0;
    await port.close();
    const count = seen.at.length;
    await sleep(100);
    expect(seen.at.length).toBe(count);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
