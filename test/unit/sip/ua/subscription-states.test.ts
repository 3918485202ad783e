import { describe, expect, it } from 'vitest';
import { NOTIFIER_TABLE } from '../../../../core/sip/ua/notifier-states.ts';
import { SUBSCRIBER_TABLE } from '../../../../core/sip/ua/subscriber-states.ts';

const TABLES: readonly (readonly [
  string,
  Readonly<Record<string, Readonly<Record<string, { next: string; rule: string }>>>>,
])[] = [
  ['subscriber', SUBSCRIBER_TABLE],
  ['notifier', NOTIFIER_TABLE],
];

describe.each(TABLES)('RFC 6665 state table of the %s', (_name, table) => {
  const states = Object.keys(table);
  const inputs = Object.keys(table.init ?? {});

  it('§4 has every input in every state, each with its rule', () => {
    for (const state of states) {
      expect(Object.keys(table[state] ?? {})).toEqual(inputs);
      for (const { next, rule } of Object.values(table[state] ?? {})) {
        expect(states).toContain(next);
        expect(rule).toMatch(/^§4\./);
      }
    }
  });

  it('§4 reaches every state from init, and never leaves terminated', () => {
    const reached = new Set(['init']);
    for (const state of reached) for (const { next } of Object.values(table[state] ?? {})) reached.add(next);
    expect([...reached].sort()).toEqual([...states].sort());
    expect(Object.values(table.terminated ?? {}).every(({ next }) => next === 'terminated')).toBe(true);
  });
});
