import { randomToken, type Random } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import { formatAuthentication, parseAuthentication } from '../message/authentication.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import {
  DIGEST_HASHES,
  digestResponse,
  formatDigestAlgorithm,
  parseDigestAlgorithm,
  type DigestAlgorithm,
  type DigestHash,
  type DigestQop,
} from './digest.ts';

/** A field of credentials for a request. */
export type CredentialsField = readonly [name: 'Authorization' | 'Proxy-Authorization', value: string];

/** The header that asks, and the one that answers it (RFC 3261 §22.2, §22.3). */
const HEADERS = [
  { challenge: 'WWW-Authenticate', credentials: 'Authorization' },
  { challenge: 'Proxy-Authenticate', credentials: 'Proxy-Authorization' },
] as const;

interface Challenge {
  readonly header: CredentialsField[0];
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  readonly qop: DigestQop | undefined;
  readonly stale: boolean;
}

/** A challenge that was answered, to be answered again ahead of the next request. */
interface Session {
  readonly challenge: Challenge;
  /** Who asked. The registrar's challenge says nothing of what the one called asks (RFC 3261 §22.2); a proxy's is for all. */
  readonly asker: Set<Asker>;
  readonly cnonce: string;
  count: number;
}

type Asker = 'registrar' | 'peer';

/** Realms remembered; a server that invents more only costs itself another round trip. */
const MAX_SESSIONS = 8;

/**
 * The client's side of digest authentication for one user (RFC 3261 §22, RFC 7616, RFC 8760). Of several challenges for a
 * realm the strongest is answered; once a realm offered a stronger hash, a weaker one is never answered again.
 */
export class ClientDigest {
  readonly #username: string;
  readonly #password: Secret;
  readonly #hash: DigestHash;
  readonly #random: Random;
  /** By header and realm. */
  readonly #sessions = new Map<string, Session>();

  constructor(options: {
    readonly username: string;
    readonly password: Secret;
    readonly hash: DigestHash;
    readonly random: Random;
  }) {
    this.#username = options.username;
    this.#password = options.password;
    this.#hash = options.hash;
    this.#random = options.random;
  }

