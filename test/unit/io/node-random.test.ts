import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../core/io/node-random.ts';

describe('the random octets of the system', () => {
  it('never repeat, across many refills of the pool', () => {
    const seen = new Set<string>();
    for (let round = 0; round < 5000; round++) seen.add(Buffer.from(systemRandom.bytes(16)).toString('hex'));
    expect(seen.size).toBe(5000);
  });

  it.each([0, 1, 255, 256, 257, 5000])('are as many as were asked for, and the caller owns them: %i', (length) => {
    const octets = systemRandom.bytes(length);
    expect(octets.length).toBe(length);
    expect(octets.buffer.byteLength).toBe(length);
  });

  it('are not all zero where the pool had to be filled in between', () => {
    for (let round = 0; round < 100; round++) expect(systemRandom.bytes(250).some((octet) => octet !== 0)).toBe(true);
  });
});
