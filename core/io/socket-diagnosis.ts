import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';

/** What an error of the socket library is made of; both parts may be missing. */
export interface SocketError {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** Whether an error is about the connection under TLS and not about TLS. */
export function isNetworkError({ code }: SocketError): boolean {
  return NETWORK_ERRORS.has(code ?? '');
}

const NETWORK_ERRORS: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);

/** Why a socket could not be bound to `local`. */
export function diagnoseBindError(error: SocketError, local: SocketAddress): Diagnosis {
  const where = formatSocketAddress(local);
  const evidence = { local: where, error: error.code ?? 'unknown' };
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        code: 'port.in-use',
        side: 'here',
        summary: `Another program already listens on ${where}.`,
        cure: 'Stop the other program or choose another port.',
        evidence,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'port.permission',
        side: 'here',
        summary: `This program is not allowed to listen on ${where}.`,
        cure: 'Choose a port above 1023, such as 5061.',
        evidence,
      };
    default:
      return {
        code: 'port.address-not-local',
        side: 'here',
        summary: `The address ${where} cannot be listened on here (${error.code ?? error.message ?? 'unknown error'}).`,
        cure: 'Choose an address that this machine has; name a public address behind NAT as the advertised one instead.',
        evidence,
      };
  }
}

/** Why a connection to `remote` did not come about, or broke. */
export function diagnoseConnectionError(error: SocketError, remote: SocketAddress): Diagnosis {
  const where = formatSocketAddress(remote);
  const evidence = { remote: where, error: error.code ?? 'unknown' };
  switch (error.code) {
    case 'ECONNREFUSED':
      return {
        code: 'tcp.refused',
        side: 'there',
        summary: `Nothing listens on ${where}: the connection was refused.`,
        cure: 'Check the port and whether the service runs there; SIP over TLS is usually on 5061.',
        evidence,
      };
    case 'ETIMEDOUT':
      return {
        code: 'tcp.timeout',
        side: 'there',
        summary: `${where} did not answer in time.`,
        cure: 'Check the address, and firewalls on the way that drop packets without a word.',
        evidence,
      };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return {
        code: 'tcp.reset',
        side: 'there',
        summary: `${where} broke the connection off.`,
        cure: 'Look at the log of the other end: a ban list, a firewall or a restart breaks connections like this.',
        evidence,
      };
    case 'EADDRNOTAVAIL':
    case 'EADDRINUSE':
      return {
        code: 'port.address-not-local',
        side: 'here',
        summary: `No connection to ${where} can leave from the local address that was asked for.`,
        cure: 'Choose a local address that this machine has, or none.',
        evidence,
      };
    default:
      return {
        code: 'tcp.unreachable',
        side: 'there',
        summary: `There is no way to ${where} (${error.code ?? error.message ?? 'unknown error'}).`,
        cure: 'Check the address, the network connection and the routes of this machine.',
        evidence,
      };
  }
}
