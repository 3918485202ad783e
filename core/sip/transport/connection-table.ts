import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { ok, type Result } from '../../base/result.ts';
import type { TlsSecurity } from '../../tls/tls-security.ts';
import type { TlsClientSettings } from '../../tls/tls-settings.ts';
import { isSecure, type Flow, type Target } from './flow.ts';

/** What a dialled connection must share with what is asked for, to be given out again. */
export interface Dialling {
  readonly target: Target;
  /** With TLS only. */
  readonly tls: TlsClientSettings | undefined;
  /** Whether `tls` is the policy of the layer, which accepted connections may stand in for, and not one of the caller's. */
  readonly usualPolicy: boolean;
  readonly local: SocketAddress | undefined;
}

interface Entry {
  readonly dialling: Dialling;
  /** The connection, or the attempt under way, which all who want the same wait for. */
  readonly flow: Promise<Result<Flow, Diagnosis>>;
  /** The connection, once it is there. */
  established: Flow | undefined;
}

/**
 * Connections by where they lead (RFC 5923): one target is dialled once, however many want it at the same time. With TLS one
 * connection serves several names where its certificate stands for all of them; one that we accepted serves only where the
 * client proved who it is (§9), because whoever connects could claim any address for its own.
 */
export class ConnectionTable {
  readonly #entries = new Map<string, Entry[]>();
  readonly #accepted = new Map<string, Flow>();

  /** The connection that `dialling` may share, or what `dial` gives. A failed attempt is not remembered. */
  obtain(dialling: Dialling, dial: () => Promise<Result<Flow, Diagnosis>>): Promise<Result<Flow, Diagnosis>> {
    const key = keyOf(dialling.target);
    const known = this.#entries.get(key)?.find((entry) => isSame(entry, dialling));
    if (known !== undefined) return known.flow;
    const accepted = this.#accepted.get(key);
    if (accepted !== undefined && mayStandIn(accepted, dialling)) return Promise.resolve(ok(accepted));
    const entry: Entry = { dialling, flow: dial(), established: undefined };
    this.#entries.set(key, [...(this.#entries.get(key) ?? []), entry]);
    const forget = (): void => {
      const others = (this.#entries.get(key) ?? []).filter((other) => other !== entry);
      if (others.length > 0) this.#entries.set(key, others);
      else this.#entries.delete(key);
    };
    void entry.flow.then((flow) => {
      if (!flow.ok || !flow.value.open) {
        forget();
        return;
      }
      entry.established = flow.value;
      flow.value.onClose(forget);
    });
    return entry.flow;
  }

  /** An accepted connection leads back to `port` of its peer: the one it comes from, or the one an `alias` names (§8.2). */
  adopt(flow: Flow, port: number): void {
    const key = keyOf({ protocol: flow.protocol, address: flow.remote.address, port });
    if (this.#accepted.get(key) === flow) return;
    this.#accepted.set(key, flow);
    flow.onClose(() => {
      if (this.#accepted.get(key) === flow) this.#accepted.delete(key);
    });
  }
}

function keyOf({ protocol, address, port }: Pick<Target, 'protocol' | 'address' | 'port'>): string {
  return `${protocol}|${address}|${port}`;
}

function isSame({ dialling: one, established }: Entry, other: Dialling): boolean {
  return (
    isSameAddress(one.local, other.local) &&
    isSamePolicy(one.tls, other.tls) &&
    (!isSecure(one.target.protocol) ||
      one.target.serverName.toLowerCase() === other.target.serverName.toLowerCase() ||
      proves(established?.security, other.target.serverName))
  );
}

function mayStandIn(flow: Flow, { target, usualPolicy, local }: Dialling): boolean {
  if (!flow.open || (local !== undefined && !isSameAddress(local, flow.local))) return false;
  return !isSecure(target.protocol) || (usualPolicy && proves(flow.security, target.serverName));
}

/** Whether the certificate at the other end was verified and stands for a name, too (RFC 5922 §7.1). */
function proves(security: TlsSecurity | undefined, name: string): boolean {
  const wanted = name.toLowerCase();
  return (
    security?.peerVerified === true &&
    (security.peerIdentities ?? []).some((identity) => identity.toLowerCase() === wanted)
  );
}

function isSameAddress(one: SocketAddress | undefined, other: SocketAddress | undefined): boolean {
  return one === other || (one?.address === other?.address && one?.port === other?.port);
}

/**
 * A connection that was opened under a laxer policy, or as somebody else, must not serve a stricter one. All settings count,
 * whichever there are; of the identity the certificate, which the key belongs to.
 */
function isSamePolicy(one: TlsClientSettings | undefined, other: TlsClientSettings | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && policyText(one) === policyText(other));
}

function policyText({ identity, ...policy }: TlsClientSettings): string {
  const settings = Object.entries(policy).sort(([name], [next]) => (name < next ? -1 : 1));
  return JSON.stringify([identity?.certificateChain, settings]);
}
