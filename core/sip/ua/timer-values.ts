/** Round-trip estimate and longest interval between repeats of a 2xx, milliseconds (RFC 3261 §17, table 4). */
export const T1_MS = 500;
export const T2_MS = 4000;