  /**
   * Credentials for a request that nobody asked for yet, from the challenges before it (RFC 3261 §22.2: cached credentials).
   * `undefined` where there are none.
   */
  preemptive(request: SipRequest): readonly CredentialsField[] | undefined {
    if (this.#sessions.size === 0) return undefined;
    return [...this.#sessions.values()]
      .filter(({ challenge, asker }) => challenge.header === 'Proxy-Authorization' || asker.has(askerOf(request)))
      .map((session) => this.#credentials(session, request));
  }

  /**
   * The credentials with which to send `request` again after a 401 or 407; they replace all that it had. `undefined` where the
   * challenge cannot be answered: no algorithm that we know, a weaker one than before, or the same credentials refused. Counts
   * nothing itself: how often a `stale` server is humoured is for the caller to limit.
   */
  answer(response: SipResponse, request: SipRequest): readonly CredentialsField[] | undefined {
    const challenges = strongestOfEach(readChallenges(response));
    if (challenges.length === 0) return undefined;
    const previous = readCredentials(request);
    for (const challenge of challenges) {
      const key = keyOf(challenge.header, challenge.realm);
      const before = this.#sessions.get(key)?.challenge;
      if (before !== undefined && rank(challenge) > rank(before)) return undefined;
      if (isRefusal(challenge, previous.get(key))) return undefined;
    }
    for (const challenge of challenges) this.#remember(challenge, request);
    const wanted = new Set([...previous.keys(), ...challenges.map(({ header, realm }) => keyOf(header, realm))]);
    return [...this.#sessions]
      .filter(([key]) => wanted.has(key))
      .map(([, session]) => this.#credentials(session, request));
  }

  #remember(challenge: Challenge, request: SipRequest): void {
    const key = keyOf(challenge.header, challenge.realm);
    const known = this.#sessions.get(key);
    const asker = new Set(known?.asker).add(askerOf(request));
    known?.asker.add(askerOf(request));
    if (known?.challenge.nonce === challenge.nonce && rank(known.challenge) === rank(challenge)) return;
    this.#sessions.delete(key);
    this.#sessions.set(key, { challenge, asker, cnonce: randomToken(this.#random, 16), count: 0 });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
  }

  #credentials(session: Session, request: SipRequest): CredentialsField {
    const { challenge, cnonce } = session;
    const { header, realm, nonce, opaque, algorithm, qop } = challenge;
    const nonceCount = (++session.count).toString(16).padStart(8, '0');
    const uri = formatUri(request.uri);
    const response = digestResponse(this.#hash, {
      algorithm,
      username: this.#username,
      realm,
      password: this.#password,
      nonce,
      cnonce,
      nonceCount,
      qop,
      method: request.method,
      uri,
      body: request.body,
    });
    const parameters = new Map([
      ['username', this.#username],
      ['realm', realm],
      ['nonce', nonce],
      ['uri', uri],
      ['response', response],
      ['algorithm', formatDigestAlgorithm(algorithm)],
    ]);
    if (qop !== undefined || algorithm.session) parameters.set('cnonce', cnonce);
    if (opaque !== undefined) parameters.set('opaque', opaque);
    if (qop !== undefined) parameters.set('qop', qop).set('nc', nonceCount);
    return [header, formatAuthentication({ scheme: 'Digest', parameters })];
  }
}

function askerOf({ method }: SipRequest): Asker {
  return method === 'REGISTER' ? 'registrar' : 'peer';
}

/** Every challenge of a response that we can answer; others are skipped (RFC 7616 §3.3, RFC 8760 §2.4). */
function readChallenges(response: SipResponse): Challenge[] {
  return HEADERS.flatMap(({ challenge: name, credentials: header }) =>
    response.headers.getAll(name).flatMap((field) => {
      const parsed = parseAuthentication(field);
      if (!parsed.ok || parsed.value.scheme.toLowerCase() !== 'digest') return [];
      const { parameters } = parsed.value;
      const realm = parameters.get('realm');
      const nonce = parameters.get('nonce');
      const algorithm = parseDigestAlgorithm(parameters.get('algorithm'));
      const qops = parameters.get('qop')?.split(',').map((qop) => qop.trim().toLowerCase()); // prettier-ignore
      const qop = (['auth', 'auth-int'] as const).find((known) => qops?.includes(known));
      if (realm === undefined || nonce === undefined || algorithm === undefined) return [];
      if (qops !== undefined && qop === undefined) return [];
      const stale = parameters.get('stale')?.toLowerCase() === 'true';
      return [{ header, realm, nonce, opaque: parameters.get('opaque'), algorithm, qop, stale }];
    }),
  );
}

/** One challenge for each header and realm: the strongest, of equals the one that stands first (RFC 8760 §2.4). */
function strongestOfEach(challenges: readonly Challenge[]): readonly Challenge[] {
  const best = new Map<string, Challenge>();
  for (const challenge of challenges) {
    const key = keyOf(challenge.header, challenge.realm);
    const known = best.get(key);
    if (known === undefined || rank(challenge) < rank(known)) best.set(key, challenge);
  }
  return [...best.values()];
}

/** What a request was sent with, by header and realm. */
function readCredentials(request: SipRequest): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const { credentials: header } of HEADERS) {
    for (const field of request.headers.getAll(header)) {
      const parsed = parseAuthentication(field);
      const realm = parsed.ok ? parsed.value.parameters.get('realm') : undefined;
      if (parsed.ok && realm !== undefined) found.set(keyOf(header, realm), parsed.value.parameters);
    }
  }
  return found;
}

/**
 * Whether a challenge says that the credentials were wrong (RFC 7616 §3.3, `stale`). A nonce that was used before may also
 * have run out at a server that does not say `stale`; only one that was new when refused proves anything.
 */
function isRefusal(challenge: Challenge, previous: ReadonlyMap<string, string> | undefined): boolean {
  if (previous === undefined || challenge.stale) return false;
  const wasFirstUse = parseInt(previous.get('nc') ?? '1', 16) === 1;
  return wasFirstUse || previous.get('nonce') === challenge.nonce;
}

/** 0 for the strongest hash. */
function rank(challenge: Challenge): number {
  return DIGEST_HASHES.indexOf(challenge.algorithm.hash);
}

function keyOf(header: CredentialsField[0], realm: string): string {
  return `${header} ${realm}`;
}
