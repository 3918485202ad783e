import { describe, expect, it } from 'vitest';
import { NonceBook } from '../../../../core/sip/auth/nonce-book.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { hash } from './node-hash.ts';

function open(limit = 3, seed = 1) {
  const clock = new VirtualClock();
  return { clock, book: new NonceBook({ hash, random: new SeededRandom(seed), clock, lifetimeMs: 1000, limit }) };
}

describe('NonceBook', () => {
  it('RFC 7616 §5.12 a nonce MUST be new each time and not be made by anybody else', () => {
    const { book } = open();
    const nonce = book.issue();
    expect(book.issue()).not.toBe(nonce);
    expect(open(3, 2).book.use(nonce, 1)).toBe(false);
    for (const forged of ['', '.', 'abc', `1${nonce}`, nonce.slice(0, -1), `${nonce}0`])
      expect(book.use(forged, 1)).toBe(false);
    expect(book.use(nonce, 1)).toBe(true);
  });

  it('RFC 7616 §3.3 a nonce is stale once its lifetime is over', () => {
    const { book, clock } = open();
    clock.advance(12_345);
    const nonce = book.issue();
    clock.advance(1000);
    expect(book.use(nonce, 1)).toBe(true);
    clock.advance(1);
    expect(book.use(nonce, 2)).toBe(false);
  });

  it('RFC 7616 §5.4 a count MUST NOT be accepted twice', () => {
    const { book } = open();
    const nonce = book.issue();
    expect([1, 1, 2, 2, 0, -1].map((count) => book.use(nonce, count))).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
  });

  it('counts that overtake each other by less than 32 are accepted, once each', () => {
    const { book } = open();
    const nonce = book.issue();
    expect(book.use(nonce, 40)).toBe(true);
    expect(book.use(nonce, 8)).toBe(false);
    for (let count = 9; count < 40; count++) expect(book.use(nonce, count)).toBe(true);
    for (let count = 1; count <= 40; count++) expect(book.use(nonce, count)).toBe(false);
    expect(book.use(nonce, 70)).toBe(true);
    expect(book.use(nonce, 40)).toBe(false);
    expect(book.use(nonce, 41)).toBe(true);
    expect(book.use(nonce, 1000)).toBe(true);
    expect(book.use(nonce, 999)).toBe(true);
  });

  it('is bounded, and forgetting a nonce MUST NOT let its counts be used again', () => {
    const { book, clock } = open(3);
    const nonces = Array.from({ length: 5 }, () => {
      clock.advance(1);
      return book.issue();
    });
    for (const nonce of nonces) expect(book.use(nonce, 1)).toBe(true);
    expect(book.size).toBe(3);
    expect(nonces.map((nonce) => book.use(nonce, 1))).toEqual([false, false, false, false, false]);
    expect(nonces.map((nonce) => book.use(nonce, 2))).toEqual([false, false, true, true, true]);
  });

  it('nonces that were never used cost nothing', () => {
    const { book } = open(3);
    for (let index = 0; index < 100; index++) book.issue();
    expect(book.size).toBe(0);
  });
});
