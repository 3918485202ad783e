import { isToken } from './characters.ts';
import type { SipMessage } from './message.ts';
import { formatUri } from './uri.ts';

const encoder = new TextEncoder();

/**
 * Writes a message as it goes onto the wire: names in canonical spelling, Content-Length last and exact whatever the headers
 * say. No value can start a new line: each line break in it becomes a space. A field whose name is no token is left out.
 */
export function serializeMessage(message: SipMessage): Uint8Array<ArrayBuffer> {
  let head =
    message.kind === 'request'
      ? `${inOneLine(message.method)} ${inOneLine(formatUri(message.uri))} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${inOneLine(message.reason)}\r\n`;
  message.headers.forEach((name, value) => {
    if (name !== 'Content-Length' && isToken(name)) head += `${name}: ${inOneLine(value)}\r\n`;
  });
  const { body } = message;
  head += `Content-Length: ${body.length}\r\n\r\n`;
  const octets = new Uint8Array(head.length + body.length);
  const { read, written } = encoder.encodeInto(head, octets);
  if (read === head.length && written === head.length) {
    octets.set(body, written);
    return octets;
  }
  // Not all ASCII, so longer than its characters count.
  const encoded = encoder.encode(head);
  const longer = new Uint8Array(encoded.length + body.length);
  longer.set(encoded);
  longer.set(body, encoded.length);
  return longer;
}

function inOneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replaceAll(/[\r\n]+/g, ' ') : text;
}
