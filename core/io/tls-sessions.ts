import type { TLSSocket } from 'node:tls';
import { readCertificate } from '../tls/certificate-reader.ts';
import type { TlsEvidence } from '../tls/peer-verification.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import type { SeenChain } from './node-tls-evidence.ts';

/** What a server gave us to resume from, and what it had shown when we last saw it whole. */
export interface KeptSession {
  readonly session: Buffer;
  readonly seen: SeenChain;
  /** Monotonic milliseconds. */
  readonly endsAt: number;
}

interface KeptServer {
  session: KeptSession | undefined;
  readonly known: TlsEvidence['known'];
}

/** Servers of one account or profile; the one that was not dialled for longest makes room. */
const MOST_SERVERS = 64;

/** The tickets of one connection. They come during the handshake, or any time after it; only the last is worth keeping. */
export class SessionTickets {
  #last: Buffer | undefined;
  #take: ((ticket: Buffer) => void) | undefined;

  constructor(socket: TLSSocket) {
    socket.on('session', (ticket: Buffer) => {
      this.#last = ticket;
      this.#take?.(ticket);
    });
  }

  /** Calls back for the last ticket, and for each that comes. */
  onTicket(take: (ticket: Buffer) => void): void {
    this.#take = take;
    if (this.#last !== undefined) take(this.#last);
  }
}

/**
 * Sessions of servers that were verified, by the settings that they were verified with and the place that was dialled:
 * nothing is resumed under other settings. Remembers of each server which certificate it showed.
 */
export class TlsSessions {
  readonly #kept = new WeakMap<TlsClientSettings, Map<string, KeptServer>>();

  /** Takes the session out: each is used once, so that nobody can tell that two connections are of one client (RFC 8446 §C.4). */
  take(settings: TlsClientSettings, place: string, now: number): KeptSession | undefined {
    const server = this.#kept.get(settings)?.get(place);
    const session = server?.session;
    if (server !== undefined) server.session = undefined;
    return session !== undefined && now < session.endsAt ? session : undefined;
  }

  /** The certificate that a server showed when it was last verified. */
  known(settings: TlsClientSettings, place: string): TlsEvidence['known'] {
    return this.#kept.get(settings)?.get(place)?.known;
  }

  /**
   * Remembers a server that was verified, and what the next connection can be resumed from. A session that was itself
   * resumed gives no new time: after it a whole handshake is due.
   */
  keep(
    settings: TlsClientSettings,
    place: string,
    { peerChain, chainError, protocol }: TlsEvidence,
    tickets: SessionTickets,
    resumed: KeptSession | undefined,
  ): void {
    const leaf = peerChain[0] === undefined ? undefined : readCertificate(peerChain[0]);
    const known = leaf?.ok === true ? { fingerprint: leaf.value.sha256, issuer: leaf.value.issuer } : undefined;
    // Up to TLS 1.2 a session may be resumed again, and a server seldom gives another.
    const server: KeptServer = { session: protocol === 'TLSv1.3' ? undefined : resumed, known };
    const servers = this.#kept.get(settings) ?? new Map<string, KeptServer>();
    this.#kept.set(settings, servers);
    servers.delete(place);
    servers.set(place, server);
    const [oldest] = servers.keys();
    if (servers.size > MOST_SERVERS && oldest !== undefined) servers.delete(oldest);
    const endsAt = resumed?.endsAt ?? performance.now() + settings.sessionSeconds * 1000;
    if (settings.sessionSeconds === 0) return;
    tickets.onTicket((session) => {
      server.session = { session, seen: { peerChain, chainError }, endsAt };
    });
  }
}
