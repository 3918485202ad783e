import type { FlowOwner } from './flow-owner.ts';
import type { ConnectionFlow } from './connection-flow.ts';
import type { StreamSocket } from './network.ts';

/** The connections that one listener accepted, within the limits of the layer. */
export class AcceptedConnections {
  readonly #owner: FlowOwner;
  readonly #perAddress: Map<string, Set<ConnectionFlow>>;
  readonly #flows = new Set<ConnectionFlow>();

  /** `perAddress` holds the connections of each address over all listeners of the layer. */
  constructor(owner: FlowOwner, perAddress: Map<string, Set<ConnectionFlow>>) {
    this.#owner = owner;
    this.#perAddress = perAddress;
  }

  /** Takes the flow that `open` makes of a connection. `undefined` where a limit is reached: the connection is then closed. */
  accept(socket: StreamSocket, open: () => ConnectionFlow): ConnectionFlow | undefined {
    const { maxConnectionsPerListener, maxConnectionsPerAddress } = this.#owner.settings;
    const { address } = socket.remote;
    const full =
      !hasRoom(this.#perAddress.get(address), maxConnectionsPerAddress) ||
      !hasRoom(this.#flows, maxConnectionsPerListener);
    if (full) {
      socket.destroy();
      return undefined;
    }
    const flow = open();
    const fromThere = this.#perAddress.get(address) ?? new Set();
    this.#perAddress.set(address, fromThere.add(flow));
    this.#flows.add(flow);
    flow.onClose(() => {
      this.#flows.delete(flow);
      fromThere.delete(flow);
      if (fromThere.size === 0) this.#perAddress.delete(address);
    });
    return flow;
  }

  /** Closes all of them. */
  close(): void {
    for (const flow of [...this.#flows]) flow.close();
  }
}

/** Whether one more is within the limit; at the limit the oldest that never sent a message makes room, if any. */
function hasRoom(flows: ReadonlySet<ConnectionFlow> = new Set(), limit: number): boolean {
  if (flows.size < limit) return true;
  for (const flow of flows) {
    if (!flow.silent) continue;
    flow.close();
    break;
  }
  return flows.size < limit;
}
