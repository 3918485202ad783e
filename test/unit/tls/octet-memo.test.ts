import { describe, expect, it } from 'vitest';
import { OctetMemo } from '../../../core/tls/octet-memo.ts';

describe('what was made of octets', () => {
  const counted = (most: number): { readonly of: (...octets: number[]) => string; readonly made: string[] } => {
    const made: string[] = [];
    const memo = new OctetMemo<string>(most);
    const of = (...octets: number[]): string =>
      memo.of(Buffer.from(octets), () => {
        made.push(octets.join(' '));
        return octets.join(' ');
      });
    return { of, made };
  };

  it('is made once, and for no other octets', () => {
    const { of, made } = counted(3);
    for (const octets of [[1, 2], [1, 2], [2, 2], [1, 3], [1, 2, 2], [], [1, 2, 2]]) {
      expect(of(...octets)).toBe(octets.join(' '));
    }
    expect(made).toEqual(['1 2', '2 2', '1 3', '1 2 2', '']);
  });

  it('is forgotten where others were used later', () => {
    const { of, made } = counted(2);
    of(1);
    of(2);
    of(1);
    of(3);
    of(1);
    expect(made).toEqual(['1', '2', '3']);
    of(2);
    expect(made).toEqual(['1', '2', '3', '2']);
  });

  it('does not follow octets that change', () => {
    const memo = new OctetMemo<string>(2);
    const octets = Buffer.from([1]);
    memo.of(octets, () => 'first');
    octets[0] = 2;
    expect(memo.of(octets, () => 'second')).toBe('second');
    expect(memo.of(Buffer.from([1]), () => 'third')).toBe('first');
  });
});
