import type { Result } from '../../base/result.ts';
import { parseCSeq } from './cseq.ts';
import type { CSeq, NameAddress, Via } from './header-values.ts';
import type { Headers } from './headers.ts';
import { splitList } from './lists.ts';
import { parseNameAddress } from './name-address.ts';
import { parseVia } from './via.ts';

/** A value once read, which may be `undefined` itself. */
interface Read<T> {
  readonly value: T;
}

/** The typed values of one state of some headers, each read when first asked for. */
export class TypedHeaders {
  readonly #headers: Headers;
  #via?: Read<Via | undefined>;
  #vias?: readonly Via[];
  #from?: Read<NameAddress | undefined>;
  #to?: Read<NameAddress | undefined>;
  #cseq?: Read<CSeq | undefined>;
  #contacts?: readonly NameAddress[] | '*';
  #routes?: readonly NameAddress[];
  #recordRoutes?: readonly NameAddress[];

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  get via(): Via | undefined {
    return (this.#via ??= { value: this.#readTopVia() }).value;
  }

  get vias(): readonly Via[] {
    return (this.#vias ??= this.#readList('Via', parseVia) ?? []);
  }

  get from(): NameAddress | undefined {
    return (this.#from ??= { value: this.#readAddress('From') }).value;
  }

  get to(): NameAddress | undefined {
    return (this.#to ??= { value: this.#readAddress('To') }).value;
  }

  get cseq(): CSeq | undefined {
    return (this.#cseq ??= { value: this.#readCSeq() }).value;
  }

  get contacts(): readonly NameAddress[] | '*' {
    return (this.#contacts ??= this.#readContacts());
  }

  get routes(): readonly NameAddress[] {
    return (this.#routes ??= this.#readList('Route', parseNameAddress) ?? []);
  }

  get recordRoutes(): readonly NameAddress[] {
    return (this.#recordRoutes ??= this.#readList('Record-Route', parseNameAddress) ?? []);
  }

  #readTopVia(): Via | undefined {
    const text = this.#headers.get('Via');
    if (text === undefined) return undefined;
    const first = text.includes(',') ? (splitList(text)[0] ?? '') : text;
    const via = parseVia(first);
    return via.ok ? via.value : undefined;
  }

  #readAddress(name: string): NameAddress | undefined {
    const text = this.#headers.get(name);
    if (text === undefined) return undefined;
    const address = parseNameAddress(text);
    return address.ok ? address.value : undefined;
  }

  #readCSeq(): CSeq | undefined {
    const text = this.#headers.get('CSeq');
    if (text === undefined) return undefined;
    const cseq = parseCSeq(text);
    return cseq.ok ? cseq.value : undefined;
  }

  #readContacts(): readonly NameAddress[] | '*' {
    if (this.#headers.get('Contact') === '*') return '*';
    return this.#readList('Contact', parseNameAddress) ?? [];
  }

  /** All values of a list header; `undefined` where one of them is malformed, since half a list means something else. */
  #readList<T>(name: string, parse: (text: string) => Result<T, string>): readonly T[] | undefined {
    const values: T[] = [];
    for (const field of this.#headers.getAll(name)) {
      for (const text of splitList(field)) {
        const value = parse(text);
        if (!value.ok) return undefined;
        values.push(value.value);
      }
    }
    return values;
  }
}
