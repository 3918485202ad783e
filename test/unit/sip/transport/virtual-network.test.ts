import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { VirtualNetwork, type VirtualNetworkOptions } from '../../../support/virtual-network.ts';
import { valueOf } from './harness.ts';

/** Sends datagrams numbered from 1 and gives what arrives, in the order in which it does. */
async function carry(options: VirtualNetworkOptions, count = 200): Promise<number[]> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock, options);
  const arrived: number[] = [];
  const to = { address: '192.0.2.2', port: 5060 };
  valueOf(await network.host('192.0.2.2').bindDatagram(to, ([number = 0]) => arrived.push(number)));
  const from = valueOf(await network.host('192.0.2.1').bindDatagram({ address: '0.0.0.0', port: 0 }, () => undefined));
  for (let number = 1; number <= count; number++) {
    from.send(new Uint8Array([number]), to);
    clock.advance(1);
  }
  clock.advance(1000);
  return arrived;
}

describe('VirtualNetwork', () => {
  const all = Array.from({ length: 200 }, (_, index) => index + 1);

  it('carries everything once and in order where nothing else is said', async () => {
    expect(await carry({ delayMs: 30 })).toEqual(all);
  });

  it('loses, doubles and reorders by lot, the same way from the same seed', async () => {
    const rough = { seed: 4, delayMs: 10, jitterMs: 20, lossShare: 0.1, duplicateShare: 0.1 };
    const first = await carry(rough);
    expect(await carry(rough)).toEqual(first);
    expect(await carry({ ...rough, seed: 5 })).not.toEqual(first);
    expect(new Set(first).size).toBeLessThan(195);
    expect(first.length).toBeGreaterThan(new Set(first).size);
    expect(first.some((number, index) => number < (first[index - 1] ?? 0))).toBe(true);
  });

  it('loses and doubles exactly the packet that is asked for', async () => {
    expect(await carry({ fate: ({ number }) => (number === 7 ? 'drop' : undefined) }, 9)).toEqual([
      1, 2, 3, 4, 5, 6, 8, 9,
    ]);
    expect(await carry({ fate: ({ number }) => (number === 2 ? 'double' : undefined) }, 3)).toEqual([1, 2, 2, 3]);
  });

  it('shows a machine behind NAT under the address of the NAT, and lets in only what was asked for', async () => {
    const clock = new VirtualClock();
    const network = new VirtualNetwork(clock);
    const heardInside: string[] = [];
    const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);
    const inside = valueOf(
      await network
        .host('10.0.0.1', { nat: '203.0.113.1' })
        .bindDatagram({ address: '10.0.0.1', port: 5060 }, (octets) => heardInside.push(text(octets))),
    );
    const seen: { address: string; port: number }[] = [];
    const host = network.host('192.0.2.2');
    const to = { address: '192.0.2.2', port: 5060 };
    const outside = valueOf(await host.bindDatagram(to, (_, from) => seen.push(from)));
    const stranger = valueOf(await host.bindDatagram({ ...to, port: 5070 }, () => undefined));
    inside.send(new TextEncoder().encode('hello'), to);
    clock.advance(10);
    expect(inside.local).toEqual({ address: '10.0.0.1', port: 5060 });
    expect(seen[0]?.address).toBe('203.0.113.1');
    outside.send(new TextEncoder().encode('answer'), seen[0]!);
    stranger.send(new TextEncoder().encode('unasked'), seen[0]!);
    outside.send(new TextEncoder().encode('direct'), { address: '10.0.0.1', port: 5060 });
    clock.advance(10);
    expect(heardInside).toEqual(['answer']);
  });
});
