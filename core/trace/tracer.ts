import type { Clock } from '../base/clock.ts';

/** The components that can be turned up and down, as FreeSWITCH users know them, and ours. */
export const COMPONENTS = [
  'tport', 'nta', 'nua', 'soa', 'iptsec', 'sresolv', 'stun', 'tls', 'srtp', 'rtp', 'jitter', 'audio', 'pbx', 'app',
] as const; // prettier-ignore
export type Component = (typeof COMPONENTS)[number];

/** 0 what everybody must see, 1 errors, 3 warnings, 5 what happens, 7 how it happens, 9 everything. */
export type TraceLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** What an event says beyond its head. Secrets are `Secret`s and print as a mask; octets are written as text or base64. */
export type TraceFields = Readonly<Record<string, unknown>> & {
  readonly connection?: string | undefined;
  readonly call?: string | undefined;
};

/** One thing that happened. The only log, the ladder, the inspector and the assertions of the tests all read these. */
export interface TraceEvent extends TraceFields {
  /** Counts from 1 without gaps among the events kept. */
  readonly seq: number;
  /** Wall time, ISO 8601 with milliseconds. */
  readonly time: string;
  /** Monotonic milliseconds. */
  readonly mono: number;
  readonly level: TraceLevel;
  readonly component: Component;
  /** What happened, such as `sip.sent`, `tls.rejected`, `timer`. */
  readonly kind: string;
}

/** Where events go. A sink must not throw and must not keep the caller waiting. */
export type TraceSink = (event: TraceEvent) => void;

/** The one stream of events. Every part writes to it; nothing else logs. */
export class Tracer {
  readonly #clock: Clock;
  readonly #sinks = new Set<TraceSink>();
  /** Sinks that get what is turned down, too, each up to a level of its own. */
  readonly #recorders = new Map<TraceSink, TraceLevel>();
  /** The highest of those levels; -1 without recorders. */
  #recordedLevel = -1;
  readonly #levels = new Map<Component, TraceLevel>();
  #defaultLevel: TraceLevel;
  #seq = 0;
  #captureEnd = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, defaultLevel: TraceLevel = 9) {
    this.#clock = clock;
    this.#defaultLevel = defaultLevel;
  }

  /** Whether an event of this component and level would reach a sink; ask before building costly fields. */
  enabled(component: Component, level: TraceLevel): boolean {
    return level <= this.#recordedLevel || (this.#sinks.size > 0 && level <= this.level(component));
  }

  /** Tells all sinks that something happened, unless the component is turned down below `level`. */
  emit(component: Component, level: TraceLevel, kind: string, fields: TraceFields = {}): void {
    if (!this.enabled(component, level)) return;
    const event: TraceEvent = {
      ...fields,
      seq: ++this.#seq,
      time: new Date(this.#clock.wall()).toISOString(),
      mono: this.#clock.now(),
      level,
      component,
      kind,
    };
    for (const [sink, upTo] of this.#recorders) if (level <= upTo) sink(event);
    if (level <= this.level(component)) for (const sink of this.#sinks) sink(event);
  }

  /** Adds a sink; the function returned takes it away again. */
  subscribe(sink: TraceSink): () => void {
    this.#sinks.add(sink);
    return () => void this.#sinks.delete(sink);
  }

  /**
   * Adds a sink that gets everything up to `level`, whatever is turned down; added again, it changes its level. The function
   * returned takes it away.
   */
  record(sink: TraceSink, level: TraceLevel = 9): () => void {
    this.#recorders.set(sink, level);
    this.#recordedLevel = Math.max(-1, ...this.#recorders.values());
    return () => {
      this.#recorders.delete(sink);
      this.#recordedLevel = Math.max(-1, ...this.#recorders.values());
    };
  }

  /**
   * From now on, for `durationMs`, connections that open show their octets (`wire.octets`) and the secrets of their TLS
   * (`tls.secret`): whoever gets this trace can read them. Off unless somebody asks for it, and over by itself; 0 ends it.
   */
  capture(durationMs: number): void {
    this.#captureEnd = this.#clock.now() + durationMs;
    this.emit('tls', 1, 'capture', { durationMs });
  }

  get capturing(): boolean {
    return this.captureLeftMs > 0;
  }

  /** How much longer is captured; 0 where nothing is. */
  get captureLeftMs(): number {
    return Math.max(0, this.#captureEnd - this.#clock.now());
  }

  /** Turns one component, or all without a level of their own, up or down. Effective at once. */
  setLevel(component: Component | 'all', level: TraceLevel): void {
    if (component === 'all') {
      this.#levels.clear();
      this.#defaultLevel = level;
    } else {
      this.#levels.set(component, level);
    }
  }

  /** The level in force for a component. */
  level(component: Component): TraceLevel {
    return this.#levels.get(component) ?? this.#defaultLevel;
  }
}
