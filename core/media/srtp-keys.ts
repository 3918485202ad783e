import type { SrtpKeying } from '../rtp/stream-parameters.ts';
import { findSuite, type SrtpSuite } from '../srtp/suites.ts';

const NONE = new Uint8Array(0);

/** Whether two keyings are the same suite and octets, so that the context in force goes on. */
export function sameKeying(one: SrtpKeying | undefined, other: SrtpKeying | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.suite === other.suite &&
    sameOctets(one.masterKeyAndSalt.reveal(), other.masterKeyAndSalt.reveal()) &&
    sameOctets(one.mki ?? NONE, other.mki ?? NONE)
  );
}

function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, index) => octet === other[index]);
}

/** The suite that offer and answer agreed on; that we have it was their business. */
export function suiteOf(keying: SrtpKeying): SrtpSuite {
  const suite = findSuite(keying.suite);
  if (suite === undefined) throw new RangeError(`unknown SRTP suite ${keying.suite}`);
  return suite;
}
