/**
 * One way of joining a UDP socket to the sound devices, for the figures of docs/decisions/0002-processes.md. Plays each
 * datagram of 10 ms that comes in and sends back what the microphone hears, a datagram per 10 ms. Arguments: where the
 * socket lives (`main`, `worker`), where PortAudio lives (`here`: in the same thread, `process`), the peer's port, and how
 * many of every 100 ms the main thread is kept busy.
 */
import { createSocket } from 'node:dgram';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../../../../core/audio/audio-port.ts';
import { FrameQueue } from '../../../../core/audio/frame-queue.ts';
import { FrameTicker } from '../../../../core/audio/frame-ticker.ts';
import { systemClock } from '../../../../core/io/node-clock.ts';
import { PortAudio } from '../../../../core/io/port-audio.ts';
import { Tracer } from '../../../../core/trace/tracer.ts';

const [socketIn = '', portAudioIn = '', peer = '', busyMs = '0'] = isMainThread
  ? process.argv.slice(2)
  : (workerData as string[]);

if (isMainThread && socketIn === 'worker') {
  new Worker(new URL(import.meta.url), { workerData: [socketIn, portAudioIn, peer, '0'] });
} else {
  await relay();
}
if (isMainThread && Number(busyMs) > 0) {
  setInterval(() => {
    const end = performance.now() + Number(busyMs);
    while (performance.now() < end);
  }, 100);
}

async function relay(): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const heard = new FrameQueue(6);
  const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
  const play =
    portAudioIn === 'process'
      ? inOwnProcess((samples) => {
          heard.push(samples);
        })
      : await inThisThread((samples) => {
          heard.push(samples);
        });
  socket.on('message', (octets) => {
    play(new Int16Array(octets.buffer.slice(octets.byteOffset, octets.byteOffset + octets.length)));
  });
  new FrameTicker(
    systemClock,
    () => {
      heard.pull(frame);
      socket.send(Buffer.from(new Uint8Array(frame.buffer)), Number(peer), '127.0.0.1');
    },
    setImmediate,
  );
}

function inOwnProcess(onFrame: (samples: Int16Array) => void): (samples: Int16Array) => void {
  const port = new PortAudio({ clock: systemClock, tracer: new Tracer(systemClock) });
  port.start({ input: undefined, output: undefined }, onFrame);
  return (samples) => {
    port.play(samples);
  };
}

async function inThisThread(onFrame: (samples: Int16Array) => void): Promise<(samples: Int16Array) => void> {
  const naudiodon = (await import('naudiodon')).default;
  const options = {
    sampleRate: AUDIO_RATE,
    channelCount: 1,
    sampleFormat: naudiodon.SampleFormat16Bit,
    framesPerBuffer: AUDIO_FRAME_SAMPLES,
    maxQueue: 2,
    highwaterMark: AUDIO_FRAME_SAMPLES * 2,
    closeOnError: false,
  } as const;
  const input = naudiodon.AudioIO({ inOptions: options });
  input.on('data', (octets: Buffer) => {
    onFrame(new Int16Array(octets.buffer.slice(octets.byteOffset, octets.byteOffset + octets.length)));
  });
  const output = naudiodon.AudioIO({ outOptions: options });
  const toPlay = new FrameQueue(6);
  const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
  const feed = (): void => {
    toPlay.pull(frame);
    output.write(Buffer.from(new Uint8Array(frame.buffer)), feed);
  };
  input.start();
  output.start();
  feed();
  return (samples) => {
    toPlay.push(samples);
  };
}
