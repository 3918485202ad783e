/** What a peer speaks, judged by the first octets it sent. */
export type SpokenProtocol = 'sip' | 'tls' | 'http' | 'unknown';

const HANDSHAKE_RECORD = 0x16;
const ALERT_RECORD = 0x15;
const TLS_MAJOR = 0x03;
const LONGEST_FIRST_LINE = 1024;

/**
 * Tells plain SIP, TLS and HTTP apart. `undefined` where more octets are needed; after {@link LONGEST_FIRST_LINE} octets
 * without an end of line the answer is `unknown`.
 */
export function recognizeProtocol(octets: Uint8Array): SpokenProtocol | undefined {
  const [first, second] = octets;
  if (first === undefined) return undefined;
  if (first === HANDSHAKE_RECORD || first === ALERT_RECORD) {
    if (second === undefined) return undefined;
    return second === TLS_MAJOR ? 'tls' : 'unknown';
  }
  const text = asciiText(octets);
  if (text === undefined) return 'unknown';
  // Line ends alone are the keep-alive of RFC 5626 §3.5.1, which only SIP has.
  const start = text.search(/[^\r\n]/);
  if (start < 0) return text.length >= 2 ? 'sip' : undefined;
  const end = text.indexOf('\n', start);
  const line = end < 0 ? text.slice(start) : text.slice(start, end);
  if (line.startsWith('SIP/2.0 ') || /^\S+ (?:sips?|tel):/i.test(line) || / SIP\/2\.0\r?$/.test(line)) return 'sip';
  if (line.startsWith('HTTP/') || / HTTP\/\d/.test(line)) return 'http';
  return end < 0 && text.length < LONGEST_FIRST_LINE ? undefined : 'unknown';
}

/** The first octets as text, `undefined` where they cannot be the first line of a text protocol. */
function asciiText(octets: Uint8Array): string | undefined {
  let text = '';
  for (const octet of octets.subarray(0, LONGEST_FIRST_LINE)) {
    if (octet === 0 || (octet < 0x20 && octet !== 0x0d && octet !== 0x0a && octet !== 0x09)) return undefined;
    text += String.fromCharCode(octet);
    if (octet === 0x0a && text.trim() !== '') return text;
  }
  return text;
}
