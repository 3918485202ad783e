import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AUDIO_RATE } from '../../../core/audio/audio-port.ts';
import { toInt16 } from '../../../core/audio/samples.ts';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { WavFileAudio } from '../../../core/io/wav-file-audio.ts';
import { readWavFile, WavFileWriter } from '../../../core/io/wav-file.ts';
import { amplitudeAt, tone } from '../../support/tone.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-wav-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fail = (diagnosis: Diagnosis): never => {
  throw new Error(diagnosis.summary);
};

async function samplesOf(path: string): Promise<Int16Array> {
  const wav = await readWavFile(path);
  if (!wav.ok) throw new Error(wav.error.summary);
  const output = new Float32Array(wav.value.length);
  wav.value.read(0, output);
  return Int16Array.from(output, toInt16);
}

async function write(path: string, samples: Int16Array): Promise<void> {
  const writer = await WavFileWriter.open(path, fail);
  if (!writer.ok) throw new Error(writer.error.summary);
  for (let at = 0; at < samples.length; at += 480) writer.value.write(samples.subarray(at, at + 480));
  await writer.value.close();
}

describe('recording', () => {
  it('what was written comes back sample by sample, with a header that fits', async () => {
    const path = join(folder, 'whole.wav');
    const samples = tone(440, AUDIO_RATE, 100_000);
    await write(path, samples);
    expect((await stat(path)).size).toBe(44 + 2 * samples.length);
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect(await samplesOf(path)).toEqual(samples);
  });

  it('a recorder killed with SIGKILL leaves a file that plays, all but its last second', async () => {
    const path = join(folder, 'killed.wav');
    const recorder = spawn(
      process.execPath,
      [fileURLToPath(new URL('./fake/record-for-ever.ts', import.meta.url)), path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => recorder.stdout.once('data', resolve));
    const gone = new Promise((resolve) => recorder.once('exit', resolve));
    recorder.kill('SIGKILL');
    await gone;
    const samples = await samplesOf(path);
    expect(samples.length).toBeGreaterThanOrEqual(AUDIO_RATE / 2);
    expect(amplitudeAt(1000, AUDIO_RATE, samples)).toBeCloseTo(0.5, 2);
  });

  it('a folder that is not there is a diagnosis', async () => {
    const path = join(folder, 'nowhere', 'x.wav');
    const [writer, wav] = [await WavFileWriter.open(path, fail), await readWavFile(path)];
    expect([writer.ok || writer.error.code, wav.ok || wav.error.code]).toEqual(['file.missing', 'file.missing']);
    const notSound = await readWavFile(fileURLToPath(import.meta.url));
    expect(notSound.ok || notSound.error.code).toBe('file.unreadable');
  });
});

describe('WAV files in place of devices', () => {
  it('plays one and records the other at the pace of the clock', async () => {
    const [input, output] = [join(folder, 'in.wav'), join(folder, 'out.wav')];
    await write(input, tone(700, AUDIO_RATE, AUDIO_RATE / 2));
    const port = new WavFileAudio(systemClock, { input, output });
    const heard: number[] = [];
    port.start({ input: undefined, output: undefined }, (frame) => {
      heard.push(...frame);
      port.play(frame);
    });
    const started = systemClock.now();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const seconds = (systemClock.now() - started) / 1000;
    await port.close();
    expect(heard.length / AUDIO_RATE).toBeGreaterThan(0.9 * seconds);
    expect(heard.length / AUDIO_RATE).toBeLessThan(1.1 * seconds + 0.1);
    expect(heard.filter((sample) => sample !== 0).length / AUDIO_RATE).toBeGreaterThan(0.45);
    expect((await samplesOf(output)).filter((sample) => sample !== 0).length / AUDIO_RATE).toBeGreaterThan(0.45);
  });

  it('a file that is missing is told, and silence comes in its place', async () => {
    const told: (Diagnosis | undefined)[] = [];
    let frames = 0;
    const port = new WavFileAudio(systemClock, { input: join(folder, 'missing.wav') });
    port.onDiagnosis((diagnosis) => told.push(diagnosis));
    port.start({ input: undefined, output: undefined }, () => frames++);
    await vi.waitFor(() => {
      expect(frames).toBeGreaterThan(20);
    }, 10_000);
    await port.close();
    expect(told.map((diagnosis) => diagnosis?.code)).toEqual(['file.missing']);
  });
});
