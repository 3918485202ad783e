/** What kind of packets an interface has, by its number in the registry of link types. */
export const LINK_TYPE = {
  /** Packets begin with an IP header. */
  rawIp: 101,
  /** Packets begin with tags that name the dissector (Wireshark's "exported PDU"). */
  upperPdu: 252,
} as const;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Secrets in the key log format of NSS, which TLS libraries write. */
const TLS_KEY_LOG = 0x544c534b;

const OPTION = { end: 0, applicationName: 4, interfaceName: 2, comment: 1, flags: 2 } as const;
const FLAGS = { received: 1, sent: 2 } as const;

/**
 * Blocks of a capture file (draft-ietf-opsawg-pcapng), little-endian, each a whole number of 32-bit words. The section header
 * comes first, then the interfaces, whose numbers count from 0; secrets come before the packets that need them.
 */
export const pcapng = {
  sectionHeader(application: string): Uint8Array {
    const fixed = new DataView(new ArrayBuffer(16));
    fixed.setUint32(0, BYTE_ORDER_MAGIC, true);
    fixed.setUint16(4, 1, true);
    // The length of the section, unknown, as all ones.
    fixed.setBigInt64(8, -1n, true);
    return block(SECTION_HEADER, fixed, options([OPTION.applicationName, utf8(application)]));
  },

  interface(linkType: number, name: string): Uint8Array {
    const fixed = new DataView(new ArrayBuffer(8));
    fixed.setUint16(0, linkType, true);
    return block(INTERFACE_DESCRIPTION, fixed, options([OPTION.interfaceName, utf8(name)]));
  },

  /** `timeMs` is wall-clock milliseconds; the file has microseconds. */
  packet(packet: {
    readonly interfaceNumber: number;
    readonly timeMs: number;
    readonly direction: 'sent' | 'received';
    readonly octets: Uint8Array;
    readonly comment?: string | undefined;
  }): Uint8Array {
    const { octets } = packet;
    const fixed = new DataView(new ArrayBuffer(20));
    const micros = BigInt(Math.round(packet.timeMs * 1000));
    fixed.setUint32(0, packet.interfaceNumber, true);
    fixed.setUint32(4, Number(micros >> 32n), true);
    fixed.setUint32(8, Number(micros & 0xffffffffn), true);
    fixed.setUint32(12, octets.length, true);
    fixed.setUint32(16, octets.length, true);
    const flags = new DataView(new ArrayBuffer(4));
    flags.setUint32(0, FLAGS[packet.direction], true);
    return block(
      ENHANCED_PACKET,
      fixed,
      padded(octets),
      options(...(packet.comment === undefined ? [] : [[OPTION.comment, utf8(packet.comment)] as const]), [
        OPTION.flags,
        new Uint8Array(flags.buffer),
      ]),
    );
  },

  /** Lines of a key log, such as `CLIENT_TRAFFIC_SECRET_0 …`: with them everybody can read the connections. */
  tlsSecrets(keyLog: string): Uint8Array {
    const lines = utf8(keyLog);
    const fixed = new DataView(new ArrayBuffer(8));
    fixed.setUint32(0, TLS_KEY_LOG, true);
    fixed.setUint32(4, lines.length, true);
    return block(DECRYPTION_SECRETS, fixed, padded(lines));
  },
};

/** A block: type, length, what is in it, and the length again, so that the file can be read from its end. */
function block(type: number, fixed: DataView, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = [new Uint8Array(fixed.buffer), ...parts];
  const length = contents.reduce((sum, part) => sum + part.length, 12);
  const octets = new Uint8Array(length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  let at = 8;
  for (const part of contents) {
    octets.set(part, at);
    at += part.length;
  }
  view.setUint32(at, length, true);
  return octets;
}

function options(...list: readonly (readonly [code: number, value: Uint8Array])[]): Uint8Array {
  const parts = [...list, [OPTION.end, new Uint8Array(0)] as const].map(([code, value]) => {
    const head = new DataView(new ArrayBuffer(4));
    head.setUint16(0, code, true);
    head.setUint16(2, value.length, true);
    return [new Uint8Array(head.buffer), padded(value)] as const;
  });
  return concat(parts.flat());
}

function padded(octets: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(octets.length / 4) * 4);
  whole.set(octets);
  return whole;
}

/** One array of many. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
