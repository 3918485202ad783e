/** One block of a PEM file (RFC 7468): its label, such as `CERTIFICATE`, and its text from BEGIN to END. */
export interface PemBlock {
  readonly label: string;
  readonly text: string;
  /** The decoded octets; `undefined` where the base64 is broken or the block is encrypted the old way (RFC 1421). */
  readonly octets: Uint8Array<ArrayBuffer> | undefined;
}

/** The headers of the old form (RFC 1421 §4.6) hold single dashes; five of them end a block in any case. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/g;

/** The blocks of a PEM text in their order. What stands between them, such as attributes of bags, is skipped. */
export function readPem(text: string): PemBlock[] {
  return Array.from(text.matchAll(BLOCK), ([block, label = '', body = '']) => ({
    label,
    text: `${block}\n`,
    octets: body.includes(':') ? undefined : decodeBase64(body),
  }));
}

/** A block with lines of 64 characters, ended by a newline. */
export function writePem(label: string, octets: Uint8Array): string {
  let binary = '';
  for (const octet of octets) binary += String.fromCharCode(octet);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
