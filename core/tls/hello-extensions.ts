import type { OctetCursor } from './octet-cursor.ts';

/** The extensions at the end of a ClientHello or ServerHello by their number (RFC 8446 §4.2); none is allowed too. */
export function readHelloExtensions(cursor: OctetCursor): Map<number, OctetCursor> {
  const extensions = new Map<number, OctetCursor>();
  if (cursor.atEnd) return extensions;
  const list = cursor.vector(2);
  while (!list.atEnd) extensions.set(list.uint(2), list.vector(2));
  return extensions;
}
