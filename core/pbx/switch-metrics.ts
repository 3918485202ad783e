import type { Clock } from '../base/clock.ts';
import type { MiniPbx, MiniPbxEvent } from './mini-pbx.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * The switch in figures, in the text format of Prometheus (version 0.0.4). Labels hold no numbers or names of callers: a
 * figure for each of them would grow without end, and is nobody's business.
 */
export class SwitchMetrics {
  readonly #clock: Clock;
  readonly #startedMs: number;
  /** Monotonic milliseconds of the answer, by call. */
  readonly #answered = new Map<string, number>();
  readonly #counters = new Map<string, Map<string, number>>();
  #seconds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.wall();
  }

  /** Counts what the switch tells. */
  follow(event: MiniPbxEvent): void {
    if (event.event === 'registration') this.#count('registration_changes', { change: event.change });
    else if (event.event === 'diagnosis') this.#count('diagnoses', { code: event.diagnosis.code });
    else if (event.event === 'call') {
      const { id, state } = event.call;
      const answeredAt = this.#answered.get(id);
      if (state === 'answered' && answeredAt === undefined) this.#answered.set(id, this.#clock.now());
      if (state !== 'ended') return;
      this.#answered.delete(id);
      this.#count('calls', { outcome: answeredAt === undefined ? 'unanswered' : 'answered' });
      if (answeredAt !== undefined) this.#seconds += (this.#clock.now() - answeredAt) / 1000;
    }
  }

  /** All figures now. */
  text({ calls, registrations, gateways, listeners }: MiniPbx): string {
    const legs = new Map<string, number>();
    for (const { transport, security } of calls.flatMap((call) => call.legs)) {
      const key = labelText({ transport, security });
      legs.set(key, (legs.get(key) ?? 0) + 1);
    }
    const byTransport = new Map<string, number>();
    for (const { flow } of registrations) {
      const key = labelText({ transport: flow.protocol });
      byTransport.set(key, (byTransport.get(key) ?? 0) + 1);
    }
    const one = (value: number): ReadonlyMap<string, number> => new Map([['', value]]);
    return [
      family('start_time_seconds', 'gauge', 'When the switch started, seconds since 1970.', one(this.#startedMs / 1000)),
      family('listeners', 'gauge', 'Ports that are listened on.', one(listeners.length)),
      family('registrations', 'gauge', 'Contacts that are registered.', byTransport),
      family('registration_changes_total', 'counter', 'Registrations that came, were refreshed, and ended.', this.#of('registration_changes')),
      family('calls', 'gauge', 'Calls that ring or go on.', one(calls.length)),
      family('call_legs', 'gauge', 'Legs of these calls, by what protects them.', legs),
      family('calls_total', 'counter', 'Calls that have ended.', this.#of('calls')),
      family('call_seconds_total', 'counter', 'Seconds of conversation of calls that have ended.', one(this.#seconds)),
      family('gateway_up', 'gauge', 'Whether a gateway can be called.', new Map(gateways.map(({ name, profile, view }) => [labelText({ gateway: name, profile }), view.state === 'REGED' || view.state === 'NOREG' ? 1 : 0]))),
      family('diagnoses_total', 'counter', 'What went wrong, by its code.', this.#of('diagnoses')),
    ].join(''); // prettier-ignore
  }

  #of(name: string): ReadonlyMap<string, number> {
    return this.#counters.get(name) ?? new Map<string, number>();
  }

  #count(name: string, labels: Labels): void {
    const counter = this.#counters.get(name) ?? new Map<string, number>();
    this.#counters.set(name, counter);
    const key = labelText(labels);
    counter.set(key, (counter.get(key) ?? 0) + 1);
  }
}

function family(name: string, type: 'counter' | 'gauge', help: string, values: ReadonlyMap<string, number>): string {
  const full = `sotto_${name}`;
  const lines = [...values].map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

/** Values are ours or from the configuration, whose names hold no quote, backslash or line end. */
function labelText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}
