import { randomToken, type Random } from '../base/random.ts';
import type { DescriptionEdit } from './fault.ts';

const KEY = /(inline:)([A-Za-z0-9+/=]+)/g;

/** A session description with one thing wrong in it. */
export function editDescription(text: string, edit: DescriptionEdit, random: Random): string {
  switch (edit) {
    case 'no-srtp':
      return text.replace(/RTP\/SAVP/g, 'RTP/AVP').replace(/^a=crypto:.*\r\n/gm, '');
    case 'other-key':
      return text.replace(KEY, (_, inline: string, key: string) => inline + otherKey(key, random));
    case 'broken-key':
      return text.replace(KEY, (_, inline: string, key: string) => inline + key.slice(0, 8));
    case 'unreachable-address':
      return text.replace(/^c=IN IP[46] .*$/gm, 'c=IN IP4 media.invalid');
    case 'unknown-codec':
      return text.replace(/^(m=audio \d+ \S+).*$/gm, '$1 126').replace(/^a=(rtpmap|fmtp):.*\r\n/gm, '');
  }
}

/** Where an end of a call receives its sound. */
export interface MediaPlace {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/** The place that a description names, and the same description with another one; `undefined` where it names none. */
export function moveMedia(
  text: string,
  to: MediaPlace,
): { readonly text: string; readonly place: MediaPlace } | undefined {
  const address = /^c=IN IP[46] (\S+)/m.exec(text)?.[1];
  const port = Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? 0);
  if (address === undefined || port === 0) return undefined;
  const rtcpPort = Number(/^a=rtcp:(\d+)/m.exec(text)?.[1] ?? port + 1);
  const moved = text
    .replace(/^c=IN IP[46] \S+/gm, `c=IN IP4 ${to.address}`)
    .replace(/^m=audio \d+/m, `m=audio ${to.port}`)
    .replace(/^a=rtcp:.*\r\n/gm, '');
  // RFC 3605: the port of RTCP where it is not the next one.
  return { text: `${moved}a=rtcp:${to.rtcpPort}\r\n`, place: { address, port, rtcpPort } };
}

/** Base64 of the same length, whose padding stays where it was. */
function otherKey(key: string, random: Random): string {
  const letters = key.replace(/=+$/, '').length;
  return randomToken(random, letters).replace(/[-.]/g, 'A') + key.slice(letters);
}
