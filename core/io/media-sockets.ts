import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomFraction, type Random } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import { diagnoseBindError } from './socket-diagnosis.ts';

/** Takes one datagram; the octets are its own. */
export type DatagramHandler = (octets: Uint8Array, address: string, port: number) => void;

/** Where to look for a pair of ports. */
export interface SocketPairOptions {
  /** Numeric address of this machine. */
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  readonly random: Random;
  readonly onRtp: DatagramHandler;
  readonly onRtcp: DatagramHandler;
}

/** RTP on an even port, RTCP on the next one (RFC 3550 §11). */
export class RtpSocketPair {
  readonly port: number;
  readonly rtcpPort: number;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #open = true;

  private constructor(rtp: Socket, rtcp: Socket, options: SocketPairOptions) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.port = rtp.address().port;
    this.rtcpPort = rtcp.address().port;
    rtp.on('message', (octets, from) => {
      options.onRtp(octets, from.address, from.port);
    });
    rtcp.on('message', (octets, from) => {
      options.onRtcp(octets, from.address, from.port);
    });
  }

  /** Looks from a random place in the range on, so that ports cannot be guessed, for a free pair. */
  static async open(options: SocketPairOptions): Promise<Result<RtpSocketPair, Diagnosis>> {
    const { address } = options;
    const portMin = Math.max(2, options.portMin);
    const portMax = Math.min(65_535, options.portMax);
    const first = portMin + (portMin & 1);
    const pairs = Math.floor((portMax + 1 - first) / 2);
    const start = Math.floor(randomFraction(options.random) * pairs);
    for (let n = 0; n < pairs; n++) {
      const port = first + 2 * ((start + n) % pairs);
      const pair = await bindPair(address, port);
      if (pair instanceof Array) return ok(new RtpSocketPair(...pair, options));
      if (pair.code !== 'EADDRINUSE') return err(diagnoseBindError(pair, { address, port }));
    }
    return err({
      code: 'port.in-use',
      side: 'here',
      summary: `No pair of UDP ports is free on ${address} between ${portMin} and ${portMax}.`,
      cure: 'Give media a wider range of ports in the settings; each call needs two.',
      evidence: { address, portMin, portMax },
    });
  }

  /** Sends before it returns, so the caller may use `packet` again; what the system does not take is lost. */
  sendRtp(packet: Uint8Array, length: number, address: string, port: number): void {
    if (this.#open) this.#rtp.send(packet, 0, length, port, address, ignore);
  }

  /** As {@link sendRtp}, from the RTCP port. */
  sendRtcp(packet: Uint8Array, length: number, address: string, port: number): void {
    if (this.#open) this.#rtcp.send(packet, 0, length, port, address, ignore);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await Promise.all([closeSocket(this.#rtp), closeSocket(this.#rtcp)]);
  }
}

async function bindPair(address: string, port: number): Promise<[Socket, Socket] | NodeJS.ErrnoException> {
  const rtp = await bindSocket(address, port);
  if (rtp instanceof Error) return rtp;
  const rtcp = await bindSocket(address, port + 1);
  if (!(rtcp instanceof Error)) return [rtp, rtcp];
  await closeSocket(rtp);
  return rtcp;
}

function bindSocket(address: string, port: number): Promise<Socket | NodeJS.ErrnoException> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // Addresses are numeric. A resolver that answers at once makes `send` hand the packet to the system before it returns.
    lookup: (host, _options, callback) => {
      callback(null, host, family);
    },
  });
  return new Promise((resolve) => {
    socket.once('error', (error) => {
      socket.close();
      resolve(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // ICMP errors about packets sent earlier; silence of the peer is noticed by what watches the stream.
      socket.on('error', ignore);
      resolve(socket);
    });
  });
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => {
      resolve();
    });
  });
}

function ignore(): void {
  // Datagrams may be lost.
}
