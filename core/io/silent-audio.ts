import { AUDIO_FRAME_SAMPLES, type AudioDevice, type AudioPort, type AudioRoute } from '../audio/audio-port.ts';
import { FrameTicker } from '../audio/frame-ticker.ts';
import type { Clock } from '../base/clock.ts';

/** A port without a device: silence in time, and what is played is gone. */
export class SilentAudio implements AudioPort {
  readonly #clock: Clock;
  readonly #silence = new Int16Array(AUDIO_FRAME_SAMPLES);
  #ticker: FrameTicker | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  devices(): Promise<readonly AudioDevice[]> {
    return Promise.resolve([]);
  }

  start(_route: AudioRoute, onFrame: (samples: Int16Array) => void): void {
    this.stop();
    this.#ticker = new FrameTicker(
      this.#clock,
      () => {
        onFrame(this.#silence.fill(0));
      },
      setImmediate,
    );
  }

  play(): void {
    // Nobody listens.
  }

  stop(): void {
    this.#ticker?.stop();
    this.#ticker = undefined;
  }

  onDiagnosis(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    this.stop();
    return Promise.resolve();
  }
}
