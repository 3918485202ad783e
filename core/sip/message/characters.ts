const TOKEN = 1;
const SPACE = 2;

const CLASSES = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") {
  CLASSES[character.charCodeAt(0)] = TOKEN;
}
for (const character of ' \t\r\n') CLASSES[character.charCodeAt(0)] = SPACE;

/** Whether a character may stand in a `token` (RFC 3261 §25.1). */
export function isTokenCode(code: number): boolean {
  return CLASSES[code] === TOKEN;
}

/** Whether a text is a `token`, so not empty. */
export function isToken(text: string): boolean {
  return text !== '' && skipToken(text, 0) === text.length;
}

/** The index behind the token that starts at `index`; `index` itself where none does. */
export function skipToken(text: string, index: number): number {
  while (index < text.length && CLASSES[text.charCodeAt(index)] === TOKEN) index++;
  return index;
}

/** The index of the first character from `index` on that is not white space. */
export function skipSpace(text: string, index: number): number {
  while (index < text.length && CLASSES[text.charCodeAt(index)] === SPACE) index++;
  return index;
}
