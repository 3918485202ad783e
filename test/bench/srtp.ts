import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeSrtpCrypto } from '../../core/io/node-srtp-crypto.ts';
import { SrtpReceiver } from '../../core/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../core/srtp/srtp-sender.ts';
import { findSuite } from '../../core/srtp/suites.ts';
import type { BenchRow } from './bench-row.ts';

/** The name on the command line. */
export const name = 'srtp';

const LENGTH = 172;
const ROOM = 256;
/** One sequence number each, so that the reference's window needs no rollover help. */
const PACKETS = 60_000;
const ROUNDS = 5;
const SUITES = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];

interface Speed {
  readonly protect: number;
  readonly unprotect: number;
}

/** Packets of 172 octets protected and unprotected a second, on one thread, beside libsrtp2 where it can be built. */
export async function run(): Promise<BenchRow[]> {
  const reference = await buildReference();
  const rows: BenchRow[] = [];
  try {
    for (const suite of SUITES) {
      const ours: Speed[] = [];
      const theirs: (Speed & { readonly version: string })[] = [];
      // Turn by turn, so that a busy machine is unfair to neither.
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(measure(suite));
        if (reference !== undefined) theirs.push(await measureReference(reference.program, suite));
      }
      for (const direction of ['protect', 'unprotect'] as const) {
        const value = Math.max(...ours.map((speed) => speed[direction]));
        const other = Math.max(...theirs.map((speed) => speed[direction]));
        rows.push({
          bench: name,
          case: `${direction} ${suite}`,
          value: Math.round(value),
          unit: 'packets/s',
          higherIsBetter: true,
          ...(theirs[0] !== undefined && {
            reference: { name: 'libsrtp2', version: theirs[0].version, value: other },
            ratio: Number((value / other).toFixed(2)),
          }),
        });
      }
    }
  } finally {
    await reference?.remove();
  }
  return rows;
}

/** What libsrtp2 does of a suite; `undefined` where it cannot be built. */
export async function measureSrtpReference(suite: string): Promise<(Speed & { readonly version: string }) | undefined> {
  const reference = await buildReference();
  if (reference === undefined) return undefined;
  try {
    return await measureReference(reference.program, suite);
  } finally {
    await reference.remove();
  }
}

function measure(suiteName: string): Speed {
  const suite = findSuite(suiteName);
  if (suite === undefined) throw new Error(`no suite ${suiteName}`);
  const key = Uint8Array.from({ length: suite.keyLength + suite.saltLength }, (_, index) => index);
  const sender = new SrtpSender(nodeSrtpCrypto, suite, key);
  const receiver = new SrtpReceiver(nodeSrtpCrypto, suite, key);
  const packets = Array.from({ length: PACKETS }, (_, index) => {
    const packet = new Uint8Array(ROOM).fill(0x55);
    packet.set([0x80, 0, index >> 8, index & 0xff, 0, 0, 0, 0, 0xca, 0xfe, 0xba, 0xbe]);
    return packet;
  });
  const begin = performance.now();
  let length = 0;
  for (const packet of packets) length = sender.protectRtp(packet, LENGTH);
  const middle = performance.now();
  for (const packet of packets) {
    if (receiver.unprotectRtp(packet, length) !== LENGTH) throw new Error('a packet did not come back');
  }
  const end = performance.now();
  return { protect: (PACKETS * 1000) / (middle - begin), unprotect: (PACKETS * 1000) / (end - middle) };
}

const execute = promisify(execFile);

async function buildReference(): Promise<{ readonly program: string; remove(): Promise<void> } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const program = join(folder, 'srtp-reference');
  const source = join(import.meta.dirname, 'srtp-reference.c');
  try {
    await execute('gcc', ['-O2', '-o', program, source, '-lsrtp2']);
    return { program, remove };
  } catch (error) {
    await remove();
    const reason = error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error);
    process.stderr.write(`srtp: no reference, libsrtp2 could not be built: ${reason}\n`);
    return undefined;
  }
}

async function measureReference(program: string, suite: string): Promise<Speed & { readonly version: string }> {
  const { stdout } = await execute(program, [suite, String(PACKETS)]);
  const [, version = '', protect = '', unprotect = ''] = stdout.trim().split(' ');
  return { version, protect: Number(protect), unprotect: Number(unprotect) };
}
