import type { SocketAddress } from '../base/address.ts';
import type { Flow, TransportProtocol } from '../sip/transport/flow.ts';

/**
 * The flow of a registration that an earlier run of the switch granted. A UDP flow is two addresses and can be opened again; a
 * connection is gone, and a phone that has not come back by itself can only be dialled at its Contact.
 */
export class RestoredFlow implements Flow {
  readonly id = 'restored';
  readonly protocol: TransportProtocol;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly opened = 'there';
  readonly security = undefined;
  readonly open = true;

  constructor({ protocol, local, remote }: Pick<Flow, 'protocol' | 'local' | 'remote'>) {
    this.protocol = protocol;
    this.local = local;
    this.remote = remote;
  }

  send(): boolean {
    return false;
  }

  onClose(): () => void {
    return () => undefined;
  }

  keepAlive(): void {
    // There is nobody to keep alive.
  }

  close(): void {
    // There is nothing to close.
  }
}
