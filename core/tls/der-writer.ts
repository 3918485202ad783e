import { DER_TAG } from './der.ts';

/** One value of DER (X.690 §8.1): tag, length, and the contents one after the other. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = joinOctets(...contents);
  return joinOctets(Uint8Array.of(tag), derLength(content.length), content);
}

/** A SEQUENCE. */
export function derSequence(...values: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return der(DER_TAG.sequence, ...values);
}

/** A non-negative INTEGER. */
export function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const octets: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  // The highest bit of the first octet is the sign.
  if ((octets[0] ?? 0x80) >= 0x80) octets.unshift(0);
  return der(DER_TAG.integer, Uint8Array.from(octets));
}

/** An OBJECT IDENTIFIER from its arcs in dots. */
export function derOid(text: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number);
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...others]) {
    const digits = [arc % 128];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(128 + (rest % 128));
    octets.push(...digits);
  }
  return der(DER_TAG.oid, Uint8Array.from(octets));
}

/** NULL, the parameters of algorithms that have none. */
export const DER_NULL: Uint8Array<ArrayBuffer> = Uint8Array.of(0x05, 0x00);

/** Octets one after the other. */
export function joinOctets(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function derLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}
