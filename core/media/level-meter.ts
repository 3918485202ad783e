/** Frames of 10 ms that the level is taken over. */
const FRAMES = 10;

/** The level of the last 100 ms of a stream of sound. */
export class LevelMeter {
  readonly #energies = new Float64Array(FRAMES);
  #next = 0;

  /** Takes the next frame of 10 ms. */
  add(frame: Int16Array): void {
    let sum = 0;
    for (const sample of frame) sum += sample * sample;
    this.#energies[this.#next] = sum / frame.length;
    this.#next = (this.#next + 1) % FRAMES;
  }

  /** Root mean square, 0 to 1 of full scale. */
  get level(): number {
    let sum = 0;
    for (const energy of this.#energies) sum += energy;
    return Math.sqrt(sum / FRAMES) / 32_768;
  }
}
