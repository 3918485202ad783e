import type { HandshakeTree } from '../tls/handshake-tree.ts';

/** Header of a handshake message, and type and tag of a record of TLS 1.3 (RFC 8446 §4, §5.2). */
const MESSAGE_HEADER = 4;
const RECORD_OVERHEAD = 17;
/** An empty Certificate message: its header, an empty context, an empty list (RFC 8446 §4.4.2). */
const EMPTY_CERTIFICATE = 8;

/**
 * Whether the server asked the client for a certificate; `undefined` where the handshake did not get so far. Up to TLS 1.2
 * the request is in clear. With TLS 1.3 it is encrypted, but not its consequence: a client that is asked answers with a
 * Certificate message before its Finished, and so sends more octets than the Finished alone has.
 */
export function asksForCertificate(tree: HandshakeTree): boolean | undefined {
  if (tree.certificateRequest !== undefined) return true;
  if (tree.outcome !== 'secured') return undefined;
  if (tree.version !== 'TLSv1.3') return tree.serverChain.length > 0 ? false : undefined;
  const sent = tree.messages
    .filter(({ direction, message }) => direction === 'sent' && message === 'encrypted')
    .reduce((octets, { length }) => octets + Math.max(0, length - RECORD_OVERHEAD), 0);
  const finished = MESSAGE_HEADER + (tree.cipher?.endsWith('SHA384') === true ? 48 : 32);
  if (sent < finished) return undefined;
  return sent >= finished + EMPTY_CERTIFICATE;
}
