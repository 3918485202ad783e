import { err, ok, type Result } from '../../base/result.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads the quoted string whose opening quote is at `start`: its text without escapes, and the index behind it. */
export function readQuotedString(text: string, start: number): Result<{ value: string; end: number }, string> {
  let escaped = false;
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) {
      escaped = true;
      index++;
    } else if (code === QUOTE) {
      const inner = text.slice(start + 1, index);
      return ok({ value: escaped ? inner.replace(/\\(.)/gsu, '$1') : inner, end: index + 1 });
    }
  }
  return err('unbalanced quotes');
}

/** The index behind the quoted string that opens at `start`; the end of the text where it never closes. */
export function skipQuotedString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index++;
    else if (code === QUOTE) return index + 1;
  }
  return text.length;
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
