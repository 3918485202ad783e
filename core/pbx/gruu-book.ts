import { randomToken, type Random } from '../base/random.ts';
import { sipUri, type SipUri } from '../sip/message/uri.ts';

/** Temporary GRUUs of one device that are good at the same time; the oldest makes room. */
const MAX_TEMPORARY = 16;

/** A temporary GRUU, and the registration that it was made in. */
interface Temporary extends GruuOwner {
  readonly token: string;
  readonly flow: number;
  readonly callId: string;
}

/** Which device an address of its own means. */
export interface GruuOwner {
  readonly user: string;
  readonly instance: string;
}

/** The addresses that lead to one device of a user (RFC 5627): made when it registers, and read again in requests. */
export class GruuBook {
  readonly #domain: string;
  readonly #random: Random;
  /** Of each device, the oldest first. */
  readonly #devices = new Map<string, readonly Temporary[]>();
  readonly #temporary = new Map<string, GruuOwner>();

  constructor(domain: string, random: Random) {
    this.#domain = domain;
    this.#random = random;
  }

  /** `sip:1000@example.com;gr=urn:uuid:...`, always the same (§5.4). */
  publicFor({ user, instance }: GruuOwner): SipUri {
    return sipUri({ user, host: this.#domain, parameters: new Map([['gr', instance]]) });
  }

  /**
   * A new address that tells nothing of user or device (§5.4). Those before it stay good while the Call-ID of the registration
   * stays; with another one they end (§3.2). `flow` is the reg-id, for each flow of a device is a registration of its own.
   */
  temporaryFor({ user, instance }: GruuOwner, flow: number, callId: string): SipUri {
    const key = keyOf({ user, instance });
    const token = `gr.${randomToken(this.#random, 24)}`;
    const known = this.#devices.get(key) ?? [];
    const good = known.filter((one) => one.flow !== flow || one.callId === callId).slice(1 - MAX_TEMPORARY);
    for (const one of known) if (!good.includes(one)) this.#temporary.delete(one.token);
    this.#devices.set(key, [...good, { user, instance, flow, callId, token }]);
    this.#temporary.set(token, { user, instance });
    return sipUri({ user: token, host: this.#domain, parameters: new Map([['gr', null]]) });
  }

  /** The device has no contact any more: its temporary addresses end (§3.2). */
  forget(owner: GruuOwner): void {
    for (const { token } of this.#devices.get(keyOf(owner)) ?? []) this.#temporary.delete(token);
    this.#devices.delete(keyOf(owner));
  }

  /** Whether a URI is a GRUU of this domain. */
  isGruu(uri: SipUri): boolean {
    return uri.parameters.has('gr') && uri.host === this.#domain.toLowerCase();
  }

  /** Whose GRUU it is; `undefined` for one that was never made, or ended. */
  owner(uri: SipUri): GruuOwner | undefined {
    if (!this.isGruu(uri) || uri.user === undefined) return undefined;
    const instance = uri.parameters.get('gr');
    if (typeof instance === 'string') return { user: uri.user, instance };
    return this.#temporary.get(uri.user);
  }
}

function keyOf({ user, instance }: GruuOwner): string {
  return `${user} ${instance}`;
}
