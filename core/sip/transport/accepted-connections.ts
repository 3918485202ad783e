import type { FlowOwner } from './flow-owner.ts';
import type { StreamSocket } from './network.ts';
import { StreamFlow } from './stream-flow.ts';

/** The connections that one listener accepted, within the limits of the layer. */
export class AcceptedConnections {
  readonly #owner: FlowOwner;
  readonly #perAddress: Map<string, number>;
  readonly #flows = new Set<StreamFlow>();

  /** `perAddress` counts the connections of each address over all listeners of the layer. */
  constructor(owner: FlowOwner, perAddress: Map<string, number>) {
    this.#owner = owner;
    this.#perAddress = perAddress;
  }

  /** Makes a flow of a connection. `undefined` where a limit is reached: the connection is then closed. */
  accept(socket: StreamSocket): StreamFlow | undefined {
    const { maxConnectionsPerListener, maxConnectionsPerAddress } = this.#owner.settings;
    const { address } = socket.remote;
    const fromThere = this.#perAddress.get(address) ?? 0;
    if (this.#flows.size >= maxConnectionsPerListener) this.#closeOldestSilent();
    if (fromThere >= maxConnectionsPerAddress || this.#flows.size >= maxConnectionsPerListener) {
      socket.destroy();
      return undefined;
    }
    this.#perAddress.set(address, fromThere + 1);
    const flow = new StreamFlow(socket, 'there', this.#owner);
    this.#flows.add(flow);
    flow.onClose(() => {
      this.#flows.delete(flow);
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
    return flow;
  }

  /** Closes all of them. */
  close(): void {
    for (const flow of [...this.#flows]) flow.close();
  }

  #closeOldestSilent(): void {
    for (const flow of this.#flows) {
      if (!flow.silent) continue;
      flow.close();
      return;
    }
  }
}
