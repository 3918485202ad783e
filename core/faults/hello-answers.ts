import type { HelloAnswer } from './fault.ts';

/** Content types and message of TLS that are written here (RFC 5246 §6.2.1, §7.2, §7.4). */
const ALERT_RECORD = 21;
const HANDSHAKE_RECORD = 22;
const FATAL = 2;
const SERVER_HELLO = 2;
const TLS_1_2 = [3, 3] as const;
/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which is in every ClientHello of today. */
const SUITE = [0xc0, 0x2b] as const;
const RANDOM_OCTETS = 32;

const encoder = new TextEncoder();

/**
 * What a listener sends to who said something first; `undefined` where it sends nothing. `random`: 32 octets.
 */
export function helloOctets(answer: HelloAnswer, alert: number, random: Uint8Array): Uint8Array | undefined {
  switch (answer) {
    case 'close':
    case 'nothing':
      return undefined;
    case 'alert':
      return record(ALERT_RECORD, [FATAL, alert]);
    case 'sip':
      return encoder.encode('SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    case 'http':
      return encoder.encode('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    case 'garbage':
      return encoder.encode('\u0001\u0002\u0003 what is this?\n\n');
    case 'old-renegotiation':
      return record(HANDSHAKE_RECORD, oldServerHello(random));
  }
}

/** A ServerHello of TLS 1.2 without the extension of RFC 5746, after which careful clients go no further. */
function oldServerHello(random: Uint8Array): readonly number[] {
  const body = [...TLS_1_2, ...random.subarray(0, RANDOM_OCTETS), 0, ...SUITE, 0];
  return [SERVER_HELLO, 0, body.length >> 8, body.length & 0xff, ...body];
}

function record(type: number, content: readonly number[]): Uint8Array {
  return Uint8Array.from([type, ...TLS_1_2, content.length >> 8, content.length & 0xff, ...content]);
}
