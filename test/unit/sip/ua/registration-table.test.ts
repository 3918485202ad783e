import { describe, expect, it } from 'vitest';
import { REGISTRATION_TABLE } from '../../../../core/sip/ua/registration-table.ts';

const rows = Object.entries(REGISTRATION_TABLE);
const cells = rows.flatMap(([state, row]) => Object.entries(row).map(([input, cell]) => ({ state, input, ...cell })));

describe('the table of a registration (RFC 3261 §10, RFC 5626 §4)', () => {
  it('has every field: seven states, fourteen inputs, each with a rule or a reason', () => {
    expect(cells).toHaveLength(7 * 14);
    for (const { rule } of cells) expect(rule).not.toBe('');
    for (const { effects, next, state } of cells) if (effects.length === 0) expect(next).toBe(state);
  });

  it('reaches every state from off', () => {
    const reached = new Set(['off']);
    // A set that grows while it is walked through is walked to its end.
    for (const from of reached) for (const { state, next } of cells) if (state === from) reached.add(next);
    expect([...reached].sort()).toEqual(rows.map(([state]) => state).sort());
  });

  it('RFC 3261 §10.2 MUST NOT send a new REGISTER while one is out: only an answer sends again', () => {
    for (const { state, input, effects } of cells) {
      if (state !== 'registering' && state !== 'refreshing') continue;
      if (effects.includes('send')) expect(['too brief', 'no outbound']).toContain(input);
    }
  });

  it('stop ends every state, and takes away what is bound', () => {
    for (const [state, row] of rows) {
      expect(row.stop.next).toBe('off');
      const isBound = state === 'registered' || state === 'refreshing';
      expect(row.stop.effects.includes('unregister')).toBe(isBound);
    }
  });

  it('whatever waits has a plan, and nothing else leads to waiting', () => {
    for (const { state, next, effects } of cells) {
      if (next !== 'waiting' || state === 'waiting') continue;
      expect(effects.some((effect) => effect === 'plan retry' || effect === 'plan recovery')).toBe(true);
    }
  });
});
