import type { SocketAddress } from '../../core/base/address.ts';
import type { Diagnosis } from '../../core/base/diagnosis.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../core/sip/message/message.ts';
import type { Flow, TransportProtocol } from '../../core/sip/transport/flow.ts';
import type { KeepAliveAgreement } from '../../core/sip/transport/keep-negotiation.ts';
import type { TlsSecurity } from '../../core/tls/tls-security.ts';

/** A flow without a socket: records what was sent, and fails or closes when a test says so. */
export class MemoryFlow implements Flow {
  readonly id: string;
  readonly protocol: TransportProtocol;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly opened: 'here' | 'there';
  readonly security: TlsSecurity | undefined;
  /** Every message that left, oldest first. */
  readonly sent: SipMessage[] = [];
  /** Called for each message that left; set it to make an answering peer. */
  onSent: ((message: SipMessage) => void) | undefined;
  /** While true, `send` refuses messages though the flow is open, as with a full queue. */
  refusing = false;
  /** What was agreed on by {@link keepAlive}, oldest first. */
  readonly agreements: (KeepAliveAgreement | undefined)[] = [];
  readonly #listeners = new Set<(reason: Diagnosis | undefined) => void>();
  #open = true;

  constructor(options: Partial<Pick<Flow, 'id' | 'protocol' | 'local' | 'remote' | 'opened' | 'security'>> = {}) {
    this.id = options.id ?? 'flow-1';
    this.protocol = options.protocol ?? 'udp';
    this.local = options.local ?? { address: '192.0.2.1', port: 5060 };
    this.remote = options.remote ?? { address: '192.0.2.2', port: 5060 };
    this.opened = options.opened ?? 'here';
    this.security = options.security;
  }

  get open(): boolean {
    return this.#open;
  }

  send(message: SipMessage): boolean {
    if (!this.#open || this.refusing) return false;
    this.sent.push(message);
    this.onSent?.(message);
    return true;
  }

  onClose(listener: (reason: Diagnosis | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  keepAlive(agreement: KeepAliveAgreement | undefined): void {
    this.agreements.push(agreement);
  }

  /** Listeners that were not taken away. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  close(): void {
    this.fail(undefined);
  }

  /** Closes the flow as if it had broken, telling the listeners why. */
  fail(reason: Diagnosis | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(reason);
  }

  /** The requests among what was sent, of one method where it is given. */
  requests(method?: string): readonly SipRequest[] {
    return this.sent.filter(
      (message): message is SipRequest => message.kind === 'request' && (method ?? message.method) === message.method,
    );
  }

  /** The responses among what was sent. */
  get responses(): readonly SipResponse[] {
    return this.sent.filter((message): message is SipResponse => message.kind === 'response');
  }

  /** The newest message; throws where nothing was sent. */
  get last(): SipMessage {
    const last = this.sent.at(-1);
    if (last === undefined) throw new Error(`nothing was sent on ${this.id}`);
    return last;
  }
}
