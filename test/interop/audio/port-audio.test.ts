import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../../../core/audio/audio-port.ts';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { PortAudio } from '../../../core/io/port-audio.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { likeness, wavSamples } from '../../support/likeness.ts';
import { MICROPHONE, pulseAvailable, PulseServer, SPEAKER } from '../../support/pulse.ts';
import { amplitudeAt, level, tone } from '../../support/tone.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// Devices keep real time, which a busy machine may not: hence the repetitions.
describe.skipIf(!pulseAvailable)('PortAudio on PulseAudio null sinks', { retry: 3 }, () => {
  let pulse: PulseServer;
  let port: PortAudio;
  let opened: number;
  let diagnoses: (Diagnosis | undefined)[];

  beforeEach(async () => {
    pulse = await PulseServer.start();
    const tracer = new Tracer(systemClock);
    opened = 0;
    tracer.subscribe((event) => (opened += event.kind === 'audio.device' ? 1 : 0));
    port = new PortAudio({ clock: systemClock, tracer });
    diagnoses = [];
    port.onDiagnosis((diagnosis) => diagnoses.push(diagnosis));
  });
  afterEach(async () => {
    await port.close();
    await pulse.stop();
  });

  async function until(condition: () => boolean): Promise<void> {
    const end = performance.now() + 15_000;
    while (!condition()) {
      if (performance.now() > end) throw new Error('it did not happen in time');
      await sleep(10);
    }
  }

  it('lists devices by names that can be chosen', async () => {
    const devices = await port.devices();
    expect(devices.map(({ id }) => id)).toEqual(expect.arrayContaining([MICROPHONE, SPEAKER]));
    expect(devices.filter(({ defaultInput }) => defaultInput)).toHaveLength(1);
  });

  it('speech goes in at the microphone and comes out of the speaker', async () => {
    port.start({ input: MICROPHONE, output: SPEAKER }, (frame) => {
      port.play(frame);
    });
    await until(() => opened > 0);
    await sleep(500);
    const stop = pulse.recordSpeaker();
    await sleep(300);
    await pulse.playIntoMicrophone(SPEECH);
    await sleep(300);
    const heard = await stop();
    expect(likeness(await wavSamples(SPEECH), heard)).toBeGreaterThan(0.9);
    expect(diagnoses).toEqual([]);
  });

  it('a killed sound server ends in a diagnosis and silence, and sound is back when the server is', async () => {
    const sound = tone(1000, AUDIO_RATE, AUDIO_RATE);
    let frames = 0;
    port.start({ input: MICROPHONE, output: SPEAKER }, () => {
      const at = (frames++ * AUDIO_FRAME_SAMPLES) % AUDIO_RATE;
      port.play(sound.subarray(at, at + AUDIO_FRAME_SAMPLES));
    });
    await until(() => opened > 0);
    await sleep(500);
    await pulse.crash();
    await until(() => diagnoses.length === 1);
    expect(diagnoses[0]?.code).toBe('audio.device-lost');
    const before = frames;
    await sleep(500);
    expect(frames - before).toBeGreaterThan(20);
    await pulse.launch();
    await until(() => diagnoses.length > 1 && diagnoses.at(-1) === undefined);
    await sleep(500);
    const stop = pulse.recordSpeaker();
    await sleep(1_000);
    const heard = await stop();
    const middle = heard.subarray(heard.length / 2, heard.length / 2 + AUDIO_RATE / 4);
    expect(amplitudeAt(1000, AUDIO_RATE, middle)).toBeGreaterThan(0.3);
  });

  it('a device that is not there is replaced by the default one, and that is said', async () => {
    port.start({ input: 'ALSA: gone', output: SPEAKER }, () => undefined);
    await until(() => diagnoses.length > 0);
    expect(diagnoses[0]?.code).toBe('audio.device-lost');
    expect(diagnoses[0]?.summary).toContain('ALSA: gone');
  });

  it('a microphone that delivers only zeros is told after five seconds', async () => {
    port.start({ input: MICROPHONE, output: SPEAKER }, (frame) => expect(level(frame)).toBe(0));
    await until(() => diagnoses.length > 0);
    expect(diagnoses[0]?.code).toBe('audio.silent');
  });
});
