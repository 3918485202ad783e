import { ReplayWindow } from './replay-window.ts';

/** What one end keeps of one SSRC under one master key: rollover counter, replay window, SRTCP index. */
export class SourceState {
  readonly window = new ReplayWindow();
  readonly rtcpWindow = new ReplayWindow();

  /**
   * The index of a packet, `2^16 * ROC + SEQ`, guessed from its sequence number as RFC 3711 §3.3.1 and Appendix A
   * say; -1 where the guess is before the first packet of all.
   */
  guessIndex(sequence: number): number {
    const highest = this.window.highest;
    if (highest < 0) return sequence;
    const rollover = Math.floor(highest / 65_536);
    const last = highest % 65_536;
    let guess = rollover;
    if (last < 32_768) {
      if (sequence - last > 32_768) guess = rollover - 1;
    } else if (last - 32_768 > sequence) guess = rollover + 1;
    return guess < 0 ? -1 : guess * 65_536 + sequence;
  }
}
