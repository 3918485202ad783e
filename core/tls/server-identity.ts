import type { ClientHello } from './client-hello.ts';
import type { CertificateView } from './certificate-reader.ts';
import { suitsKey } from './handshake-diagnosis.ts';
import { identitiesOf } from './peer-identity.ts';

/** What speaks for one of the certificates of a listener. */
export interface IdentityOffer {
  /** The names that it serves, without regard to case; `*.example.com` serves all names one label longer. */
  readonly names: readonly string[];
  readonly keyType: 'EC' | 'RSA' | undefined;
}

/** The names that a certificate serves by itself. */
export function servedNames(certificate: CertificateView): readonly string[] {
  return [...new Set([...certificate.names.dns, ...certificate.names.ip, ...identitiesOf(certificate)])];
}

/**
 * Chooses among the certificates of a listener by what a client asks for (SNI, RFC 6066 §3) and can use: one with the name
 * whose key suits, else one with the name, else the first. A client that asks for no name gets the first whose key suits.
 * Gives the index; a client that asks for a name that nobody has is shown the first, and finds that out by itself.
 */
export function chooseIdentity(hello: ClientHello, offers: readonly IdentityOffer[]): number {
  const { serverName } = hello;
  const all = offers.map((offer, index) => ({ offer, index }));
  const named = serverName === undefined ? all : all.filter(({ offer }) => serves(offer, serverName));
  const suitable = named.find(({ offer }) => suitsKey(hello, offer.keyType));
  return (suitable ?? (serverName === undefined ? undefined : named[0]))?.index ?? 0;
}

function serves({ names }: IdentityOffer, serverName: string): boolean {
  const asked = serverName.toLowerCase();
  const wildcard = `*${asked.slice(asked.indexOf('.'))}`;
  return names.some((name) => [asked, wildcard].includes(name.toLowerCase()));
}
