import { err, ok, type Result } from '../../base/result.ts';
import { isToken, skipSpace } from './characters.ts';
import type { CSeq } from './header-values.ts';

/** The first sequence number that is too large (RFC 3261 §8.1.1.5). */
const SEQUENCE_LIMIT = 2 ** 31;

/** Reads `number method`. */
export function parseCSeq(text: string): Result<CSeq, string> {
  let index = skipSpace(text, 0);
  const start = index;
  let sequence = 0;
  for (; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) break;
    sequence = sequence * 10 + digit;
    if (sequence >= SEQUENCE_LIMIT) return err('sequence number too large');
  }
  if (index === start) return err('missing sequence number');
  const methodStart = skipSpace(text, index);
  const method = text.slice(methodStart).trimEnd();
  return methodStart > index && isToken(method) ? ok({ sequence, method }) : err('malformed method');
}

/** Writes `number method`. */
export function formatCSeq(cseq: CSeq): string {
  return `${cseq.sequence} ${cseq.method}`;
}
