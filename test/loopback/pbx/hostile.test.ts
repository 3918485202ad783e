import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killLeftovers } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type ListenerLine, type PbxScene } from '../../support/pbx-scene.ts';
import { registerOnce } from '../../support/registering-phone.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
const MEGABYTE = 1024 * 1024;

let scene: PbxScene;
let pbx: RunningPbx;
let random: SeededRandom;

beforeAll(async () => {
  const seed = Date.now() % 1_000_000;
  console.info(`seed ${seed}`);
  random = new SeededRandom(seed);
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene, [], { limitSeconds: 500 });
}, 120_000);

afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  expect(pbx.process.stderr).toBe('');
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

/** Octets of memory that the switch really has; 0 where the system does not tell. */
function memoryOf({ process: { pid } }: RunningPbx): number {
  if (process.platform !== 'linux') return 0;
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

const inMegabytes = (octets: number): string => `${Math.round(octets / MEGABYTE)} MB`;
const streamListeners = (): readonly ListenerLine[] => pbx.listeners.filter(({ transport }) => transport !== 'udp');

/** Phones go on registering, over every transport. */
async function expectService(on = pbx): Promise<void> {
  const outcomes = await Promise.all(TRANSPORTS.map((transport) => registerOnce(on, transport)));
  expect(outcomes).toEqual(['registered', 'registered', 'registered']);
}

function open(port: number, transport: string, localAddress?: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket: Socket | TLSSocket =
      transport === 'tls'
        ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
        : connect({ host: '127.0.0.1', port, ...(localAddress === undefined ? {} : { localAddress }) });
    socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => {
      socket.off('error', reject).on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Opens a connection, sends the parts, and reads until the other end closes or `ms` are over. */
async function say(port: number, transport: string, parts: Iterable<Uint8Array | string>, ms = 200): Promise<string> {
  const socket = await open(port, transport);
  let heard = '';
  socket.on('data', (octets: Buffer) => (heard += octets.toString('latin1')));
  const closed = new Promise<void>((resolve) => socket.once('close', () => { resolve(); }));
  for (const part of parts) {
    if (socket.destroyed) break;
    if (!socket.write(part)) {
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed, new Promise((resolve) => setTimeout(resolve, 1000))]);
    }
  }
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, ms))]);
  socket.destroy();
  return heard;
} // prettier-ignore

function* garbage(): Generator<Uint8Array | string> {
  yield new Uint8Array(0);
  yield new Uint8Array(1500);
  yield '\r\n'.repeat(700);
  yield 'GET / HTTP/1.1\r\nHost: sip\r\n\r\n';
  yield 'REGISTER\r\n\r\n';
  yield 'REGISTER sip:x SIP/2.0\r\n\r\n';
  yield 'SIP/2.0 200 OK\r\n\r\n';
  yield `OPTIONS sip:${'a'.repeat(1200)} SIP/2.0\r\nVia: ${'b'.repeat(100)}\r\n\r\n`;
  yield 'INVITE sip:9196@x SIP/2.0\r\nVia: SIP/2.0/UDP 256.1.1.1:99999;branch=\r\nCSeq: 99999999999999 INVITE\r\n\r\n';
  yield 'REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nContent-Length: -1\r\n\r\n';
  yield 'REGISTER sip:x SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n';
  yield new Uint8Array([0x16, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xff]);
  yield new Uint8Array([0x80, 0x2e, 1, 3, 1]);
  for (let count = 0; count < 40; count++) yield random.bytes(1 + random.below(1400));
}

