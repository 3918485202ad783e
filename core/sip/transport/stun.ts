import type { SocketAddress } from '../../base/address.ts';
import { expandIPv6, withoutZone } from './ip-address.ts';

/** A STUN message as far as the keep-alive of RFC 5626 §8 needs it. */
export type StunMessage =
  | {
      readonly kind: 'request';
      readonly transactionId: Uint8Array;
      /** Attributes that must be understood and are not (RFC 5389 §7.3.1). */
      readonly unknown: readonly number[];
    }
  | {
      readonly kind: 'response';
      readonly transactionId: Uint8Array;
      /** Where the other end sees us; `undefined` where it refused, or did not say. */
      readonly mapped: SocketAddress | undefined;
    };

const HEADER_OCTETS = 20;
const MAGIC_COOKIE = 0x2112a442;
const TRANSACTION_ID_OCTETS = 12;

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;

const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const XOR_MAPPED_ADDRESS = 0x0020;
/** Attributes from here on may be passed over where they are not understood (RFC 5389 §15). */
const COMPREHENSION_OPTIONAL = 0x8000;

const IPV4 = 1;
const IPV6 = 2;

/** Reads a Binding request or the answer to one (RFC 5389 §6); `undefined` for anything else. */
export function parseStun(octets: Uint8Array): StunMessage | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length < HEADER_OCTETS || octets.length % 4 !== 0) return undefined;
  if (view.getUint32(4) !== MAGIC_COOKIE || view.getUint16(2) !== octets.length - HEADER_OCTETS) return undefined;
  const type = view.getUint16(0);
  if (type !== BINDING_REQUEST && type !== BINDING_SUCCESS && type !== BINDING_ERROR) return undefined;
  const transactionId = octets.slice(8, HEADER_OCTETS);
  const unknown: number[] = [];
  let mapped: SocketAddress | undefined;
  for (let at = HEADER_OCTETS; at < octets.length;) {
    const attribute = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (at + 4 + length > octets.length) return undefined;
    if (attribute === XOR_MAPPED_ADDRESS) mapped = readAddress(octets.subarray(at + 4, at + 4 + length), octets);
    else if (attribute < COMPREHENSION_OPTIONAL) unknown.push(attribute);
    at += 4 + length + (-length & 3);
  }
  if (type === BINDING_REQUEST) return { kind: 'request', transactionId, unknown };
  return { kind: 'response', transactionId, mapped: type === BINDING_SUCCESS ? mapped : undefined };
}

/** A Binding request; `transactionId` are 12 random octets. */
export function bindingRequest(transactionId: Uint8Array): Uint8Array {
  return message(BINDING_REQUEST, transactionId, []);
}

/** The answer to a Binding request: where it came from (RFC 5389 §7.3.1.1), or 420 where it asks for what we do not know. */
export function bindingResponse(
  { transactionId, unknown }: StunMessage & { readonly kind: 'request' },
  from: SocketAddress,
): Uint8Array {
  if (unknown.length === 0) {
    const header = message(BINDING_SUCCESS, transactionId, []);
    return message(BINDING_SUCCESS, transactionId, [[XOR_MAPPED_ADDRESS, writeAddress(from, header)]]);
  }
  const types = new Uint8Array(unknown.flatMap((type) => [type >> 8, type & 0xff]));
  return message(BINDING_ERROR, transactionId, [
    [ERROR_CODE, new Uint8Array([0, 0, 4, 20])],
    [UNKNOWN_ATTRIBUTES, types],
  ]);
}

function message(
  type: number,
  transactionId: Uint8Array,
  attributes: readonly (readonly [type: number, value: Uint8Array])[],
): Uint8Array {
  const length = attributes.reduce((sum, [, value]) => sum + 4 + value.length + (-value.length & 3), 0);
  const octets = new Uint8Array(HEADER_OCTETS + length);
  const view = new DataView(octets.buffer);
  view.setUint16(0, type);
  view.setUint16(2, length);
  view.setUint32(4, MAGIC_COOKIE);
  octets.set(transactionId.subarray(0, TRANSACTION_ID_OCTETS), 8);
  let at = HEADER_OCTETS;
  for (const [attribute, value] of attributes) {
    view.setUint16(at, attribute);
    view.setUint16(at + 2, value.length);
    octets.set(value, at + 4);
    at += 4 + value.length + (-value.length & 3);
  }
  return octets;
}

/** XOR-MAPPED-ADDRESS (RFC 5389 §15.2); what it is mixed with are the magic cookie and the transaction ID of `header`. */
function writeAddress({ address, port }: SocketAddress, header: Uint8Array): Uint8Array {
  const bytes = address.includes(':') ? bytesOfIPv6(withoutZone(address)) : address.split('.').map(Number);
  const portBytes = [(port >> 8) ^ (header[4] ?? 0), (port & 0xff) ^ (header[5] ?? 0)];
  const mixed = bytes.map((byte, index) => byte ^ (header[4 + index] ?? 0));
  return new Uint8Array([0, bytes.length === 16 ? IPV6 : IPV4, ...portBytes, ...mixed]);
}

function readAddress(value: Uint8Array, header: Uint8Array): SocketAddress | undefined {
  const family = value[1];
  if (value.length !== (family === IPV4 ? 8 : 20) || (family !== IPV4 && family !== IPV6)) return undefined;
  const port = (((value[2] ?? 0) ^ (header[4] ?? 0)) << 8) | ((value[3] ?? 0) ^ (header[5] ?? 0));
  const bytes = [...value.subarray(4)].map((byte, index) => byte ^ (header[4 + index] ?? 0));
  if (family === IPV4) return { address: bytes.join('.'), port };
  const groups: string[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push((((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16));
  }
  return { address: groups.join(':'), port };
}

function bytesOfIPv6(address: string): number[] {
  return expandIPv6(address)
    .split(':')
    .flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    });
}
