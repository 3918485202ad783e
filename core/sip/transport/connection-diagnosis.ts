import { formatSocketAddress, type SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Flow } from './flow.ts';

/** The peer of a flow that we opened closed it. */
export function connectionLost(flow: Flow): Diagnosis {
  const who = formatSocketAddress(flow.remote);
  return {
    code: 'conn.lost',
    side: 'there',
    summary: `${who} closed the connection.`,
    cure: 'It is opened again by itself; where this happens often, shorten the keep-alive interval.',
    evidence: { remote: who, connection: flow.id },
  };
}

/** The pong of RFC 5626 §3.5.1 did not come. */
export function noPong(flow: Flow, waitedMs: number): Diagnosis {
  const who = formatSocketAddress(flow.remote);
  return {
    code: 'conn.no-pong',
    side: 'there',
    summary: `${who} no longer answers keep-alives: the connection died without a word.`,
    cure: 'It is opened again by itself; a router or firewall on the way forgets idle connections.',
    evidence: { remote: who, connection: flow.id, waitedMs },
  };
}

/** A NAT on the way gave us another address: what the peer sends to the old one does not arrive any more. */
export function mappingChanged(flow: Flow, before: SocketAddress, after: SocketAddress): Diagnosis {
  const [old, now] = [formatSocketAddress(before), formatSocketAddress(after)];
  return {
    code: 'conn.flow-failed',
    side: 'there',
    summary: `${formatSocketAddress(flow.remote)} sees us as ${now} now, and not as ${old} any more: a router on the way forgot the flow.`,
    cure: 'It is opened again by itself; where this happens often, shorten the keep-alive interval or use TLS.',
    evidence: { remote: formatSocketAddress(flow.remote), connection: flow.id, before: old, after: now },
  };
}

/** The network changed, and the local end of a flow is no address of this machine any more. */
export function addressGone(flow: Flow): Diagnosis {
  const local = formatSocketAddress(flow.local);
  return {
    code: 'conn.flow-failed',
    side: 'here',
    summary: `The network changed: ${local} is no address of this machine any more.`,
    cure: 'The connection is opened again by itself from the new address.',
    evidence: { local, remote: formatSocketAddress(flow.remote), connection: flow.id },
  };
}

/** The peer leaves what we send lying. */
export function peerStalled(flow: Flow, queued: number): Diagnosis {
  const who = formatSocketAddress(flow.remote);
  return {
    code: 'conn.flow-failed',
    side: 'there',
    summary: `${who} no longer reads what is sent to it.`,
    cure: 'Look at the load and the log of the other end.',
    evidence: { remote: who, connection: flow.id, queued },
  };
}

/** What arrived on a stream is no SIP, or a message that never ends. */
export function unreadableStream(flow: Flow, reason: string): Diagnosis {
  const who = formatSocketAddress(flow.remote);
  return {
    code: 'sip.parse',
    side: 'there',
    summary: `${who} sent what cannot be read as SIP (${reason}); the connection was closed.`,
    cure: 'Check what connects to this port: another protocol, a scanner, or a broken SIP stack.',
    evidence: { remote: who, connection: flow.id, reason },
  };
}

/** A client closed a TLS connection right after the handshake: it may have refused our certificate without an alert. */
export function closedAfterHandshake(flow: Flow): Diagnosis {
  const who = formatSocketAddress(flow.remote);
  return {
    code: 'tls.closed-during-handshake',
    side: 'there',
    summary: `${who} closed the connection right after the TLS handshake without sending anything; it may have refused our certificate.`,
    cure: 'Look at the log of the client: does it trust the authority of our certificate, and is the name in it the one it dialled?',
    evidence: { remote: who, connection: flow.id },
  };
}
