import type { AudioDevice, AudioPort, AudioRoute } from '../audio/audio-port.ts';
import { WavPlayer } from '../audio/wav-player.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { SilentAudio } from './silent-audio.ts';
import { readWavFile, WavFileWriter } from './wav-file.ts';

/** The files that stand in for microphone and speaker. */
export interface WavFileAudioFiles {
  /** Played once from the start of the port, then silence. */
  readonly input?: string | undefined;
  /** What the speaker would have said, frame after frame as it was played. */
  readonly output?: string | undefined;
}

/** A port whose microphone and speaker are WAV files; it keeps the time of the clock. */
export class WavFileAudio implements AudioPort {
  readonly #files: WavFileAudioFiles;
  readonly #pace: SilentAudio;
  readonly #listeners = new Set<(diagnosis: Diagnosis | undefined) => void>();
  #opening: Promise<void> | undefined;
  #player: WavPlayer | undefined;
  #writer: WavFileWriter | undefined;

  constructor(clock: Clock, files: WavFileAudioFiles) {
    this.#files = files;
    this.#pace = new SilentAudio(clock);
  }

  devices(): Promise<readonly AudioDevice[]> {
    return Promise.resolve([
      { id: 'wav', name: 'WAV file', inputs: 1, outputs: 1, defaultInput: true, defaultOutput: true },
    ]);
  }

  start(route: AudioRoute, onFrame: (samples: Int16Array) => void): void {
    this.#opening ??= this.#open();
    this.#pace.start(route, (frame) => {
      this.#player?.pull(frame);
      onFrame(frame);
    });
  }

  play(samples: Int16Array): void {
    this.#writer?.write(samples);
  }

  stop(): void {
    this.#pace.stop();
  }

  onDiagnosis(listener: (diagnosis: Diagnosis | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.stop();
    await this.#opening;
    await this.#writer?.close();
    this.#writer = undefined;
  }

  async #open(): Promise<void> {
    const report = (diagnosis: Diagnosis): void => {
      for (const listener of this.#listeners) listener(diagnosis);
    };
    if (this.#files.output !== undefined) {
      const writer = await WavFileWriter.open(this.#files.output, report);
      if (writer.ok) this.#writer = writer.value;
      else report(writer.error);
    }
    if (this.#files.input !== undefined) {
      const wav = await readWavFile(this.#files.input);
      if (wav.ok) this.#player = new WavPlayer(wav.value);
      else report(wav.error);
    }
  }
}
