/** How a codec fares in the E-model (ITU-T G.113 Appendix I, values with loss concealment). */
export interface CodecImpairment {
  /** Equipment impairment factor without loss, Ie. */
  readonly equipment: number;
  /** Packet-loss robustness factor, Bpl; greater stands more loss. */
  readonly robustness: number;
}

const IMPAIRMENTS: Readonly<Record<string, CodecImpairment>> = {
  PCMU: { equipment: 0, robustness: 25.1 },
  PCMA: { equipment: 0, robustness: 25.1 },
  G722: { equipment: 0, robustness: 15 },
  // Not in G.113: taken as free of impairment and, with error correction, as robust as G.711 with concealment.
  OPUS: { equipment: 0, robustness: 25.1 },
};

/** The impairment of a codec by its RTP name; one we do not know counts as 10, like the coders of 16 kbit/s. */
export function impairmentOf(codec: string): CodecImpairment {
  return IMPAIRMENTS[codec.toUpperCase()] ?? { equipment: 10, robustness: 10 };
}

/** The best rating with all default values (ITU-T G.107 §7.7). */
const BEST_RATING = 93.2;

/**
 * Estimates the mean opinion score, 1 to 4.5, by the E-model (ITU-T G.107) cut down to delay, loss and codec: a figure
 * to compare calls by, not a measurement of speech quality.
 *
 * @param lossShare packets lost or too late, 0 to 1
 * @param oneWayDelayMs mouth to ear: half the round trip, jitter buffer, packet time
 */
export function estimateMos(codec: string, lossShare: number, oneWayDelayMs: number): number {
  const { equipment, robustness } = impairmentOf(codec);
  const lossPercent = 100 * Math.min(1, Math.max(0, lossShare));
  const delayImpairment = 0.024 * oneWayDelayMs + (oneWayDelayMs > 177.3 ? 0.11 * (oneWayDelayMs - 177.3) : 0);
  const lossImpairment = equipment + ((95 - equipment) * lossPercent) / (lossPercent + robustness);
  const rating = BEST_RATING - delayImpairment - lossImpairment;
  if (rating <= 6.5) return 1;
  return 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
}
