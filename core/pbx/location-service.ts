import type { Clock, Timer } from '../base/clock.ts';
import { formatUri, type SipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/transport/flow.ts';

/** One contact of one user (RFC 3261 §10.2). */
export interface Binding {
  readonly user: string;
  readonly contact: SipUri;
  /** The flow that the REGISTER came on: requests to the contact leave on it. */
  readonly flow: Flow;
  readonly callId: string;
  readonly sequence: number;
  /** Seconds granted. */
  readonly expires: number;
  /** Monotonic milliseconds. */
  readonly expiresAtMs: number;
  /** What the client calls itself. */
  readonly agent: string;
}

/** `removed` covers un-registering, and a flow that closed: nobody can be reached on it any more. */
export type BindingChange = 'registered' | 'refreshed' | 'expired' | 'removed';

/** Most contacts of one user; the oldest makes room (documented limit). */
export const MAX_BINDINGS_PER_USER = 10;

/** Who can be reached where. Bindings end by themselves: by time, or with the stream flow that carried them. */
export class LocationService {
  readonly #clock: Clock;
  readonly #onChange: (change: BindingChange, binding: Binding) => void;
  readonly #users = new Map<string, Map<string, { binding: Binding; release: () => void }>>();

  constructor(clock: Clock, onChange: (change: BindingChange, binding: Binding) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Every binding, oldest first within a user. */
  all(): readonly Binding[] {
    return [...this.#users.keys()].flatMap((user) => this.lookup(user));
  }

  lookup(user: string): readonly Binding[] {
    return [...(this.#users.get(user)?.values() ?? [])].map(({ binding }) => binding);
  }

  /**
   * Whether a REGISTER is older than what we have: the same Call-ID with no higher CSeq (RFC 3261 §10.3 step 7).
   */
  isStale(user: string, contact: SipUri, callId: string, sequence: number): boolean {
    const known = this.#users.get(user)?.get(formatUri(contact))?.binding;
    return known?.callId === callId && sequence <= known.sequence;
  }

  add(fields: Omit<Binding, 'expiresAtMs'>): void {
    const binding: Binding = { ...fields, expiresAtMs: this.#clock.now() + fields.expires * 1000 };
    const bindings = this.#users.get(binding.user) ?? new Map<string, { binding: Binding; release: () => void }>();
    this.#users.set(binding.user, bindings);
    const key = formatUri(binding.contact);
    const known = bindings.get(key);
    known?.release();
    if (known === undefined && bindings.size >= MAX_BINDINGS_PER_USER) {
      const [oldest] = bindings.values();
      if (oldest !== undefined) this.#end('removed', oldest.binding);
    }
    const timer: Timer = this.#clock.after(fields.expires * 1000, () => {
      this.#end('expired', binding);
    });
    // A datagram flow is only a pair of addresses: it has no end that would tell us anything.
    const forget =
      binding.flow.protocol === 'udp' ? () => undefined : binding.flow.onClose(() => { this.#end('removed', binding); }); // prettier-ignore
    bindings.set(key, {
      binding,
      release: () => {
        timer.cancel();
        forget();
      },
    });
    this.#users.set(binding.user, bindings);
    this.#onChange(known === undefined ? 'registered' : 'refreshed', binding);
  }

  remove(user: string, contact: SipUri): void {
    const known = this.#users.get(user)?.get(formatUri(contact));
    if (known !== undefined) this.#end('removed', known.binding);
  }

  removeAll(user: string): void {
    for (const binding of this.lookup(user)) this.#end('removed', binding);
  }

  /** Forgets everything without telling anybody. */
  close(): void {
    for (const bindings of this.#users.values()) for (const { release } of bindings.values()) release();
    this.#users.clear();
  }

  #end(change: BindingChange, binding: Binding): void {
    const bindings = this.#users.get(binding.user);
    const key = formatUri(binding.contact);
    const known = bindings?.get(key);
    if (known?.binding !== binding) return;
    known.release();
    bindings?.delete(key);
    if (bindings?.size === 0) this.#users.delete(binding.user);
    this.#onChange(change, binding);
  }
}
