import { isIPv6, type SocketAddress } from '../base/address.ts';
import { ipv4Octets, ipv6Octets, tcpPackets, udpPacket } from './ip-packet.ts';
import { concat, LINK_TYPE, pcapng } from './pcapng.ts';
import type { TraceEvent } from './tracer.ts';

const RAW_IP = 0;
const EXPORTED = 1;

const TAG = { end: 0, dissector: 12, ipv4Source: 20, ipv4Destination: 21, ipv6Source: 22, ipv6Destination: 23, portType: 24, sourcePort: 25, destinationPort: 26 } as const; // prettier-ignore
const PORT_TYPE = { tcp: 2, udp: 3 } as const;

/**
 * A trace as a capture file that Wireshark opens. Connections whose octets were captured (`wire.octets`) appear as they were
 * on the wire, TLS with the secrets (`tls.secret`) that open it; of all others the SIP messages, as the trace has them,
 * secrets masked.
 */
export function captureFile(events: readonly TraceEvent[], application: string): Uint8Array {
  const captured = new Set(events.filter(({ kind }) => kind === 'wire.octets').map(({ connection }) => connection));
  const carried = new Map<string, number>();
  const told = new Map<string, string>();
  const secrets = events.flatMap(({ kind, line }) => (kind === 'tls.secret' && typeof line === 'string' ? [line] : []));
  const packets = events.flatMap((event) => {
    const octets = event.kind === 'wire.octets' ? base64Of(event.octets) : undefined;
    if (octets !== undefined) return isToldBy(event, told) ? wirePackets(event, octets, carried) : [];
    const isMessage = event.kind === 'sip.sent' || event.kind === 'sip.received';
    return isMessage && !captured.has(event.connection) ? messagePacket(event) : [];
  });
  return concat([
    pcapng.sectionHeader(application),
    pcapng.interface(LINK_TYPE.rawIp, 'wire'),
    pcapng.interface(LINK_TYPE.upperPdu, 'messages'),
    ...(secrets.length === 0 ? [] : [pcapng.tlsSecrets(`${secrets.join('\n')}\n`)]),
    ...packets,
  ]);
}

/** Where both ends of a connection are in the trace, the one that spoke first tells of it. */
function isToldBy({ local, remote, connection = '' }: TraceEvent, told: Map<string, string>): boolean {
  const key = [local, remote].map(String).sort().join(' ');
  const first = told.get(key) ?? connection;
  told.set(key, first);
  return first === connection;
}

/** Octets of a connection as the TCP packets that carried them; `carried` counts what each direction has had. */
function wirePackets(event: TraceEvent, octets: Uint8Array, carried: Map<string, number>): Uint8Array[] {
  const ends = endsOf(event);
  if (ends === undefined) return [];
  const { direction, from, to } = ends;
  const name = event.connection ?? '';
  const own = `${name} ${direction}`;
  const other = `${name} ${direction === 'sent' ? 'received' : 'sent'}`;
  const sequence = carried.get(own) ?? 0;
  carried.set(own, sequence + octets.length);
  return tcpPackets(from, to, octets, { sequence, acknowledged: carried.get(other) ?? 0 }).map((packet) =>
    pcapng.packet({ interfaceNumber: RAW_IP, timeMs: Date.parse(event.time), direction, octets: packet }),
  );
}

/** A SIP message: over UDP as the packet it was, else as a message without the connection around it. */
function messagePacket(event: TraceEvent): Uint8Array[] {
  const ends = endsOf(event);
  if (ends === undefined || typeof event.text !== 'string') return [];
  const { direction, from, to } = ends;
  const message = new TextEncoder().encode(event.text);
  const isUdp = event.protocol === 'udp';
  return [
    pcapng.packet({
      interfaceNumber: isUdp ? RAW_IP : EXPORTED,
      timeMs: Date.parse(event.time),
      direction,
      octets: isUdp ? udpPacket(from, to, message) : exportedPdu(from, to, message),
      comment: `${event.connection ?? ''} ${typeof event.protocol === 'string' ? event.protocol : ''}`.trim(),
    }),
  ];
}

function exportedPdu(from: SocketAddress, to: SocketAddress, message: Uint8Array): Uint8Array {
  const isV6 = isIPv6(from.address) || isIPv6(to.address);
  return concat([
    tag(TAG.dissector, new TextEncoder().encode('sip\0')),
    tag(isV6 ? TAG.ipv6Source : TAG.ipv4Source, isV6 ? ipv6Octets(from.address) : ipv4Octets(from.address)),
    tag(isV6 ? TAG.ipv6Destination : TAG.ipv4Destination, isV6 ? ipv6Octets(to.address) : ipv4Octets(to.address)),
    tag(TAG.portType, uint32(PORT_TYPE.tcp)),
    tag(TAG.sourcePort, uint32(from.port)),
    tag(TAG.destinationPort, uint32(to.port)),
    tag(TAG.end, new Uint8Array(0)),
    message,
  ]);
}

function tag(code: number, value: Uint8Array): Uint8Array {
  const whole = new Uint8Array(4 + Math.ceil(value.length / 4) * 4);
  const view = new DataView(whole.buffer);
  view.setUint16(0, code);
  view.setUint16(2, whole.length - 4);
  whole.set(value, 4);
  return whole;
}

function uint32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}

interface Ends {
  readonly direction: 'sent' | 'received';
  readonly from: SocketAddress;
  readonly to: SocketAddress;
}

function endsOf(event: TraceEvent): Ends | undefined {
  const local = parseSocketAddress(event.local);
  const remote = parseSocketAddress(event.remote);
  if (local === undefined || remote === undefined) return undefined;
  const isSent = event.kind === 'sip.sent' || event.direction === 'sent';
  return isSent ? { direction: 'sent', from: local, to: remote } : { direction: 'received', from: remote, to: local };
}

/** The reverse of `formatSocketAddress`; a zone, which has no place in a packet, is left out. */
function parseSocketAddress(text: unknown): SocketAddress | undefined {
  const match = typeof text === 'string' ? /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([^:[\]]+)):(\d{1,5})$/.exec(text) : null;
  const address = match?.[1] ?? match?.[2];
  return address === undefined ? undefined : { address, port: Number(match?.[3]) };
}

function base64Of(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
