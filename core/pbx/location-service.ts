import type { Clock, Timer } from '../base/clock.ts';
import type { SipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/transport/flow.ts';
import { sameUri } from '../sip/ua/uri-equality.ts';
import { RestoredFlow } from './restored-flow.ts';

/** What makes two REGISTERs speak of one binding: instance and flow number (RFC 5626 §6), else the URI (RFC 3261 §10.3). */
export interface BindingKey {
  readonly user: string;
  readonly contact: SipUri;
  /** `urn:uuid:...` of the device, where it named itself. */
  readonly instance?: string | undefined;
  /** The number of the flow, where outbound is in use. */
  readonly regId?: number | undefined;
}

/** One contact of one user (RFC 3261 §10.2). */
export interface Binding extends BindingKey {
  /** The name of the profile that the REGISTER came to. */
  readonly profile: string;
  /** The flow that it came on: requests to the contact leave on it. */
  readonly flow: Flow;
  readonly callId: string;
  readonly sequence: number;
  /** Seconds granted. */
  readonly expires: number;
  /** Monotonic milliseconds. */
  readonly expiresAtMs: number;
  /** What the client calls itself. */
  readonly agent: string;
  /** Preference among the contacts of the user, 0 to 1; `undefined` counts as 1. */
  readonly q?: number | undefined;
  /** The proxies on the way, as Route of requests to the contact (RFC 3327 §5.3). */
  readonly path?: readonly string[] | undefined;
}

/** `removed` covers un-registering, and a flow that closed: nobody can be reached on it any more. */
export type BindingChange = 'registered' | 'refreshed' | 'expired' | 'removed';

/** Most contacts of one user where the configuration does not say; the oldest makes room. */
export const MAX_BINDINGS_PER_USER = 10;

interface Entry {
  readonly binding: Binding;
  readonly release: () => void;
}

/** Who can be reached where. Bindings end by themselves: by time, or with the connection that carried them. */
export class LocationService {
  readonly #clock: Clock;
  readonly #onChange: (change: BindingChange, binding: Binding) => void;
  #limit: number;
  /** Of each user, the one that was first added first. */
  readonly #users = new Map<string, Entry[]>();

  /** `limit`: most contacts of one user. */
  constructor(
    clock: Clock,
    onChange: (change: BindingChange, binding: Binding) => void,
    limit: number = MAX_BINDINGS_PER_USER,
  ) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#limit = limit;
  }

  /** For bindings to come. */
  setLimit(limit: number): void {
    this.#limit = limit;
  }

  /** Every binding, oldest first within a user. */
  all(): readonly Binding[] {
    return [...this.#users.keys()].flatMap((user) => this.lookup(user));
  }

  lookup(user: string): readonly Binding[] {
    return (this.#users.get(user) ?? []).map(({ binding }) => binding);
  }

  /**
   * Where a request to the user goes, the preferred contact first: of several flows of one device only that which was
   * registered last, since both lead to the same phone (RFC 5626 §5.3, §6).
   */
  targets(user: string): readonly Binding[] {
    const devices = new Map<string | Binding, Binding>();
    for (const binding of this.lookup(user)) {
      if (!binding.flow.open) continue;
      const device = binding.instance ?? binding;
      const known = devices.get(device);
      if (known === undefined || boundAtMs(known) <= boundAtMs(binding)) devices.set(device, binding);
    }
    // The sort is stable: among equals the one that registered first rings first.
    return [...devices.values()].sort((one, other) => (other.q ?? 1) - (one.q ?? 1));
  }

  /** Seconds until a binding ends, at least 1. */
  secondsLeft(binding: Binding): number {
    return Math.max(1, Math.ceil((binding.expiresAtMs - this.#clock.now()) / 1000));
  }

  /** Whether a REGISTER is older than what we have: the same Call-ID with no higher CSeq (RFC 3261 §10.3 steps 6 and 7). */
  isStale(key: BindingKey, callId: string, sequence: number): boolean {
    const known = this.#find(key)?.binding;
    return known?.callId === callId && sequence <= known.sequence;
  }

  add(fields: Omit<Binding, 'expiresAtMs'>): void {
    const { binding, known } = this.#put(fields, fields.expires);
    this.#onChange(known ? 'refreshed' : 'registered', binding);
    // A phone that has come back on another connection is not to be looked for where it was before the restart.
    const lost = this.lookup(binding.user).filter((other) => other !== binding && isLostBy(other, binding));
    for (const other of lost) this.#end('removed', other);
  }

  /** A binding of an earlier run, of which nobody is told. */
  restore(fields: Omit<Binding, 'expiresAtMs'>, secondsLeft: number): void {
    this.#put(fields, secondsLeft);
  }

  #put(fields: Omit<Binding, 'expiresAtMs'>, seconds: number): { readonly binding: Binding; readonly known: boolean } {
    const binding: Binding = { ...fields, expiresAtMs: this.#clock.now() + seconds * 1000 };
    const known = this.#find(binding);
    known?.release();
    const oldest = this.#users.get(binding.user)?.[0];
    const isFull = known === undefined && (this.#users.get(binding.user)?.length ?? 0) >= this.#limit;
    if (isFull && oldest !== undefined) this.#end('removed', oldest.binding);
    const entry: Entry = { binding, release: this.#watch(binding) };
    const entries = this.#users.get(binding.user) ?? [];
    this.#users.set(binding.user, entries);
    const index = known === undefined ? -1 : entries.indexOf(known);
    if (index < 0) entries.push(entry);
    else entries[index] = entry;
    return { binding, known: known !== undefined };
  }

  remove(key: BindingKey): void {
    const known = this.#find(key);
    if (known !== undefined) this.#end('removed', known.binding);
  }

  removeAll(user: string): void {
    for (const binding of this.lookup(user)) this.#end('removed', binding);
  }

  /** Forgets everything without telling anybody. */
  close(): void {
    for (const entries of this.#users.values()) for (const { release } of entries) release();
    this.#users.clear();
  }

  #find(key: BindingKey): Entry | undefined {
    return this.#users.get(key.user)?.find(({ binding }) => isSame(binding, key));
  }

  #watch(binding: Binding): () => void {
    const timer: Timer = this.#clock.after(binding.expiresAtMs - this.#clock.now(), () => {
      this.#end('expired', binding);
    });
    // A datagram flow is only a pair of addresses: it has no end that would tell us anything.
    const forget =
      binding.flow.protocol === 'udp' ? () => undefined : binding.flow.onClose(() => { this.#end('removed', binding); }); // prettier-ignore
    return () => {
      timer.cancel();
      forget();
    };
  }

  #end(change: BindingChange, binding: Binding): void {
    const entries = this.#users.get(binding.user);
    const index = entries?.findIndex((entry) => entry.binding === binding) ?? -1;
    if (entries === undefined || index < 0) return;
    entries[index]?.release();
    entries.splice(index, 1);
    if (entries.length === 0) this.#users.delete(binding.user);
    this.#onChange(change, binding);
  }
}

function isSame(binding: Binding, key: BindingKey): boolean {
  if (binding.regId !== undefined || key.regId !== undefined) {
    return binding.instance === key.instance && binding.regId === key.regId;
  }
  return sameUri(binding.contact, key.contact);
}

/** Whether a binding of an earlier run is that of the device that made a new one. */
function isLostBy(restored: Binding, fresh: Binding): boolean {
  if (!(restored.flow instanceof RestoredFlow) || fresh.flow instanceof RestoredFlow) return false;
  return restored.callId === fresh.callId || (restored.instance !== undefined && restored.instance === fresh.instance);
}

function boundAtMs({ expiresAtMs, expires }: Binding): number {
  return expiresAtMs - expires * 1000;
}
