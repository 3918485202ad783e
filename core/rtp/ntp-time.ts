/** Seconds from 1900, where NTP begins, to 1970. */
const NTP_EPOCH = 2_208_988_800;

/** Wall-clock milliseconds since 1970 as an NTP time in two words of 32 bits (RFC 3550 §4). */
export function ntpTime(wallMs: number): { readonly ntpSeconds: number; readonly ntpFraction: number } {
  const seconds = Math.floor(wallMs / 1000);
  return {
    ntpSeconds: (seconds + NTP_EPOCH) % 2 ** 32,
    ntpFraction: Math.floor((wallMs / 1000 - seconds) * 2 ** 32) >>> 0,
  };
}

/** The middle 32 bits of an NTP time: 16 bits of seconds, 16 of their parts; it wraps every 18 hours. */
export function middleBits(ntpSeconds: number, ntpFraction: number): number {
  return ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
}

/**
 * Round trip in milliseconds from a report block that came at `now` (middle bits of our NTP time) about a sender report
 * of ours (RFC 3550 §6.4.1); `undefined` where the block names none, or makes no sense.
 */
export function roundTripMs(now: number, lastSenderReport: number, delay: number): number | undefined {
  if (lastSenderReport === 0) return undefined;
  const units = (now - lastSenderReport - delay) | 0;
  // Clocks of 1/65536 s round a short way to a little less than nothing.
  if (units < -66 || units > 60 * 65_536) return undefined;
  return (Math.max(0, units) * 1000) / 65_536;
}
