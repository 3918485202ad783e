import { fileURLToPath } from 'node:url';
import { nodeDigestHash } from '../io/node-digest-hash.ts';
import { systemClock } from '../io/node-clock.ts';
import { NodeResolver } from '../io/node-dns.ts';
import { WorkerMediaPlane } from '../io/media-plane.ts';
import { watchNetwork } from '../io/network-watch.ts';
import { nodeNetwork } from '../io/node-network.ts';
import { attemptTls } from '../io/probe-tls-attempt.ts';
import { systemRandom } from '../io/node-random.ts';
import type { AudioKind } from '../media/media-command.ts';
import type { PhonePorts } from '../phone/phone-agent.ts';
import type { ProbePorts } from '../probe/probe-ports.ts';
import { Tracer } from '../trace/tracer.ts';
import { packageRoot } from './package-root.ts';

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
}): PhonePorts & ProbePorts {
  const tracer = options.tracer ?? new Tracer(systemClock);
  return {
    network: nodeNetwork,
    clock: systemClock,
    random: systemRandom,
    tracer,
    hash: nodeDigestHash,
    resolver: new NodeResolver(),
    attemptTls,
    plane: new WorkerMediaPlane({ tracer, audio: options.audio }),
    sounds: fileURLToPath(new URL('resources/sounds/', packageRoot())),
    userAgent: productToken(options.version),
    watchNetwork: (onChange) => watchNetwork({ clock: systemClock }, onChange),
  };
}
