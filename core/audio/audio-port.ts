import type { Diagnosis } from '../base/diagnosis.ts';

/** One microphone or speaker. */
export interface AudioDevice {
  /** Stable within a run and, where the system allows, across runs. */
  readonly id: string;
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly defaultInput: boolean;
  readonly defaultOutput: boolean;
}

/** The devices in use; `undefined` is the system's default. */
export interface AudioRoute {
  readonly input: string | undefined;
  readonly output: string | undefined;
}

/** All sound inside the media plane: mono, signed 16 bit, this rate, frames of this length. */
export const AUDIO_RATE = 48_000;
export const AUDIO_FRAME_MS = 10;
export const AUDIO_FRAME_SAMPLES = (AUDIO_RATE * AUDIO_FRAME_MS) / 1000;

/**
 * Where live sound comes from and goes to. Three adapters: PortAudio in a process of its own, WAV files, silence. A
 * machine without a sound card is a normal state: the port then delivers silence in time and says so once.
 */
export interface AudioPort {
  devices(): Promise<readonly AudioDevice[]>;
  /** Starts both directions. `onFrame` gets `AUDIO_FRAME_SAMPLES` samples per frame, which it must copy to keep. */
  start(route: AudioRoute, onFrame: (samples: Int16Array) => void): void;
  /** Queues one frame for the speaker; drops the oldest where the queue is over 60 ms. */
  play(samples: Int16Array): void;
  stop(): void;
  /** Device lost, device back, no device, no permission. */
  onDiagnosis(listener: (diagnosis: Diagnosis | undefined) => void): () => void;
  close(): Promise<void>;
}
