/**
 * The process that drives the sound devices, forked by `PortAudio` (port-audio.ts). The PortAudio binding can hang for good when a
 * device or the sound server goes; then this process is killed and started anew, and nothing else is lost with it: it
 * holds no keys and no counters, only frames.
 */
import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../audio/audio-port.ts';
import { FrameQueue } from '../audio/frame-queue.ts';
import { chooseDevice, nameDevices, type NumberedDevice } from './audio-process-devices.ts';
import type { AudioProcessCommand, AudioProcessReport, OpenedDirection } from './audio-process-message.ts';

const FRAME_OCTETS = AUDIO_FRAME_SAMPLES * 2;
/** Frames between our end of PortAudio's queue and its callback. Less than two makes the callback wait for us. */
const DEVICE_QUEUE_FRAMES = 2;
/** What may wait for the speaker: 60 ms. */
const PLAY_QUEUE_FRAMES = 6;
const PROGRESS_EVERY_FRAMES = 10;

type Naudiodon = typeof import('naudiodon');

const played = new FrameQueue(PLAY_QUEUE_FRAMES);
let input: OpenedDirection | undefined;
let output: OpenedDirection | undefined;

function report(message: AudioProcessReport): void {
  process.send?.(message);
}

// The usual ways out hang while a thread of the pool waits for a device.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', (message) => {
  const command = message as AudioProcessCommand;
  if (command.kind === 'play') played.push(command.samples);
  else void withNaudiodon(command);
});

async function withNaudiodon(command: Exclude<AudioProcessCommand, { kind: 'play' }>): Promise<void> {
  let naudiodon: Naudiodon;
  try {
    const imported = (await import('naudiodon')) as Naudiodon & { default?: Naudiodon };
    naudiodon = imported.default ?? imported;
  } catch (error) {
    report({ kind: 'no-module', reason: text(error) });
    return;
  }
  const numbered = listDevices(naudiodon);
  const devices = numbered.map(({ number: _number, ...device }) => device);
  if (command.kind === 'list') {
    report({ kind: 'devices', devices });
    return;
  }
  if (input?.device === undefined) {
    input = openDirection(numbered, 'input', command.route.input, (device) => {
      capture(naudiodon, device);
    });
  }
  if (output?.device === undefined) {
    output = openDirection(numbered, 'output', command.route.output, (device) => {
      playBack(naudiodon, device);
    });
  }
  report({ kind: 'opened', input, output, devices });
}

/** The devices of the default host API's system, or none where PortAudio fails. Right only before a stream is open. */
function listDevices(naudiodon: Naudiodon): readonly NumberedDevice[] {
  try {
    const { defaultHostAPI, HostAPIs } = naudiodon.getHostAPIs();
    const api = HostAPIs[defaultHostAPI];
    return nameDevices(naudiodon.getDevices(), api?.defaultInput, api?.defaultOutput);
  } catch {
    return [];
  }
}

function openDirection(
  devices: readonly NumberedDevice[],
  direction: 'input' | 'output',
  wanted: string | undefined,
  open: (device: NumberedDevice) => void,
): OpenedDirection {
  const device = chooseDevice(devices, direction, wanted);
  const replaced = wanted !== undefined && device?.id !== wanted;
  if (device === undefined) return { device: undefined, replaced, reason: undefined };
  try {
    open(device);
    return { device: device.id, replaced, reason: undefined };
  } catch (error) {
    return { device: undefined, replaced, reason: text(error) };
  }
}

/** What both directions have in common. One underrun must not end the stream, and a read must not wait for 16 kB. */
function streamOptions(naudiodon: Naudiodon, device: NumberedDevice) {
  return {
    deviceId: device.number,
    sampleRate: AUDIO_RATE,
    channelCount: 1,
    sampleFormat: naudiodon.SampleFormat16Bit,
    framesPerBuffer: AUDIO_FRAME_SAMPLES,
    maxQueue: DEVICE_QUEUE_FRAMES,
    highwaterMark: FRAME_OCTETS,
    closeOnError: false,
  } as const;
}

function capture(naudiodon: Naudiodon, device: NumberedDevice): void {
  const stream = naudiodon.AudioIO({ inOptions: streamOptions(naudiodon, device) });
  const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
  const octets = Buffer.from(frame.buffer);
  let filled = 0;
  stream.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      const copied = chunk.copy(octets, filled, at);
      at += copied;
      filled += copied;
      if (filled < FRAME_OCTETS) continue;
      filled = 0;
      report({ kind: 'frame', samples: frame });
    }
  });
  stream.on('error', ignoreError);
  stream.start();
}

/** Feeds the speaker for ever, with silence where nothing waits: PortAudio's callback blocks when it gets nothing. */
function playBack(naudiodon: Naudiodon, device: NumberedDevice): void {
  const stream = naudiodon.AudioIO({ outOptions: streamOptions(naudiodon, device) });
  const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
  let count = 0;
  const feed = (): void => {
    played.pull(frame);
    // naudiodon copies what it is given only when its thread gets to it.
    stream.write(Buffer.from(new Uint8Array(frame.buffer)), feed);
    if (count++ % PROGRESS_EVERY_FRAMES === 0) report({ kind: 'progress' });
  };
  stream.on('error', ignoreError);
  stream.start();
  // What was said while the device was being opened is too old to be heard.
  played.clear();
  feed();
}

/** A stream that failed delivers no more frames: the watchdog at the other end notices that, in this case as in all. */
function ignoreError(): void {
  // Nothing to do here.
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
