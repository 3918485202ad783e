/**
 * Measures the ways of `subject.ts` and prints a table: `node test/interop/audio/path/figures.ts [SECONDS]`. The speaker is
 * joined to the microphone by PulseAudio null sinks, so a click comes back after socket, device, and socket again.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { loadavg } from 'node:os';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AUDIO_FRAME_SAMPLES } from '../../../../core/audio/audio-port.ts';
import { FrameTicker } from '../../../../core/audio/frame-ticker.ts';
import { systemClock } from '../../../../core/io/node-clock.ts';
import { PulseServer } from '../../../support/pulse.ts';

const SECONDS = Number(process.argv[2] ?? 10);
const CLICK_EVERY_FRAMES = 50;
const WAYS = [
  ['main', 'here'],
  ['worker', 'here'],
  ['main', 'process'],
  ['worker', 'process'],
] as const;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const share = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

/** Runs one way; click delays, gaps between datagrams, and seconds from the sound server's return to the first click. */
async function measure(pulse: PulseServer, socketIn: string, portAudioIn: string, busyMs: number, crash: boolean) {
  const delays: number[] = [];
  const gaps: number[] = [];
  let clickAt = 0;
  let lastAt = 0;
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const subject = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('./subject.ts', import.meta.url)),
      socketIn,
      portAudioIn,
      String(socket.address().port),
      String(busyMs),
    ],
    { stdio: 'ignore', env: { ...process.env, UV_THREADPOOL_SIZE: '16' } },
  );
  let warm = false;
  let peer = 0;
  socket.on('message', (octets, from) => {
    const now = performance.now();
    peer = from.port;
    if (warm && lastAt > 0) gaps.push(now - lastAt);
    lastAt = now;
    const samples = new Int16Array(octets.buffer.slice(octets.byteOffset, octets.byteOffset + octets.length));
    if (clickAt > 0 && samples.some((sample) => sample > 8_000)) {
      if (warm) delays.push(now - clickAt);
      clickAt = 0;
    }
  });
  let frames = 0;
  let clicks = 0;
  const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
  const ticker = new FrameTicker(
    systemClock,
    () => {
      if (peer === 0) return;
      frame.fill(0);
      if (frames++ % CLICK_EVERY_FRAMES === 0) {
        frame.fill(20_000, 0, 48);
        clickAt = performance.now();
        if (warm) clicks++;
      }
      socket.send(Buffer.from(new Uint8Array(frame.buffer)), peer, '127.0.0.1');
    },
    setImmediate,
  );
  await sleep(3_000);
  warm = true;
  await sleep(SECONDS * 1_000);
  warm = false;
  const figures = { delays: [...delays], gaps, clicks };
  let back: number | undefined;
  if (crash) {
    await pulse.crash();
    await sleep(1_000);
    await pulse.launch();
    delays.length = 0;
    warm = true;
    const end = performance.now() + 10_000;
    while (delays.length === 0 && performance.now() < end) await sleep(50);
    back = delays.length === 0 ? Infinity : 10 - (end - performance.now()) / 1_000;
  }
  ticker.stop();
  subject.kill('SIGKILL');
  socket.close();
  await sleep(500);
  return { ...figures, back };
}

const keepAlive = setInterval(() => undefined, 1_000);
try {
  setPriority(-15);
} catch {
  // The figures are then as good as the machine is quiet.
}
const pulse = await PulseServer.start({ looped: true });
console.log(
  '| socket | PortAudio | main busy | click p50 / p99 ms | clicks back | gap p99 / max ms | sound back after a crash of the sound server, s |',
);
console.log('|---|---|---|---|---|---|---|');
for (const [socketIn, portAudioIn] of WAYS) {
  for (const busyMs of [0, 60]) {
    const { delays, gaps, clicks, back } = await measure(pulse, socketIn, portAudioIn, busyMs, busyMs === 0);
    const cells = [
      socketIn,
      portAudioIn === 'here' ? 'same thread' : 'own process',
      busyMs === 0 ? 'no' : `${busyMs} %`,
      `${share(delays, 0.5).toFixed(0)} / ${share(delays, 0.99).toFixed(0)}`,
      `${delays.length}/${clicks}`,
      `${share(gaps, 0.99).toFixed(1)} / ${Math.max(...gaps).toFixed(1)}`,
      back === undefined ? '' : back === Infinity ? 'never' : back.toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
console.log(`load ${loadavg()[0]?.toFixed(1) ?? ''}`);
clearInterval(keepAlive);
await pulse.stop();
