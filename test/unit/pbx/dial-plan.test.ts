import { describe, expect, it } from 'vitest';
import { findDestination } from '../../../core/pbx/dial-plan.ts';

const isUser = (user: string): boolean => ['1000', '1001', 'alice'].includes(user);
const inside = (number: string): unknown => findDestination('default', number, isUser);
const outside = (number: string): unknown => findDestination('public', number, isUser);

describe('the dial plan, with the numbers of FreeSWITCH', () => {
  it.each([
    ['9196', { application: 'echo' }],
    ['9197', { application: 'tone', frequencyHz: 1004 }],
    ['1000', { application: 'bridge', user: '1000' }],
    ['1019', { application: 'bridge', user: '1019' }],
    ['alice', { application: 'bridge', user: 'alice' }],
  ])('%s is reached in the context default', (number, destination) => {
    expect(inside(number)).toEqual(destination);
  });

  it.each(['', '1', '100', '10000', '1020', '91960', '09196', '9196 ', '9196\n', 'ALICE', 'bob', '999', '%31000'])(
    '%j leads nowhere',
    (number) => {
      expect(inside(number)).toBeUndefined();
    },
  );

  it('public reaches the extensions and nothing else: nobody uses the switch from outside', () => {
    expect(outside('1000')).toEqual({ application: 'bridge', user: '1000' });
    for (const number of ['9196', '9197', 'alice', '']) expect(outside(number)).toBeUndefined();
  });

  it('decides on a number of any length at once', () => {
    const started = performance.now();
    expect(inside('1'.repeat(1_000_000))).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(200);
  });
});
