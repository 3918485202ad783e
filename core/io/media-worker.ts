/** The worker thread of the media plane: wires sockets, ciphers, codecs and devices to the streams. Started by `media-plane.ts`. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { MediaCommand, MediaReport, MediaWorkerSettings } from '../media/media-command.ts';
import { Tracer } from '../trace/tracer.ts';
import { WorkerStreams } from './media-worker-streams.ts';
import { systemClock } from './node-clock.ts';
import { systemRandom } from './node-random.ts';
import { nodeSrtpCrypto } from './node-srtp-crypto.ts';
import { createOpusFactory } from './opus-wasm.ts';
import { PortAudio } from './port-audio.ts';
import { SilentAudio } from './silent-audio.ts';

if (parentPort === null) throw new Error('the media worker runs in a worker thread only');
const port = parentPort;
const settings = workerData as MediaWorkerSettings;
const post = (report: MediaReport): void => {
  port.postMessage(report);
};

if (process.platform === 'linux') {
  try {
    // On Linux this is the priority of the thread that asks, so of nothing but the media.
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Not allowed without privileges on most systems.
  }
}

// The tracer of the main thread numbers the events, dates them and leaves out what nobody wants.
const tracer = new Tracer(systemClock);
tracer.subscribe(({ component, level, kind, seq: _seq, time: _time, mono: _mono, ...fields }) => {
  post({ kind: 'trace', component, level, what: kind, fields });
});

const streams = new WorkerStreams({
  clock: systemClock,
  tracer,
  host: {
    random: systemRandom,
    crypto: nodeSrtpCrypto,
    opus: createOpusFactory(),
    wallOffsetMs: systemClock.wall() - systemClock.now(),
  },
  audio: settings.audio === 'devices' ? new PortAudio({ clock: systemClock, tracer }) : new SilentAudio(systemClock),
  post,
});

port.on('message', (command: MediaCommand) => {
  void streams.handle(command).then(() => {
    // Nothing holds the thread any more then: it ends by itself, in order, and need not be torn down amid its work.
    if (command.kind === 'end') port.close();
  });
});
