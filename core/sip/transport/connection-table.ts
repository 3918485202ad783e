import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { TlsClientSettings } from '../../tls/tls-settings.ts';
import type { Flow, Target } from './flow.ts';

/** What a dialled connection must share with what is asked for, to be given out again. */
export interface Dialling {
  readonly target: Target;
  /** For TLS only. */
  readonly tls: TlsClientSettings | undefined;
  readonly local: SocketAddress | undefined;
}

interface Entry {
  readonly dialling: Dialling;
  /** The connection, or the attempt under way, which all who want the same wait for. */
  readonly flow: Promise<Result<Flow, Diagnosis>>;
}

/** Connections by where they lead: one target is dialled once, however many want it at the same time. */
export class ConnectionTable {
  readonly #entries = new Map<string, Entry[]>();

  /** The connection that `dialling` may share, or what `dial` gives. A failed attempt is not remembered. */
  obtain(dialling: Dialling, dial: () => Promise<Result<Flow, Diagnosis>>): Promise<Result<Flow, Diagnosis>> {
    const key = keyOf(dialling.target);
    const known = this.#entries.get(key)?.find((entry) => isSame(entry.dialling, dialling));
    if (known !== undefined) return known.flow;
    const entry: Entry = { dialling, flow: dial() };
    this.#entries.set(key, [...(this.#entries.get(key) ?? []), entry]);
    const forget = (): void => {
      const others = (this.#entries.get(key) ?? []).filter((other) => other !== entry);
      if (others.length > 0) this.#entries.set(key, others);
      else this.#entries.delete(key);
    };
    void entry.flow.then((flow) => {
      if (flow.ok && flow.value.open) flow.value.onClose(forget);
      else forget();
    });
    return entry.flow;
  }
}

function keyOf({ protocol, address, port, serverName }: Target): string {
  return `${protocol}|${address}|${port}|${protocol === 'tls' ? serverName.toLowerCase() : ''}`;
}

function isSame(one: Dialling, other: Dialling): boolean {
  return isSameAddress(one.local, other.local) && isSamePolicy(one.tls, other.tls);
}

function isSameAddress(one: SocketAddress | undefined, other: SocketAddress | undefined): boolean {
  return one === other || (one?.address === other?.address && one?.port === other?.port);
}

/** A connection that was opened under a laxer policy, or as somebody else, must not serve a stricter one. */
function isSamePolicy(one: TlsClientSettings | undefined, other: TlsClientSettings | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  return (
    one.verify === other.verify &&
    one.minVersion === other.minVersion &&
    one.maxVersion === other.maxVersion &&
    one.ciphers === other.ciphers &&
    one.identity?.certificateChain === other.identity?.certificateChain &&
    String(one.trust) === String(other.trust)
  );
}
