import type { SocketAddress } from '../base/address.ts';
import { parseUri, formatUri, isSipUri } from '../sip/message/uri.ts';
import type { TransportProtocol } from '../sip/transport/flow.ts';
import type { Binding, BindingKey } from './location-service.ts';
import { RestoredFlow } from './restored-flow.ts';

/** A binding as it outlives the switch. */
export interface StoredBinding {
  readonly user: string;
  /** What tells it from the others of the user: device and flow, or the contact. */
  readonly key: string;
  readonly contact: string;
  readonly instance?: string | undefined;
  readonly regId?: number | undefined;
  readonly callId: string;
  readonly sequence: number;
  /** Seconds granted. */
  readonly expires: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly agent: string;
  readonly q?: number | undefined;
  readonly path?: readonly string[] | undefined;
  readonly profile: string;
  readonly protocol: TransportProtocol;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

/** Where registrations are kept. What cannot be written is lost at the next start, and nothing else. */
export interface RegistrationStore {
  /** Those that have not ended at `now`, milliseconds since 1970. */
  load(now: number): readonly StoredBinding[];
  save(binding: StoredBinding): void;
  remove(binding: Pick<StoredBinding, 'user' | 'key'>): void;
  close(): void;
}

/** What is kept of a binding; `wall` and `now` are the same moment on the two clocks. */
export function storedBinding(binding: Binding, wall: number, now: number): StoredBinding {
  const { user, instance, regId, callId, sequence, expires, agent, q, path, profile, flow } = binding;
  return {
    ...{ user, instance, regId, callId, sequence, expires, agent, q, path, profile },
    key: storedKey(binding),
    contact: formatUri(binding.contact),
    expiresAt: wall + (binding.expiresAtMs - now),
    protocol: flow.protocol,
    local: flow.local,
    remote: flow.remote,
  };
}

export function storedKey({ instance, regId, contact }: BindingKey): string {
  return regId === undefined ? formatUri(contact) : `${instance ?? ''} ${regId}`;
}

/** A binding of an earlier run, and the seconds that are left to it; `undefined` where it has ended or cannot be read. */
export function restoredBinding(
  stored: StoredBinding,
  wall: number,
): { readonly binding: Omit<Binding, 'expiresAtMs'>; readonly secondsLeft: number } | undefined {
  const contact = parseUri(stored.contact);
  // A clock that was set back grants nobody more than was granted.
  const secondsLeft = Math.min(stored.expires, (stored.expiresAt - wall) / 1000);
  if (!contact.ok || !isSipUri(contact.value) || secondsLeft <= 0) return undefined;
  const { user, instance, regId, callId, sequence, expires, agent, q, path, profile } = stored;
  const flow = new RestoredFlow(stored);
  return {
    binding: {
      user,
      instance,
      regId,
      callId,
      sequence,
      expires,
      agent,
      q,
      path,
      profile,
      contact: contact.value,
      flow,
    },
    secondsLeft,
  };
}
