import { SourceState } from './source-state.ts';

/** Sources one master key serves at most, so that a peer cannot fill our memory. */
const MAX_SOURCES = 64;

/** The state of every SSRC seen under one master key; the one used last is found without a look-up. */
export class SourceTable {
  readonly #sources = new Map<number, SourceState>();
  #last = new SourceState();
  #lastSsrc = -1;
  #spare = new SourceState();
  #spareSsrc = -1;

  /** The state of `ssrc`. For a new source it is kept only once {@link keep} was called for it. */
  find(ssrc: number): SourceState {
    if (ssrc === this.#lastSsrc) return this.#last;
    const known = this.#sources.get(ssrc);
    if (known === undefined) {
      this.#spareSsrc = ssrc;
      return this.#spare;
    }
    this.#last = known;
    this.#lastSsrc = ssrc;
    return known;
  }

  /** Keeps the state just found: a packet of `ssrc` proved to be genuine. `false` where there are too many. */
  keep(ssrc: number): boolean {
    if (ssrc === this.#lastSsrc) return true;
    if (ssrc !== this.#spareSsrc || this.#sources.size >= MAX_SOURCES) return false;
    this.#sources.set(ssrc, this.#spare);
    this.#last = this.#spare;
    this.#lastSsrc = ssrc;
    this.#spare = new SourceState();
    this.#spareSsrc = -1;
    return true;
  }
}
