import { reasonPhrase } from '../../message/reason-phrases.ts';
import type { Body } from '../session-description-handler.ts';

/** The type of a piece of a SIP message (RFC 3420). */
export const SIPFRAG_TYPE = 'message/sipfrag';

/** The status line that a NOTIFY about a REFER carries (RFC 3515 §2.4.5). */
export interface SipfragStatus {
  readonly status: number;
  readonly reason: string;
}

/** A status line is short; what is longer is none. */
const LONGEST_LINE = 1024;

/** Reads the status line of a `message/sipfrag`; `undefined` where there is none, whatever else the piece is. */
export function readSipfrag({ contentType, content }: Body): SipfragStatus | undefined {
  if (contentType.split(';', 1)[0]?.trim().toLowerCase() !== SIPFRAG_TYPE) return undefined;
  const text = new TextDecoder().decode(content.subarray(0, LONGEST_LINE));
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?(?:\r?\n|$)/i.exec(text);
  return match === null ? undefined : { status: Number(match[1]), reason: match[2] ?? '' };
}

/** A `message/sipfrag` that is nothing but a status line. */
export function sipfrag(status: number, reason: string = reasonPhrase(status)): Body {
  const line = `SIP/2.0 ${status} ${reason.replace(/[\r\n]+/g, ' ')}\r\n`;
  return { contentType: `${SIPFRAG_TYPE};version=2.0`, content: new TextEncoder().encode(line) };
}