describe('a switch that anybody can reach', () => {
  it('takes garbage on every port, and phones go on registering', async () => {
    for (const { port, transport } of pbx.listeners) {
      if (transport === 'udp') {
        const socket = createSocket('udp4');
        for (const octets of garbage()) await new Promise((resolve) => socket.send(octets, port, '127.0.0.1', resolve));
        socket.close();
      } else {
        // As what the port speaks, and for TLS without any handshake, too.
        const ways = transport === 'tls' ? ['tls', 'tcp'] : ['tcp'];
        for (const way of ways) await Promise.all([...garbage()].map((octets) => say(port, way, [octets])));
      }
    }
    await expectService();
  }, 120_000);

  it('names what it was that came to the TLS port', async () => {
    await say(pbx.port('tls'), 'tcp', ['GET / HTTP/1.1\r\nHost: sip.example.com\r\n\r\n']);
    expect(await pbx.diagnosis('tls.http-on-tls-port')).toMatchObject({ side: 'there' });
    await say(pbx.port('tls'), 'tcp', ['OPTIONS sip:x SIP/2.0\r\n\r\n']);
    expect(await pbx.diagnosis('tls.plain-sip-on-tls-port')).toMatchObject({ side: 'there' });
  });

  it.each(['tcp', 'tls'] as const)('%s: a message without end is cut off early: header, headers, body', async (transport) => {
    const before = memoryOf(pbx);
    const start = 'REGISTER sip:sotto.localhost SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\n';
    const block = 'x'.repeat(64 * 1024);
    const endless: Readonly<Record<string, string[]>> = {
      'a first line': Array.from({ length: 32 }, () => block),
      'a header': [`${start}Subject: `, ...Array.from({ length: 32 }, () => block)],
      'many headers': [start, ...Array.from({ length: 40_000 }, (_, index) => `X-${index}: ${'y'.repeat(40)}\r\n`)],
      'many Vias': [start, ...Array.from({ length: 40_000 }, (_, index) => `Via: SIP/2.0/TCP h${index};branch=z9hG4bK${index}\r\n`)],
      'a body': [`${start}Content-Length: 1000000000\r\n\r\n`, ...Array.from({ length: 64 }, () => block)],
    };
    for (const [what, parts] of Object.entries(endless)) {
      const socket = await open(pbx.port(transport), transport);
      const closed = new Promise<string>((resolve) => socket.once('close', () => { resolve(what); }));
      socket.resume();
      for (const part of parts) if (!socket.destroyed) socket.write(part);
      expect(await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 10_000, `${what} is still open`))])).toBe(what);
    }
    await expectService();
    const grown = memoryOf(pbx) - before;
    console.info(`memory after endless messages over ${transport}: ${inMegabytes(before)} and ${inMegabytes(grown)} more`);
    expect(grown).toBeLessThan(100 * MEGABYTE);
  }, 120_000); // prettier-ignore

  it('holds a thousand connections with half a message each, and forgets those that close', async () => {
    const half = 'REGISTER sip:sotto.localhost SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;bran';
    const sockets: Socket[] = [];
    for (const { port, transport } of streamListeners()) {
      const count = transport === 'tls' ? 100 : 400;
      sockets.push(...(await Promise.all(Array.from({ length: count }, () => open(port, transport)))));
    }
    for (const socket of sockets) socket.write(half);
    await expectService();
    for (const [index, socket] of sockets.entries()) {
      if (index % 2 === 0) socket.end();
      else socket.destroy();
    }
    await expectService();
    for (const socket of sockets) socket.destroy();
  }, 120_000);

  it('does not fill its memory for one who asks without listening to the answers', async () => {
    const before = memoryOf(pbx);
    const socket = await open(pbx.port('tcp'), 'tcp');
    socket.pause();
    for (let count = 0; count < 40_000 && !socket.destroyed; count++) {
      const sent = socket.write(
        `OPTIONS sip:sotto.localhost SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK-${count}\r\nMax-Forwards: 70\r\n` +
          `From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: ${count}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
      );
      if (!sent && count % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await expectService();
    const grown = memoryOf(pbx) - before;
    console.info(`memory for one that does not listen: ${inMegabytes(grown)}`);
    expect(grown).toBeLessThan(150 * MEGABYTE);
    socket.destroy();
  }, 120_000);
});

describe.runIf(process.platform === 'linux')('idle connections', () => {
  /** Ten thousand on each port, or as many as the limit of open files allows. */
  const limit = Number(execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
  const count = Math.min(10_000, Math.floor((Number.isFinite(limit) ? limit : 20_000) * 0.9) - 1000);

  /** From several addresses, since one alone may not have so many. */
  async function crowd(port: number, size: number): Promise<Socket[]> {
    const sockets: Socket[] = [];
    while (sockets.length < size) {
      const chunk = Array.from({ length: Math.min(500, size - sockets.length) }, (_, index) =>
        open(port, 'tcp', `127.0.1.${1 + ((sockets.length + index) % 10)}`),
      );
      sockets.push(...(await Promise.all(chunk)));
    }
    return sockets;
  }

  it(`${count} on each port: phones go on registering while they are there and after`, async () => {
    const empty = memoryOf(pbx);
    for (const { profile, transport, port } of streamListeners()) {
      const sockets = await crowd(port, count);
      const started = performance.now();
      await expectService();
      const tookMs = Math.round(performance.now() - started);
      const openNow = sockets.filter(({ closed, readableEnded }) => !closed && !readableEnded).length;
      const memory = memoryOf(pbx);
      console.info(
        `${count} connections to ${profile} ${transport}, ${openNow} of them open: ${inMegabytes(memory)} ` +
          `(${inMegabytes(empty)} without), three registrations in ${tookMs} ms`,
      );
      expect(memory - empty).toBeLessThan(count * 32 * 1024 + 100 * MEGABYTE);
      for (const socket of sockets) socket.resetAndDestroy();
      await expectService();
    }
  }, 400_000);

  it('from one address alone: it makes room for itself, so that the phones there are not shut out', async () => {
    const sockets = await Promise.all(Array.from({ length: 2500 }, () => open(pbx.port('tcp'), 'tcp')));
    await expectService();
    for (const socket of sockets) socket.resetAndDestroy();
  }, 120_000);

  it('more than it may have files: UDP goes on, and the rest comes back when they are gone', async () => {
    const small = await RunningPbx.start(scene, [], { openFiles: 150 });
    const sockets = await Promise.all(Array.from({ length: 400 }, () => open(small.port('tcp'), 'tcp')));
    expect(await registerOnce(small, 'udp')).toBe('registered');
    for (const socket of sockets) socket.resetAndDestroy();
    await expectService(small);
    expect(await small.stop()).toBe(0);
    expect(small.process.stderr).toBe('');
  }, 120_000);
});
