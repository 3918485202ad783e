import type { SrtpKeying } from '../rtp/stream-parameters.ts';
import { findSuite, type SrtpSuite } from '../srtp/suites.ts';

/** Whether two keyings are the same suite and octets, so that the context in force goes on. */
export function sameKeying(one: SrtpKeying | undefined, other: SrtpKeying | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const octets = one.masterKeyAndSalt.reveal();
  const others = other.masterKeyAndSalt.reveal();
  return (
    one.suite === other.suite &&
    octets.length === others.length &&
    octets.every((octet, index) => octet === others[index])
  );
}

/** The suite that offer and answer agreed on; that we have it was their business. */
export function suiteOf(keying: SrtpKeying): SrtpSuite {
  const suite = findSuite(keying.suite);
  if (suite === undefined) throw new RangeError(`unknown SRTP suite ${keying.suite}`);
  return suite;
}
