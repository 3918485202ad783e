/** A digit with its length, as an INFO carries it. */
export interface InfoDigit {
  readonly digit: string;
  readonly durationMs: number;
}

/** How long a digit lasts that says nothing of it, milliseconds. */
const USUAL_MS = 160;
/** Longest length that is believed, milliseconds. */
const LONGEST_MS = 5000;

/** Names that some phones give the two keys beside the zero. */
const NAMED_KEYS: Readonly<Record<string, string>> = { '10': '*', '11': '#' };

/** The body of an INFO that sends one digit to a peer without telephone-event: `application/dtmf-relay`. */
export function writeDtmfInfo(digit: string): { readonly contentType: string; readonly content: Uint8Array } {
  const text = `Signal=${digit}\r\nDuration=${USUAL_MS}\r\n`;
  return { contentType: 'application/dtmf-relay', content: new TextEncoder().encode(text) };
}

/** The digit in the body of an INFO, as `application/dtmf-relay` or `application/dtmf`; `undefined` where there is none. */
export function readDtmfInfo(body: {
  readonly contentType: string;
  readonly content: Uint8Array;
}): InfoDigit | undefined {
  const type = /^[^;\s]*/.exec(body.contentType)?.[0].toLowerCase();
  if (type !== 'application/dtmf-relay' && type !== 'application/dtmf') return undefined;
  const text = new TextDecoder().decode(body.content);
  const signal = type === 'application/dtmf' ? text.trim() : (/^\s*signal\s*=\s*(\S+)\s*$/im.exec(text)?.[1] ?? '');
  const digit = (NAMED_KEYS[signal] ?? signal).toUpperCase();
  if (!/^[0-9*#A-D]$/.test(digit)) return undefined;
  const duration = Number(/^\s*duration\s*=\s*(\d{1,6})\s*$/im.exec(text)?.[1] ?? USUAL_MS);
  return { digit, durationMs: Math.min(duration, LONGEST_MS) };
}
