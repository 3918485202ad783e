import type { DetailedPeerCertificate, EphemeralKeyInfo, TLSSocket } from 'node:tls';
import { findPath } from '../tls/certificate-path.ts';
import type { TlsEvidence } from '../tls/peer-verification.ts';
import { findLists } from '../tls/revocation-check.ts';
import { TLS_VERSIONS, type TlsVersion } from '../tls/tls-security.ts';
import type { TlsCommonSettings, TlsServerSettings } from '../tls/tls-settings.ts';
import { isCertificateSignedBy, isListSignedBy } from './certificate-signatures.ts';
import { anchorsOf, revocationListsOf, trustedCertificates } from './node-tls-context.ts';

/** Longer chains are not followed: a loop of issuers must not hold us. */
const LONGEST_CHAIN = 10;

/** What a full handshake showed of the other end, for those that resume its session and show nothing (RFC 8446 §2.2). */
export type SeenChain = Pick<TlsEvidence, 'peerChain' | 'chainError'>;

/**
 * What a finished handshake shows of the other end, for `core/tls` to judge. `own` are our settings; `seen` is what the
 * socket itself does not tell: what the library has against the chain, and in a resumed session the chain itself.
 */
export function readEvidence(
  socket: TLSSocket,
  role: 'client' | 'server',
  own: TlsCommonSettings | TlsServerSettings,
  seen: Partial<SeenChain> = {},
): TlsEvidence {
  // Each question goes down into the library: those without an answer are not asked.
  const certificateAsked = !('clientCertificate' in own) || own.clientCertificate !== 'ignored';
  const chain = seen.peerChain ?? (certificateAsked ? peerChain(socket) : []);
  const now = Date.now();
  const path = chain.length === 0 ? undefined : findPath(chain, anchorsOf(own), isCertificateSignedBy, now);
  return {
    role,
    protocol: versionOf(socket),
    cipher: cipherName(socket),
    group: role === 'client' ? groupName(socket) : undefined,
    peerChain: chain,
    chainError: 'chainError' in seen ? seen.chainError : verificationError(socket),
    path,
    lists: path === undefined ? [] : findLists(path, revocationListsOf(own), isListSignedBy),
    now,
    ownCertificate: role === 'client' && own.identity !== undefined,
    trusted: trustedCertificates(own),
  };
}

/** Missing only on a socket that is closed already, where nothing depends on it. */
function versionOf(socket: TLSSocket): TlsVersion {
  const version = socket.getProtocol();
  return TLS_VERSIONS.find((known) => known === version) ?? 'TLSv1.3';
}

/** The code with which the library refused the peer's chain, such as `CERT_HAS_EXPIRED`. */
function verificationError(socket: TLSSocket): string | undefined {
  // Declared as an Error; at run time it is the code.
  const error: unknown = socket.authorizationError;
  if (typeof error === 'string') return error;
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message;
  return undefined;
}

function cipherName(socket: TLSSocket): string {
  // Missing once the socket is closed, whatever its declaration says.
  const cipher = socket.getCipher() as { standardName?: string; name: string } | undefined;
  return cipher?.standardName ?? cipher?.name ?? 'unknown';
}

function groupName(socket: TLSSocket): string | undefined {
  const info = socket.getEphemeralKeyInfo() as Partial<EphemeralKeyInfo> | null;
  return info?.name === undefined || info.name === '' ? undefined : info.name;
}

function peerChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate = socket.getPeerCertificate(true) as Partial<DetailedPeerCertificate> | null | undefined;
  while (certificate?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    chain.push(certificate.raw);
    const issuer: Partial<DetailedPeerCertificate> | undefined = certificate.issuerCertificate;
    if (issuer === certificate) break;
    certificate = issuer;
  }
  return chain;
}
