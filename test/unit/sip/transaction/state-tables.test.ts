import { describe, expect, it } from 'vitest';
import type { Clock, Timer } from '../../../../core/base/clock.ts';
import { INVITE_CLIENT_TABLE } from '../../../../core/sip/transaction/invite-client-table.ts';
import { INVITE_SERVER_TABLE } from '../../../../core/sip/transaction/invite-server-table.ts';
import { NON_INVITE_CLIENT_TABLE } from '../../../../core/sip/transaction/non-invite-client-table.ts';
import { NON_INVITE_SERVER_TABLE } from '../../../../core/sip/transaction/non-invite-server-table.ts';
import type { Cell, StateTable } from '../../../../core/sip/transaction/state-table.ts';
import { DEFAULT_TIMER_VALUES, type TimerName } from '../../../../core/sip/transaction/timers.ts';
import { TransactionMachine } from '../../../../core/sip/transaction/transaction-machine.ts';
import { Tracer } from '../../../../core/trace/tracer.ts';

type AnyTable = StateTable<string, string, string, TimerName>;
type AnyCell = Cell<string, string, TimerName>;

const TABLES: readonly AnyTable[] = [
  INVITE_CLIENT_TABLE,
  NON_INVITE_CLIENT_TABLE,
  INVITE_SERVER_TABLE,
  NON_INVITE_SERVER_TABLE,
];

/** A state together with the timers that run in it, and the inputs that lead there. */
interface Configuration {
  readonly state: string;
  readonly timers: ReadonlySet<string>;
  readonly path: readonly string[];
}

/** The timers that run behind a cell, over an unreliable transport. */
function timersAfter(timers: ReadonlySet<string>, input: string, cell: AnyCell): Set<string> {
  const after = new Set(timers);
  if (input.startsWith('timer ')) after.delete(input.slice(6));
  for (const effect of cell.effects) {
    if (typeof effect === 'string') continue;
    if ('start' in effect) after.add(effect.start);
    else after.delete(effect.stop);
  }
  return cell.next === 'Terminated' ? new Set() : after;
}

/** Every configuration that inputs can bring about; a timer fires only where it runs. */
function explore(table: AnyTable): Configuration[] {
  const found: Configuration[] = [
    { state: table.begin.next, timers: timersAfter(new Set(), 'begin', table.begin), path: [] },
  ];
  const known = new Set<string>();
  for (const configuration of found) {
    const { state, timers, path } = configuration;
    for (const [input, cell] of Object.entries(table.states[state] ?? {})) {
      if (input.startsWith('timer ') && !timers.has(input.slice(6))) continue;
      const next = { state: cell.next, timers: timersAfter(timers, input, cell), path: [...path, input] };
      const key = `${next.state} ${[...next.timers].sort().join(' ')}`;
      if (known.has(key)) continue;
      known.add(key);
      found.push(next);
    }
  }
  return found;
}

/** A clock whose timers are fired by the names that the trace gives them. */
class NamedClock implements Clock {
  readonly running = new Map<string, () => void>();
  nextName = '';

  now(): number {
    return 0;
  }

  wall(): number {
    return 0;
  }

  after(_delayMs: number, fire: () => void): Timer {
    const name = this.nextName;
    this.running.set(name, fire);
    return {
      cancel: () => {
        if (this.running.get(name) === fire) this.running.delete(name);
      },
    };
  }

  fire(name: string): void {
    const fire = this.running.get(name);
    this.running.delete(name);
    fire?.();
  }
}

function machineOf(table: AnyTable) {
  const clock = new NamedClock();
  const performed: string[] = [];
  const tracer = new Tracer(clock);
  tracer.subscribe((event) => {
    if (event.kind === 'timer' && event.action === 'start') clock.nextName = String(event.timer);
  });
  const perform = new Proxy(
    {},
    {
      get: (_, name) => () => performed.push(String(name)),
    },
  );
  let terminations = 0;
  const machine = new TransactionMachine({
    table,
    context: { clock, tracer, timerValues: DEFAULT_TIMER_VALUES, reliable: false, fields: {} },
    perform,
    onTerminated: () => terminations++,
  });
  const take = (input: string): void => {
    if (input.startsWith('timer ')) clock.fire(input.slice(6));
    else machine.input(input);
  };
  return { machine, clock, performed, take, terminations: () => terminations };
}

describe.each(TABLES)('$name', (table) => {
  const configurations = explore(table);

  it('reaches every state', () => {
    expect(new Set(configurations.map(({ state }) => state))).toEqual(new Set(Object.keys(table.states)));
  });

  it('can end from every configuration', () => {
    for (const { state } of configurations) {
      const reachable = new Set([state]);
      for (const from of reachable) {
        for (const cell of Object.values(table.states[from] ?? {})) reachable.add(cell.next);
      }
      expect(reachable).toContain('Terminated');
    }
  });

  it('lets no state but those that wait for the TU or the peer go on for ever', () => {
    const waiting = new Set(configurations.filter(({ timers }) => timers.size === 0).map(({ state }) => state));
    waiting.delete('Terminated');
    expect([...waiting]).toEqual(table.name.startsWith('Invite') ? ['Proceeding'] : []);
  });

  for (const [state, row] of Object.entries(table.states)) {
    for (const [input, cell] of Object.entries(row)) {
      const title = `${state} × ${input} → ${cell.next}: ${cell.rule}`;
      const timer = input.startsWith('timer ') ? input.slice(6) : undefined;
      const inState = configurations.filter((configuration) => configuration.state === state);
      if (cell.rule.startsWith('cannot fire') || (timer !== undefined && state === 'Terminated')) {
        it(title, () => {
          expect(inState.filter(({ timers }) => timers.has(String(timer)))).toEqual([]);
        });
        continue;
      }
      it(title, () => {
        expect(cell.rule).toMatch(/§|cannot happen/);
        if (cell.effects.length === 0 && cell.next === state) expect(cell.rule.length).toBeGreaterThan(20);
        const starts = inState.filter(({ timers }) => timer === undefined || timers.has(timer));
        expect(starts).not.toEqual([]);
        for (const { path, timers } of starts) {
          const run = machineOf(table);
          run.machine.begin();
          for (const step of path) run.take(step);
          expect(run.machine.state).toBe(state);
          run.performed.length = 0;
          run.take(input);
          expect(run.machine.state).toBe(cell.next);
          expect(run.performed).toEqual(cell.effects.filter((effect) => typeof effect === 'string'));
          expect(new Set(run.clock.running.keys())).toEqual(timersAfter(timers, input, cell));
          expect(run.terminations()).toBe(cell.next === 'Terminated' ? 1 : 0);
        }
      });
    }
  }
});
