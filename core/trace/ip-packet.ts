import { isIPv6, type SocketAddress } from '../base/address.ts';
import { concat } from './pcapng.ts';

const PROTOCOL = { tcp: 6, udp: 17 } as const;
const TCP_FLAGS = 0x18; // PSH, ACK

/** Room for octets in one packet, headers aside: an IPv4 packet has at most 65,535. */
const MAX_PAYLOAD = 65_000;

/** A UDP datagram as an IP packet with right lengths and checksums. */
export function udpPacket(from: SocketAddress, to: SocketAddress, payload: Uint8Array): Uint8Array {
  const kept = payload.subarray(0, MAX_PAYLOAD);
  const header = new DataView(new ArrayBuffer(8));
  header.setUint16(0, from.port);
  header.setUint16(2, to.port);
  header.setUint16(4, 8 + kept.length);
  return ipPacket(PROTOCOL.udp, from, to, header, 6, kept);
}

/**
 * The packets that one direction of a TCP connection would have had for what was written: a trace has octets, not segments.
 * `sequence` and `acknowledged` are the octets that either direction had carried before.
 */
export function tcpPackets(
  from: SocketAddress,
  to: SocketAddress,
  payload: Uint8Array,
  position: { readonly sequence: number; readonly acknowledged: number },
): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += MAX_PAYLOAD) {
    const part = payload.subarray(at, at + MAX_PAYLOAD);
    const header = new DataView(new ArrayBuffer(20));
    header.setUint16(0, from.port);
    header.setUint16(2, to.port);
    header.setUint32(4, (1 + position.sequence + at) >>> 0);
    header.setUint32(8, (1 + position.acknowledged) >>> 0);
    header.setUint8(12, 5 << 4);
    header.setUint8(13, TCP_FLAGS);
    header.setUint16(14, 0xffff);
    packets.push(ipPacket(PROTOCOL.tcp, from, to, header, 16, part));
  }
  return packets;
}

/** Puts an IP header in front of a transport header, whose checksum lies at `checksumAt`, and its payload. */
function ipPacket(
  protocol: number,
  from: SocketAddress,
  to: SocketAddress,
  header: DataView,
  checksumAt: number,
  payload: Uint8Array,
): Uint8Array {
  const isV6 = isIPv6(from.address) || isIPv6(to.address);
  const source = isV6 ? ipv6Octets(from.address) : ipv4Octets(from.address);
  const destination = isV6 ? ipv6Octets(to.address) : ipv4Octets(to.address);
  const segment = concat([new Uint8Array(header.buffer), payload]);
  const pseudo = new DataView(new ArrayBuffer(8));
  pseudo.setUint32(0, segment.length);
  pseudo.setUint32(4, protocol);
  const sum = checksum(concat([source, destination, new Uint8Array(pseudo.buffer), segment]));
  // UDP says "no checksum" with zero, so that a sum of zero is sent as all ones (RFC 768).
  new DataView(segment.buffer).setUint16(checksumAt, sum === 0 ? 0xffff : sum);
  return concat([isV6 ? ipv6Header() : ipv4Header(), segment]);

  function ipv4Header(): Uint8Array {
    const view = new DataView(new ArrayBuffer(20));
    view.setUint8(0, 0x45);
    view.setUint16(2, 20 + segment.length);
    view.setUint16(6, 0x4000);
    view.setUint8(8, 64);
    view.setUint8(9, protocol);
    const octets = new Uint8Array(view.buffer);
    octets.set(source, 12);
    octets.set(destination, 16);
    view.setUint16(10, checksum(octets));
    return octets;
  }

  function ipv6Header(): Uint8Array {
    const view = new DataView(new ArrayBuffer(40));
    view.setUint8(0, 0x60);
    view.setUint16(4, segment.length);
    view.setUint8(6, protocol);
    view.setUint8(7, 64);
    const octets = new Uint8Array(view.buffer);
    octets.set(source, 8);
    octets.set(destination, 24);
    return octets;
  }
}

/** The Internet checksum (RFC 1071). */
function checksum(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Four octets; an address that is none becomes 0.0.0.0, for a packet in a file harms nobody. */
export function ipv4Octets(address: string): Uint8Array {
  const octets = address.split('.').map(Number);
  return octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255)
    ? Uint8Array.from(octets)
    : new Uint8Array(4);
}

/** Sixteen octets; of an IPv4 address those of its mapped form (RFC 4291 §2.5.5.2). */
export function ipv6Octets(address: string): Uint8Array {
  const octets = new Uint8Array(16);
  if (!isIPv6(address)) {
    octets.set([0xff, 0xff], 10);
    octets.set(ipv4Octets(address), 12);
    return octets;
  }
  let text = address.replace(/^\[|\]$/g, '');
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (dotted !== undefined) {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4Octets(dotted);
    text = `${text.slice(0, -dotted.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head = '', tail] = text.split('::');
  const groupsOf = (half: string): number[] =>
    half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16));
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const view = new DataView(octets.buffer);
  front.forEach((group, index) => {
    view.setUint16(index * 2, group);
  });
  back.forEach((group, index) => {
    view.setUint16((8 - back.length + index) * 2, group);
  });
  return octets;
}
