import { err, ok, type Result } from '../../../base/result.ts';

/** An element with all that is in it. */
export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  /** Empty where there is none. */
  readonly namespace: string;
  /** By name without prefix; attributes of other namespaces are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly in it, trimmed. */
  readonly text: string;
}

/** What one document may have at most. */
const LIMITS = { octets: 65_536, depth: 16, elements: 2000, attributes: 32 };

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"],
]); // prettier-ignore

const NAME = /[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?/y;
const SPACE = /[ \t\r\n]*/y;
/** What UTF-8 has and XML has not (XML 1.0 §2.2). */
const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

interface Draft {
  readonly qualified: string;
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly prefixes: ReadonlyMap<string, string>;
  text: string;
}

/**
 * Reads an XML document of the kind that event packages use: UTF-8, elements, attributes, text, comments, CDATA. There is no DTD
 * and so no entity but the five of XML itself; other processing instructions than the declaration, undeclared prefixes and what
 * goes beyond the limits are errors. Reads each character once, whatever the document.
 */
export function readXml(octets: Uint8Array): Result<XmlElement, string> {
  if (octets.length > LIMITS.octets) return err('the document is too large');
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return err('the document is not UTF-8');
  }
  return NO_CHARACTER.test(source) ? err('a character that XML has not') : new XmlReader(source).read();
}

class XmlReader {
  readonly #source: string;
  readonly #open: Draft[] = [];
  #at = 0;
  #elements = 0;
  #root: XmlElement | undefined;

  constructor(source: string) {
    this.#source = source.startsWith('\ufeff') ? source.slice(1) : source;
  }

  read(): Result<XmlElement, string> {
    this.#skipDeclaration();
    while (this.#at < this.#source.length) {
      const problem = this.#source.startsWith('<', this.#at) ? this.#markup() : this.#characters();
      if (problem !== undefined) return err(problem);
    }
    if (this.#open.length > 0) return err('an element is not closed');
    return this.#root === undefined ? err('there is no element') : ok(this.#root);
  }

  #skipDeclaration(): void {
    const end = this.#source.startsWith('<?xml ') ? this.#source.indexOf('?>') : -1;
    if (end >= 0) this.#at = end + 2;
  }

  #markup(): string | undefined {
    const source = this.#source;
    if (source.startsWith('<!--', this.#at)) return this.#skipTo('-->', 4);
    if (source.startsWith('<![CDATA[', this.#at)) return this.#cdata();
    if (source.startsWith('<!', this.#at)) return 'a document type is not allowed';
    if (source.startsWith('<?', this.#at)) return 'a processing instruction is not allowed';
    return source.startsWith('</', this.#at) ? this.#endTag() : this.#startTag();
  }

  #skipTo(end: string, opening: number): string | undefined {
    const found = this.#source.indexOf(end, this.#at + opening);
    if (found < 0) return `${end} is missing`;
    this.#at = found + end.length;
    return undefined;
  }

  #cdata(): string | undefined {
    const start = this.#at + 9;
    const draft = this.#open.at(-1);
    if (draft === undefined) return 'text outside the root';
    const problem = this.#skipTo(']]>', 9);
    if (problem === undefined) draft.text += this.#source.slice(start, this.#at - 3);
    return problem;
  }

  #characters(): string | undefined {
    const next = this.#source.indexOf('<', this.#at);
    const end = next < 0 ? this.#source.length : next;
    const text = unescape(this.#source.slice(this.#at, end));
    this.#at = end;
    if (text === undefined) return 'an entity that is not allowed';
    const draft = this.#open.at(-1);
    if (draft !== undefined) draft.text += text;
    else if (text.trim() !== '') return 'text outside the root';
    return undefined;
  }

  #endTag(): string | undefined {
    this.#at += 2;
    const name = this.#match(NAME);
    this.#match(SPACE);
    const draft = this.#open.pop();
    if (draft?.qualified !== name || !this.#take('>')) return 'end tag does not match';
    this.#close(draft);
    return undefined;
  }

  #startTag(): string | undefined {
    this.#at++;
    const qualified = this.#match(NAME);
    if (qualified === '') return 'an element needs a name';
    if (this.#root !== undefined && this.#open.length === 0) return 'more than one root';
    if (++this.#elements > LIMITS.elements || this.#open.length >= LIMITS.depth) return 'too many elements';
    const written = this.#attributes();
    if (typeof written === 'string') return written;
    const prefixes = declaredPrefixes(written, this.#open.at(-1)?.prefixes ?? XML_PREFIX);
    const [prefix, name] = splitName(qualified);
    const namespace = prefixes.get(prefix) ?? (prefix === '' ? '' : undefined);
    if (namespace === undefined) return 'a prefix is not declared';
    const attributes = new Map([...written].filter(([key]) => !key.includes(':') && key !== 'xmlns'));
    const draft: Draft = { qualified, name, namespace, attributes, children: [], prefixes, text: '' };
    const isEmpty = this.#take('/');
    if (!this.#take('>')) return 'a start tag is not closed';
    if (isEmpty) this.#close(draft);
    else this.#open.push(draft);
    return undefined;
  }

  #attributes(): ReadonlyMap<string, string> | string {
    const attributes = new Map<string, string>();
    for (;;) {
      const space = this.#match(SPACE);
      const name = this.#match(NAME);
      if (name === '') return attributes;
      if (space === '' || attributes.has(name) || attributes.size >= LIMITS.attributes) return 'malformed attributes';
      this.#match(SPACE);
      if (!this.#take('=')) return 'an attribute needs a value';
      this.#match(SPACE);
      const quote = this.#source.charAt(this.#at);
      const end = quote === '"' || quote === "'" ? this.#source.indexOf(quote, this.#at + 1) : -1;
      const text = this.#source.slice(this.#at + 1, end);
      const value = end < 0 || text.includes('<') ? undefined : unescape(text);
      if (value === undefined) return 'malformed attribute value';
      attributes.set(name, value);
      this.#at = end + 1;
    }
  }

  #close({ name, namespace, attributes, children, text }: Draft): void {
    const element = { name, namespace, attributes, children, text: text.trim() };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (!this.#source.startsWith(character, this.#at)) return false;
    this.#at++;
    return true;
  }
}

const XML_PREFIX: ReadonlyMap<string, string> = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);

function declaredPrefixes(
  attributes: ReadonlyMap<string, string>,
  outer: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const declared = [...attributes].filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (declared.length === 0) return outer;
  return new Map([...outer, ...declared.map(([name, uri]) => [name === 'xmlns' ? '' : name.slice(6), uri] as const)]);
}

function splitName(qualified: string): readonly [prefix: string, name: string] {
  const colon = qualified.indexOf(':');
  return colon < 0 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

/** The text without its entities; `undefined` for one that is none of XML's own, or for a character that XML has not. */
function unescape(text: string): string | undefined {
  if (!text.includes('&')) return text;
  const [plain = '', ...references] = text.split('&');
  let whole = plain;
  for (const reference of references) {
    const end = reference.indexOf(';');
    const name = reference.slice(0, Math.max(end, 0));
    const character = ENTITIES.get(name) ?? characterOf(name);
    if (character === undefined) return undefined;
    whole += character + reference.slice(end + 1);
  }
  return whole;
}

function characterOf(reference: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(reference);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : parseInt(match[1], 16);
  const isCharacter =
    (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
  return isCharacter || code === 9 || code === 10 || code === 13 ? String.fromCodePoint(code) : undefined;
}

/** The first child of that name, in any namespace. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** All children of that name, in any namespace. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}
