import { describe, expect, it } from 'vitest';
import { canonicalName } from '../../../../core/sip/message/header-names.ts';
import { Headers } from '../../../../core/sip/message/headers.ts';

describe('canonicalName', () => {
  it.each([
    ['v', 'Via'], ['f', 'From'], ['t', 'To'], ['i', 'Call-ID'], ['m', 'Contact'], ['c', 'Content-Type'],
    ['l', 'Content-Length'], ['e', 'Content-Encoding'], ['s', 'Subject'], ['k', 'Supported'], ['r', 'Refer-To'],
    ['b', 'Referred-By'], ['o', 'Event'], ['u', 'Allow-Events'], ['x', 'Session-Expires'],
  ])('§7.3.3 compact form %s is %s, in either case', (compact, name) => {
    expect(canonicalName(compact)).toBe(name);
    expect(canonicalName(compact.toUpperCase())).toBe(name);
  }); // prettier-ignore

  it.each(['Call-ID', 'CSeq', 'WWW-Authenticate', 'MIME-Version', 'RAck', 'Min-SE'])(
    'prints %s as the RFCs do',
    (name) => {
      expect(canonicalName(name.toLowerCase())).toBe(name);
      expect(canonicalName(name.toUpperCase())).toBe(name);
    },
  );

  it('leaves an unknown name as it is written', () => {
    expect(canonicalName('X-myThing')).toBe('X-myThing');
  });
});

describe('Headers', () => {
  const sample = () =>
    new Headers([
      ['v', 'one'],
      ['X-Thing', 'a'],
      ['VIA', 'two'],
      ['From', 'f'],
    ]);

  it('§7.3.1 compares names without case, unknown ones too', () => {
    expect(sample().get('via')).toBe('one');
    expect(sample().getAll('Via')).toEqual(['one', 'two']);
    expect(sample().get('x-THING')).toBe('a');
    expect(sample().has('X-thing')).toBe(true);
    expect(sample().has('To')).toBe(false);
    expect(sample().count('V')).toBe(2);
  });

  it('keeps the order, prints known names canonically and unknown ones as they came', () => {
    expect([...sample()].map(([name]) => name)).toEqual(['Via', 'X-Thing', 'Via', 'From']);
    const seen: string[] = [];
    sample().forEach((name, value) => seen.push(`${name}=${value}`));
    expect(seen).toEqual(['Via=one', 'X-Thing=a', 'Via=two', 'From=f']);
    expect(sample().size).toBe(4);
  });

  it('prepends in front of its own kind, a new name in front of all', () => {
    const headers = sample();
    headers.prepend('From', 'g');
    headers.prepend('Via', 'zero');
    headers.prepend('Route', 'r');
    expect([...headers].map(([, value]) => value)).toEqual(['r', 'zero', 'one', 'a', 'two', 'g', 'f']);
  });

  it('sets one field in the place of the first, or behind all', () => {
    const headers = sample();
    headers.set('Via', 'only');
    headers.set('To', 't');
    expect([...headers].map(([, value]) => value)).toEqual(['only', 'a', 'f', 't']);
  });

  it('deletes every field of a name', () => {
    const headers = sample();
    headers.delete('via');
    expect([...headers].map(([name]) => name)).toEqual(['X-Thing', 'From']);
  });

  it('has another revision after every change', () => {
    const headers = sample();
    const revisions = new Set([headers.revision]);
    for (const change of [
      () => {
        headers.append('A', '1');
      },
      () => {
        headers.prepend('A', '2');
      },
      () => {
        headers.set('A', '3');
      },
      () => {
        headers.delete('A');
      },
    ]) {
      change();
      expect(revisions.has(headers.revision)).toBe(false);
      revisions.add(headers.revision);
    }
  });
});
