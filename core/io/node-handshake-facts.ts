import type { TLSSocket } from 'node:tls';
import type { SecuredFacts } from '../tls/handshake-tree.ts';
import type { TlsEvidence } from '../tls/peer-verification.ts';
import type { TlsVersion } from '../tls/tls-security.ts';

/** What the TLS library tells of a handshake that succeeded; with TLS 1.3 nobody else can. */
export function readFacts(socket: TLSSocket, { protocol, cipher, group, peerChain }: TlsEvidence): SecuredFacts {
  const { alpnProtocol } = socket;
  return {
    version: protocol,
    cipher,
    group,
    alpn: typeof alpnProtocol === 'string' ? alpnProtocol : undefined,
    resumed: socket.isSessionReused(),
    peerChain,
  };
}

/**
 * A handshake on an open connection (TLS 1.2 and below) is of no use to SIP, costs as much as a new connection, and was the
 * way in for attacks (RFC 5746): who asks for one is cut off. bun has no such switch; BoringSSL refuses by itself.
 */
export function refuseRenegotiation(socket: TLSSocket, version: TlsVersion): void {
  if (version === 'TLSv1.3') return;
  const { disableRenegotiation } = socket as Partial<Pick<TLSSocket, 'disableRenegotiation'>>;
  disableRenegotiation?.call(socket);
}
