import type { DiagnosisCode, Evidence } from '../base/diagnosis.ts';
import type { StreamEvent } from './media-plane.ts';
import { manyLost, notHeard } from './stream-diagnoses.ts';

/** What is known of both directions of a stream at one moment; all counts since its beginning. */
export interface PathFigures {
  readonly received: number;
  readonly lost: number;
  /** RTCP reports of the peer in a row that say that nothing of ours arrives. */
  readonly deafReports: number;
  /** Whether we send sound, and it is wanted there. */
  readonly sending: boolean;
}

/** How long loss is counted before it is judged. */
const WINDOW_MS = 5000;
/** Fewer packets say nothing of a share. */
const ENOUGH_PACKETS = 100;
/** From this share on people notice, whatever the codec conceals; below the other it is taken for over. */
const MUCH_LOSS = 0.05;
const LITTLE_LOSS = 0.02;
/** RTCP reports that must agree: the first may have been written before our first packet was there. */
const DEAF_REPORTS = 3;

/**
 * Watches for what a call suffers from while it goes on: loss, and sound that only one of the two hears. Tells of each once,
 * and when it is over.
 */
export class PathWatch {
  readonly #emit: (event: StreamEvent) => void;
  readonly #told = new Set<DiagnosisCode>();
  #windowEndMs: number;
  #receivedBefore = 0;
  #lostBefore = 0;

  constructor(emit: (event: StreamEvent) => void, nowMs: number) {
    this.#emit = emit;
    this.#windowEndMs = nowMs + WINDOW_MS;
  }

  /** Looks at the figures of now, as often as one likes. */
  look(figures: PathFigures, nowMs: number, evidence: () => Evidence): void {
    this.#lookAtReports(figures, evidence);
    if (nowMs < this.#windowEndMs) return;
    this.#windowEndMs = nowMs + WINDOW_MS;
    const received = figures.received - this.#receivedBefore;
    // A packet that came late takes its gap away, and that may be one of the window before.
    const lost = Math.max(0, figures.lost - this.#lostBefore);
    this.#receivedBefore = figures.received;
    this.#lostBefore = figures.lost;
    if (received + lost < ENOUGH_PACKETS) return;
    const share = lost / (received + lost);
    if (share >= MUCH_LOSS && !this.#told.has('media.loss')) {
      this.#told.add('media.loss');
      const percent = Math.round(share * 100);
      this.#emit({
        kind: 'diagnosis',
        diagnosis: manyLost(percent, { ...evidence(), lost, expected: received + lost }),
      });
    } else if (share < LITTLE_LOSS) this.#clear('media.loss');
  }

  #lookAtReports({ deafReports, sending, received }: PathFigures, evidence: () => Evidence): void {
    if (deafReports === 0 || !sending) this.#clear('media.one-way');
    else if (deafReports >= DEAF_REPORTS && received > 0 && !this.#told.has('media.one-way')) {
      this.#told.add('media.one-way');
      this.#emit({ kind: 'diagnosis', diagnosis: notHeard({ ...evidence(), reports: deafReports }) });
    }
  }

  #clear(code: DiagnosisCode): void {
    if (this.#told.delete(code)) this.#emit({ kind: 'cleared', code });
  }
}
