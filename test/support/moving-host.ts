import { err } from '../../core/base/result.ts';
import type { Network } from '../../core/sip/transport/network.ts';
import type { VirtualNetwork } from './virtual-network.ts';

/** A machine that goes from network to network: what it opens, it opens at the address that it has at that moment. */
export class MovingHost implements Network {
  readonly #network: VirtualNetwork;
  #address: string;
  #host: Network;

  constructor(network: VirtualNetwork, address: string) {
    this.#network = network;
    this.#address = address;
    this.#host = network.host(address);
  }

  /** The old address is gone, and with it what was bound to it. */
  moveTo(address: string): void {
    this.#address = address;
    this.#host = this.#network.host(address);
  }

  bindDatagram: Network['bindDatagram'] = (local, onDatagram) =>
    local.address === this.#address
      ? this.#host.bindDatagram(local, onDatagram)
      : Promise.resolve(
          err({ code: 'port.address-not-local', side: 'here', summary: 'It is gone.', cure: '', evidence: {} }),
        );
  localAddressToward: Network['localAddressToward'] = (remote) => this.#host.localAddressToward(remote);
  listenStream: Network['listenStream'] = (...options) => this.#host.listenStream(...options);
  connectStream: Network['connectStream'] = (options) => this.#host.connectStream(options);
  listenWebSocket: Network['listenWebSocket'] = (...options) => this.#host.listenWebSocket(...options);
  connectWebSocket: Network['connectWebSocket'] = (options) => this.#host.connectWebSocket(options);
}
