import { readAddresses } from './address-list.ts';
import type { NameAddress } from './header-values.ts';
import type { SipMessage } from './message.ts';
import { formatNameAddress } from './name-address.ts';
import { isSipUri, type Uri } from './uri.ts';

/** Who a caller is: a SIP identity, a telephone number, or both. */
export interface Identities {
  readonly sip: NameAddress | undefined;
  readonly tel: NameAddress | undefined;
}

/**
 * Who the network says, or the user agent prefers to say, that the sender is (RFC 3325 §9.1, §9.2): at most one SIP or SIPS
 * URI and one tel URI; where there are more of a kind the first counts. Trust it only from an element that is trusted (§5).
 */
export function readIdentities(
  message: SipMessage,
  header: 'P-Asserted-Identity' | 'P-Preferred-Identity',
): Identities {
  const addresses = readAddresses(message, header);
  return {
    sip: addresses.find(({ uri }) => isSipUri(uri)),
    tel: addresses.find(({ uri }) => uri.scheme === 'tel'),
  };
}

/** A header field for one identity. */
export function identityHeader(
  header: 'P-Asserted-Identity' | 'P-Preferred-Identity',
  identity: { readonly displayName?: string | undefined; readonly uri: Uri },
): readonly [name: string, value: string] {
  return [header, formatNameAddress(identity)];
}
