import { nodeDigestHash } from '../io/node-digest-hash.ts';
import { systemClock } from '../io/node-clock.ts';
import { NodeResolver } from '../io/node-dns.ts';
import { WorkerMediaPlane } from '../io/media-plane.ts';
import { nodeNetwork } from '../io/node-network.ts';
import { systemRandom } from '../io/node-random.ts';
import type { AudioKind } from '../media/media-command.ts';
import type { PhonePorts } from '../phone/phone-agent.ts';
import { Tracer } from '../trace/tracer.ts';

/** `Sotto/0.1.0`, for User-Agent and Server. */
export function productToken(version: string): string {
  return `Sotto/${version}`;
}

/** The core's interfaces on this machine: sockets, clock, random, DNS, and a media plane of its own. */
export function createCorePorts(options: {
  readonly version: string;
  /** Where the sources and sinks of kind `device` lead. */
  readonly audio: AudioKind;
  readonly tracer?: Tracer;
}): PhonePorts {
  const tracer = options.tracer ?? new Tracer(systemClock);
  return {
    network: nodeNetwork,
    clock: systemClock,
    random: systemRandom,
    tracer,
    hash: nodeDigestHash,
    resolver: new NodeResolver(),
    plane: new WorkerMediaPlane({ tracer, audio: options.audio }),
    userAgent: productToken(options.version),
  };
}
