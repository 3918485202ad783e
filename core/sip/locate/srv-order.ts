import { randomFraction, type Random } from '../../base/random.ts';
import type { SrvRecord } from './resolver.ts';

/** The order in which SRV records are tried: by priority, and within one by lot according to weight (RFC 2782). */
export function orderSrv(records: readonly SrvRecord[], random: Random): readonly SrvRecord[] {
  const ordered: SrvRecord[] = [];
  const priorities = [...new Set(records.map((record) => record.priority))].sort((one, other) => one - other);
  for (const priority of priorities) {
    // Records without weight first, so that they have their small chance before the sum is passed.
    const remaining = records.filter((record) => record.priority === priority);
    remaining.sort((one, other) => Number(one.weight > 0) - Number(other.weight > 0));
    while (remaining.length > 0) {
      const total = remaining.reduce((sum, record) => sum + record.weight, 0);
      const lot = Math.floor(randomFraction(random) * (total + 1));
      let sum = 0;
      const chosen = remaining.findIndex((record) => (sum += record.weight) >= lot);
      ordered.push(...remaining.splice(Math.max(chosen, 0), 1));
    }
  }
  return ordered;
}
