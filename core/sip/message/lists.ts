import { skipQuotedString } from './quoted-string.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;

/**
 * The values of a comma-separated header (RFC 3261 §7.3.1), trimmed, empty ones left out. Commas inside quoted strings and
 * angle brackets do not separate. Never fails: an open quote or bracket takes the rest.
 */
export function splitList(text: string): readonly string[] {
  if (!text.includes(',')) {
    const only = text.trim();
    return only === '' ? [] : [only];
  }
  const values: string[] = [];
  let start = 0;
  let inBrackets = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE && !inBrackets) index = skipQuotedString(text, index) - 1;
    else if (code === LESS_THAN) inBrackets = true;
    else if (code === GREATER_THAN) inBrackets = false;
    else if (code === COMMA && !inBrackets) {
      addValue(values, text.slice(start, index));
      start = index + 1;
    }
  }
  addValue(values, text.slice(start));
  return values;
}

function addValue(values: string[], value: string): void {
  const trimmed = value.trim();
  if (trimmed !== '') values.push(trimmed);
}
