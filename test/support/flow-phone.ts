import { err, ok } from '../../core/base/result.ts';
import type { MediaPlane, MediaStream, StreamStatistics } from '../../core/media/media-plane.ts';
import type { PhonePorts } from '../../core/phone/phone-agent.ts';
import type { Network } from '../../core/sip/transport/network.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { hash } from '../unit/sip/auth/node-hash.ts';
import { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Streams without sound that know where they are. */
const silentPlane: MediaPlane = {
  open: ({ address, call }) => {
    const nothing = (): void => undefined;
    const place = { address };
    const stream: MediaStream = {
      id: call,
      get address() {
        return place.address;
      },
      port: 30_000,
      rtcpPort: 30_001,
      moveTo: (moved) => {
        place.address = moved;
        return Promise.resolve(ok(undefined));
      },
      ...{ configure: nothing, setSource: nothing, setSink: nothing, setMuted: nothing, sendDtmf: nothing, bridge: nothing, record: () => undefined,
    confer: nothing },
      statistics: () => Promise.resolve({} as StreamStatistics),
      onEvent: () => nothing,
      close: () => Promise.resolve({} as StreamStatistics),
    }; // prettier-ignore
    return Promise.resolve(ok(stream));
  },
  devices: () => Promise.resolve([]),
  route: () => undefined,
  close: () => Promise.resolve(),
};

/** What a phone or a switch of a flow test stands on: a virtual network, no DNS, no sound. */
export function flowPorts(network: Network, clock: VirtualClock, seed: number): PhonePorts {
  const missing = () => Promise.resolve(err('not-found' as const));
  return {
    network,
    clock,
    random: new SeededRandom(seed),
    tracer: new Tracer(clock),
    hash,
    resolver: { naptr: missing, srv: missing, addresses: missing },
    plane: silentPlane,
    sounds: '/sounds/',
    userAgent: 'test',
  };
}
