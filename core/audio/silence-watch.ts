import { AUDIO_FRAME_MS } from './audio-port.ts';

/** A microphone that works is never this long at exactly nothing. */
const SILENT_MS = 5_000;

/** Notices a microphone that delivers only zeros: muted in hardware, or kept back by the system's privacy settings. */
export class SilenceWatch {
  #zeroFrames = 0;
  #silent = false;

  /** Takes one frame; `true` when silence was just established, `false` when it just ended, else `undefined`. */
  push(frame: Int16Array): boolean | undefined {
    if (frame.some((sample) => sample !== 0)) {
      this.#zeroFrames = 0;
      if (!this.#silent) return undefined;
      this.#silent = false;
      return false;
    }
    this.#zeroFrames++;
    if (this.#silent || this.#zeroFrames * AUDIO_FRAME_MS < SILENT_MS) return undefined;
    this.#silent = true;
    return true;
  }
}
