import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { TlsSecurity } from '../../tls/tls-security.ts';
import type { SipMessage } from '../message/message.ts';
import type { KeepAliveAgreement } from './keep-negotiation.ts';
import type { Flow, TransportProtocol } from './flow.ts';

/** What every kind of flow shares: its ends, whether it is open, and who wants to know of its end. */
export abstract class OpenFlow implements Flow {
  readonly id: string;
  readonly protocol: TransportProtocol;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly opened: 'here' | 'there';
  readonly security: TlsSecurity | undefined;
  readonly #listeners = new Set<(reason: Diagnosis | undefined) => void>();
  #open = true;
  #reason: Diagnosis | undefined;

  constructor(ends: Omit<Flow, 'open' | 'send' | 'onClose' | 'keepAlive' | 'close'>) {
    this.id = ends.id;
    this.protocol = ends.protocol;
    this.local = ends.local;
    this.remote = ends.remote;
    this.opened = ends.opened;
    this.security = ends.security;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Whether somebody would miss the flow. */
  get held(): boolean {
    return this.#listeners.size > 0;
  }

  abstract send(message: SipMessage): boolean;

  abstract keepAlive(agreement: KeepAliveAgreement | undefined): void;

  /** Asks at once whether a flow that is kept alive still leads to its peer. */
  abstract probe(): void;

  /** Closes the flow because of something that others than its user should know. */
  abstract fail(reason: Diagnosis): void;

  abstract close(): void;

  /** As {@link Flow.onClose}; on a flow that is closed already the listener is called soon, not at once. */
  onClose(listener: (reason: Diagnosis | undefined) => void): () => void {
    // An object of its own, so that the same function can be added twice and forgotten once.
    const own = (reason: Diagnosis | undefined): void => {
      listener(reason);
    };
    this.#listeners.add(own);
    if (!this.#open) {
      queueMicrotask(() => {
        if (this.#listeners.delete(own)) listener(this.#reason);
      });
    }
    return () => void this.#listeners.delete(own);
  }

  /** Marks the flow closed and tells everybody, once. `false` where it was closed before. */
  protected finish(reason: Diagnosis | undefined): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#reason = reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(reason);
    return true;
  }
}
