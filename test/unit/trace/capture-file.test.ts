import { describe, expect, it } from 'vitest';
import { captureFile } from '../../../core/trace/capture-file.ts';
import { ipv6Octets, tcpPackets, udpPacket } from '../../../core/trace/ip-packet.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';

const base = { seq: 1, time: '2026-01-01T00:00:00.000Z', mono: 1, level: 5, component: 'tport' } as const;
const ends = { local: '127.0.0.1:40000', remote: '192.0.2.1:5061', connection: 'phone-tls-1' };

/** The types and the contents of the blocks of a capture file; every length is checked at both ends. */
function blocksOf(file: Uint8Array): { readonly type: number; readonly content: Uint8Array }[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const blocks = [];
  for (let at = 0; at < file.length;) {
    const length = view.getUint32(at + 4, true);
    expect(length % 4).toBe(0);
    expect(view.getUint32(at + length - 4, true)).toBe(length);
    blocks.push({ type: view.getUint32(at, true), content: file.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return blocks;
}

function typesOf(...events: TraceEvent[]): number[] {
  return blocksOf(captureFile(events, 'Sotto')).map(({ type }) => type);
}

const text = 'OPTIONS sip:a SIP/2.0\r\n\r\n';
const message: TraceEvent = { ...base, ...ends, kind: 'sip.sent', protocol: 'tls', text };
const wire: TraceEvent = { ...base, ...ends, kind: 'wire.octets', direction: 'sent', octets: btoa('abcde') };
const secret: TraceEvent = { ...base, connection: ends.connection, kind: 'tls.secret', line: 'CLIENT_RANDOM 00 11' };

const HEAD = [0x0a0d0d0a, 1, 1];
const PACKET = 6;
const SECRETS = 10;

describe('a trace as a capture file', () => {
  it('begins with its section and its interfaces, also where nothing is in it', () => {
    expect(typesOf()).toEqual(HEAD);
  });

  it('has the messages of connections that were not captured', () => {
    expect(typesOf(message)).toEqual([...HEAD, PACKET]);
    expect(new TextDecoder('latin1').decode(captureFile([message], 'Sotto'))).toContain(text);
  });

  it('has the octets of captured ones in place of their messages, and the secrets before them', () => {
    expect(typesOf(wire, message, secret)).toEqual([...HEAD, SECRETS, PACKET]);
  });

  it('has a connection once where both of its ends are in the trace', () => {
    const other = {
      ...wire,
      connection: 'internal-tls-2',
      local: ends.remote,
      remote: ends.local,
      direction: 'received',
    };
    expect(typesOf(wire, other)).toEqual([...HEAD, PACKET]);
  });

  it('takes addresses with a zone', () => {
    expect(typesOf({ ...message, local: '[fe80::1%eth0]:40000', remote: '[fe80::2%eth0]:5061' })).toEqual([...HEAD, PACKET]); // prettier-ignore
  });

  it('leaves out what has no addresses or no octets', () => {
    expect(typesOf({ ...message, local: 'here' }, { ...wire, remote: undefined }, { ...wire, octets: '%' })).toEqual(HEAD); // prettier-ignore
  });
});

function ones(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

describe('packets around octets of a trace', () => {
  const from = { address: '127.0.0.1', port: 40_000 };
  const to = { address: '192.0.2.1', port: 5060 };
  const payload = new TextEncoder().encode('hello');

  it('RFC 791 §3.1 the header checksum makes the header sum up to all ones', () => {
    expect(ones(udpPacket(from, to, payload).subarray(0, 20))).toBe(0xffff);
  });

  it('RFC 768 the checksum covers addresses, length and payload', () => {
    const packet = udpPacket(from, to, payload);
    const pseudo = Uint8Array.from([...packet.subarray(12, 20), 0, 17, 0, packet.length - 20]);
    expect(ones(Uint8Array.from([...pseudo, ...packet.subarray(20)]))).toBe(0xffff);
  });

  it('RFC 9293 §3.4 sequence numbers go on from packet to packet, and a big write becomes several', () => {
    const packets = tcpPackets(from, to, new Uint8Array(70_000), { sequence: 10, acknowledged: 3 });
    const sequences = packets.map((packet) => new DataView(packet.buffer).getUint32(24));
    expect(sequences).toEqual([11, 65_011]);
  });

  it.each([
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::5', '20010db8000000000000000000000005'],
    ['fe80::1:2', 'fe800000000000000000000000010002'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['192.0.2.1', '00000000000000000000ffffc0000201'],
  ])('RFC 4291 §2.2 %s is %s', (address, hex) => {
    expect(Buffer.from(ipv6Octets(address)).toString('hex')).toBe(hex);
  });
});
