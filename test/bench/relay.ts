import { steadyTone } from '../../core/media/media-plane.ts';
import { connected, Network, PCMU } from '../unit/media/stream-pair.ts';
import type { BenchRow } from './bench-row.ts';
import { measureSrtpReference } from './srtp.ts';

/** The name on the command line. */
export const name = 'relay';

const SECONDS_OF_SOUND = 200;
const ROUNDS = 3;
const IN = 'AES_CM_128_HMAC_SHA1_80';
const OUT = 'AEAD_AES_128_GCM';

/**
 * Packets of a bridged call in a second on one thread, from one leg's datagram to the other's: opened with one suite, counted,
 * and closed with another, without sockets; beside libsrtp2 doing nothing but opening and closing them.
 */
export async function run(): Promise<BenchRow[]> {
  let plain = 0;
  let encrypted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    plain = Math.max(plain, measure(undefined, undefined));
    encrypted = Math.max(encrypted, measure(IN, OUT));
  }
  const common = { bench: name, unit: 'packets/s', higherIsBetter: true } as const;
  const [opens, closes] = [await measureSrtpReference(IN), await measureSrtpReference(OUT)];
  const row = { ...common, case: `${IN} to ${OUT}`, value: Math.round(encrypted) };
  const rows: BenchRow[] = [{ ...common, case: 'plain to plain', value: Math.round(plain) }];
  if (opens === undefined || closes === undefined) return [...rows, row];
  const value = Math.round(1 / (1 / opens.unprotect + 1 / closes.protect));
  const reference = { name: 'libsrtp2', version: opens.version, value };
  return [...rows, { ...row, reference, ratio: Number((encrypted / value).toFixed(2)) }];
}

function measure(inSuite: string | undefined, outSuite: string | undefined): number {
  const network = new Network();
  // Nothing arrives by itself: what is measured is the way through the switch.
  network.tamper = () => [];
  const [alice, aliceLeg] = connected(network, { send: PCMU }, inSuite, 4000);
  const [bobLeg] = connected(network, { send: PCMU }, outSuite, 5000);
  aliceLeg.engine.bridge(bobLeg.engine);
  alice.engine.setSource(steadyTone(440));
  network.run(SECONDS_OF_SOUND * 1000);
  const { packets } = alice;
  const before = bobLeg.sent.length;
  let nowMs = network.nowMs;
  const started = performance.now();
  for (const packet of packets) {
    nowMs += 20;
    aliceLeg.engine.receiveRtp(packet, packet.length, nowMs, alice.address, alice.port);
  }
  const seconds = (performance.now() - started) / 1000;
  const passed = bobLeg.sent.length - before;
  if (passed < packets.length * 0.9) throw new Error(`only ${passed} of ${packets.length} packets came through`);
  return passed / seconds;
}
