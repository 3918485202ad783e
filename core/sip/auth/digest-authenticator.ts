import type { Clock } from '../../base/clock.ts';
import { randomToken, type Random } from '../../base/random.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { Secret } from '../../base/secret.ts';
import { formatAuthentication, parseAuthentication } from '../message/authentication.ts';
import type { SipRequest } from '../message/message.ts';
import {
  DIGEST_HASHES,
  digestResponse,
  equalInConstantTime,
  formatDigestAlgorithm,
  parseDigestAlgorithm,
  type DigestHash,
  type DigestHashName,
  type DigestInput,
  type DigestQop,
} from './digest.ts';
import { NonceBook } from './nonce-book.ts';

/** `www`: as a UAS or registrar (401). `proxy`: as a proxy or switch (407). */
export type AuthenticationKind = 'www' | 'proxy';

/** A request that proved nothing. */
export interface AuthenticationRefusal {
  /** Values of WWW-Authenticate or Proxy-Authenticate, one a field, the most wanted first (RFC 8760 §2.3). */
  readonly challenges: readonly string[];
  /** The response was right but its nonce is used up: no reason to ask the person again. */
  readonly stale: boolean;
  /** Credentials were there and their response was wrong, or there is no such user. */
  readonly wrongPassword: boolean;
}

/** What is compared; everything in it was there. */
interface Credentials extends Omit<DigestInput, 'password' | 'method' | 'body'> {
  readonly qop: DigestQop;
  readonly response: string;
}

const DEFAULT_NONCE_LIFETIME_MS = 300_000;
const DEFAULT_NONCE_LIMIT = 4096;

/**
 * The server's side of digest authentication (RFC 3261 §22.4, RFC 7616, RFC 8760). `qop` is always asked for, so that no
 * response counts twice. The `uri` of the credentials is taken as it stands, since proxies rewrite the Request-URI (§22.4).
 */
export class DigestAuthenticator {
  readonly #realm: string;
  readonly #hash: DigestHash;
  readonly #algorithms: readonly DigestHashName[];
  readonly #qops: readonly DigestQop[];
  readonly #nonces: NonceBook;
  /** Stands in for the password of a user that is not there, so that the time of the answer does not tell. */
  readonly #nobody: Secret;

  constructor(options: {
    readonly realm: string;
    readonly hash: DigestHash;
    readonly random: Random;
    readonly clock: Clock;
    /** Those offered and taken; all by default. */
    readonly algorithms?: readonly DigestHashName[];
    /** `auth` by default. */
    readonly qops?: readonly DigestQop[];
    readonly nonceLifetimeMs?: number;
    /** Used nonces remembered at once. */
    readonly nonceLimit?: number;
  }) {
    this.#realm = options.realm;
    this.#hash = options.hash;
    this.#algorithms = DIGEST_HASHES.filter((name) => options.algorithms?.includes(name) ?? true);
    this.#qops = options.qops ?? ['auth'];
    this.#nonces = new NonceBook({
      ...options,
      lifetimeMs: options.nonceLifetimeMs ?? DEFAULT_NONCE_LIFETIME_MS,
      limit: options.nonceLimit ?? DEFAULT_NONCE_LIMIT,
    });
    this.#nobody = new Secret(randomToken(options.random, 16));
  }

  /** The user name whose password the request proves, or the challenges to refuse it with. */
  verify(
    request: SipRequest,
    kind: AuthenticationKind,
    password: (username: string) => Secret | undefined,
  ): Result<string, AuthenticationRefusal> {
    const credentials = this.#credentials(request, kind);
    if (credentials === undefined) return this.#refuse({});
    const known = password(credentials.username);
    const expected = digestResponse(this.#hash, {
      ...credentials,
      password: known ?? this.#nobody,
      method: request.method,
      body: request.body,
    });
    if (!equalInConstantTime(credentials.response.toLowerCase(), expected) || known === undefined) {
      return this.#refuse({ wrongPassword: true });
    }
    const fresh = this.#nonces.use(credentials.nonce, parseInt(credentials.nonceCount, 16));
    return fresh ? ok(credentials.username) : this.#refuse({ stale: true });
  }

  #refuse({ stale = false, wrongPassword = false }): { readonly ok: false; readonly error: AuthenticationRefusal } {
    const nonce = this.#nonces.issue();
    const challenges = this.#algorithms.map((hash) =>
      formatAuthentication({
        scheme: 'Digest',
        parameters: new Map([
          ['realm', this.#realm],
          ['nonce', nonce],
          ...(stale ? ([['stale', 'true']] as const) : []),
          ['algorithm', formatDigestAlgorithm({ hash, session: false })],
          ['qop', this.#qops.join(',')],
        ]),
      }),
    );
    return err({ challenges, stale, wrongPassword });
  }

  /** The credentials for our realm that are complete and of a kind that we offered (RFC 8760 §2.4). */
  #credentials(request: SipRequest, kind: AuthenticationKind): Credentials | undefined {
    for (const field of request.headers.getAll(kind === 'www' ? 'Authorization' : 'Proxy-Authorization')) {
      const parsed = parseAuthentication(field);
      if (!parsed.ok || parsed.value.scheme.toLowerCase() !== 'digest') continue;
      const credentials = this.#read(parsed.value.parameters);
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  }

  #read(parameters: ReadonlyMap<string, string>): Credentials | undefined {
    const [username, nonce, cnonce, uri, response] = ['username', 'nonce', 'cnonce', 'uri', 'response'].map((name) =>
      parameters.get(name),
    );
    const nonceCount = parameters.get('nc') ?? '';
    const algorithm = parseDigestAlgorithm(parameters.get('algorithm'));
    const qop = this.#qops.find((offered) => offered === parameters.get('qop')?.toLowerCase());
    if (parameters.get('realm') !== this.#realm || algorithm === undefined || qop === undefined) return undefined;
    if (algorithm.session || !this.#algorithms.includes(algorithm.hash) || !/^[0-9a-f]{8}$/i.test(nonceCount)) {
      return undefined;
    }
    if (username === undefined || nonce === undefined || cnonce === undefined) return undefined;
    if (uri === undefined || response === undefined) return undefined;
    return { realm: this.#realm, username, nonce, cnonce, uri, response, nonceCount, algorithm, qop };
  }
}
