import { err, ok, type Result } from '../../base/result.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads the quoted string whose opening quote is at `start`: its text without escapes, and the index behind it. */
export function readQuotedString(text: string, start: number): Result<{ value: string; end: number }, string> {
  const close = findClosingQuote(text, start);
  if (close < 0) return err('unbalanced quotes');
  const inner = text.slice(start + 1, close);
  return ok({ value: inner.includes('\\') ? inner.replace(/\\(.)/gsu, '$1') : inner, end: close + 1 });
}

/** The index behind the quoted string that opens at `start`; the end of the text where it never closes. */
export function skipQuotedString(text: string, start: number): number {
  const close = findClosingQuote(text, start);
  return close < 0 ? text.length : close + 1;
}

/** The index of the quote that ends what the quote at `start` began, or -1. */
function findClosingQuote(text: string, start: number): number {
  let close = text.indexOf('"', start + 1);
  let escape = text.indexOf('\\', start + 1);
  // An escape takes the character behind it out of play, be it a quote or another backslash.
  while (escape >= 0 && escape < close) {
    if (close === escape + 1) close = text.indexOf('"', escape + 2);
    escape = text.indexOf('\\', escape + 2);
  }
  return close;
}

/**
 * A text between quotes, with `"`, `\` and control characters escaped (RFC 3261 §25.1 `quoted-pair`). Line breaks, which no
 * escape may carry, become spaces.
 */
export function quote(text: string): string {
  if (isPlain(text)) return `"${text}"`;
  return `"${text.replace(/[\r\n]/g, ' ').replace(/["\\\u0000-\u0008\u000b-\u001f\u007f]/g, '\\$&')}"`;
}

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === QUOTE || code === BACKSLASH || code === 0x7f) return false;
  }
  return true;
}
