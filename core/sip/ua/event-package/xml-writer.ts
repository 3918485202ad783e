/** Text as it may stand in an element or in an attribute; control characters that XML has not become spaces. */
function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An element as text. Attributes that are `undefined` are left out; children are elements, made by this, or escaped text. */
export function xmlElement(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...children: readonly (XmlText | undefined)[]
): XmlText {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join('');
  const content = children.map((child) => child?.markup ?? '').join('');
  return { markup: content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>` };
}

/** Markup that is well-formed by itself: there is no other way to get any than the functions here. */
export interface XmlText {
  readonly markup: string;
}

/** Text for an element; `undefined` stays so. */
export function xmlText(text: string | undefined): XmlText | undefined {
  return text === undefined ? undefined : { markup: escapeXml(text) };
}

/** A whole document. */
export function xmlDocument(root: XmlText): Uint8Array {
  return new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\r\n${root.markup}\r\n`);
}
