/** How large a message may be before it is refused. */
export interface MessageLimits {
  /** Octets of the whole message; beyond them 513. */
  readonly message: number;
  /** Octets of start line and headers; beyond them 513. */
  readonly head: number;
  /** Characters of one header field with its continuation lines, or of the start line; beyond them 400, or 414. */
  readonly line: number;
  /** Header fields; beyond them 400. */
  readonly fields: number;
  /** Octets of the body; beyond them 413. */
  readonly body: number;
}

/** What fits into one UDP datagram. */
export const DATAGRAM_LIMITS: MessageLimits = {
  message: 65_535,
  head: 65_535,
  line: 8192,
  fields: 256,
  body: 65_535,
};

/** What one connection may send as one message. */
export const STREAM_LIMITS: MessageLimits = {
  message: 262_144,
  head: 65_536,
  line: 8192,
  fields: 256,
  body: 196_608,
};
