import { formatSocketAddress, type SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { SpokenProtocol } from './first-octets.ts';

/** A client spoke something else than the port is for. `undefined` where what it spoke is what the port is for. */
export function diagnoseProtocolMismatch(
  port: 'tcp' | 'tls',
  spoken: SpokenProtocol,
  local: SocketAddress,
  remote: SocketAddress,
): Diagnosis | undefined {
  const evidence = { local: formatSocketAddress(local), remote: formatSocketAddress(remote), spoken };
  const who = formatSocketAddress(remote);
  if (port === 'tcp' && spoken === 'tls') {
    return {
      code: 'tls.tls-on-plain-port',
      side: 'there',
      summary: `${who} started a TLS handshake on the plain SIP port ${local.port}.`,
      cure: 'Point the client at the TLS port (usually 5061), or set its transport to TCP.',
      evidence,
    };
  }
  if (port === 'tls' && spoken === 'sip') {
    return {
      code: 'tls.plain-sip-on-tls-port',
      side: 'there',
      summary: `${who} sent plain SIP to the TLS port ${local.port}.`,
      cure: 'Set the transport of the client to TLS, or point it at the plain port (usually 5060).',
      evidence,
    };
  }
  if (port === 'tls' && spoken === 'http') {
    return {
      code: 'tls.http-on-tls-port',
      side: 'there',
      summary: `${who} sent a plain HTTP request to the SIP TLS port ${local.port}: a web browser or a scanner.`,
      cure: 'Nothing needs to be done; a firewall can keep scanners away.',
      evidence,
    };
  }
  return undefined;
}
