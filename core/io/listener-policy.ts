import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { readCertificate } from '../tls/certificate-reader.ts';
import type { ClientHello } from '../tls/client-hello.ts';
import { chooseIdentity, servedNames, type IdentityOffer } from '../tls/server-identity.ts';
import type { ServerIdentity, TlsServerSettings } from '../tls/tls-settings.ts';
import { contextOptions, keyTypeOf } from './node-tls-context.ts';

/** One of the certificates of a listener, ready for the TLS library. */
export interface IdentityContext extends IdentityOffer {
  readonly context: SecureContext;
}

/** Whoever learns the key that tickets are encrypted with can read all connections that were resumed by them. */
const KEY_LIFE_MS = 12 * 3600 * 1000;
/** Clients whose chains are remembered for sessions that they resume; the oldest makes room. */
const MOST_CLIENTS = 4096;

/**
 * Settings of a listener that are in force, with ticket keys of their own: no session is resumed under other settings than
 * those that it was made under.
 */
export class ListenerPolicy {
  readonly settings: TlsServerSettings;
  readonly #identities: readonly [IdentityContext, ...IdentityContext[]];
  readonly #staleAt: number;
  readonly #chains = new Map<string, readonly Uint8Array[]>();

  private constructor(
    settings: TlsServerSettings,
    identities: readonly [IdentityContext, ...IdentityContext[]],
    now: number,
  ) {
    this.settings = settings;
    this.#identities = identities;
    this.#staleAt = now + KEY_LIFE_MS;
  }

  /** Fails where the settings cannot be put in force. `now` is monotonic, in milliseconds. */
  static create(settings: TlsServerSettings, now: number): Result<ListenerPolicy, Diagnosis> {
    const session = randomBytes(16).toString('hex');
    const first = identityContext(settings, settings.identity, session);
    if (!first.ok) return first;
    const others: IdentityContext[] = [];
    for (const identity of settings.otherIdentities ?? []) {
      const other = identityContext(settings, identity, session);
      if (!other.ok) return err(other.error);
      others.push(other.value);
    }
    return ok(new ListenerPolicy(settings, [first.value, ...others], now));
  }

  /** Whether the keys of its tickets have served long enough. */
  isStale(now: number): boolean {
    return now >= this.#staleAt;
  }

  get asksForCertificate(): boolean {
    return asksForCertificate(this.settings);
  }

  /** Whether it must be known what the client asks for before it can be answered. */
  get hasChoice(): boolean {
    return this.#identities.length > 1;
  }

  /** The certificate for a client. */
  choose(hello: ClientHello | undefined): IdentityContext {
    const [first] = this.#identities;
    return hello === undefined ? first : (this.#identities[chooseIdentity(hello, this.#identities)] ?? first);
  }

  /** Remembers what a client showed: a ticket of OpenSSL holds only its own certificate, not what is between that and a root. */
  remember(chain: readonly Uint8Array[]): void {
    const [leaf] = chain;
    if (leaf === undefined) return;
    this.#chains.set(keyOf(leaf), chain);
    const [oldest] = this.#chains.keys();
    if (this.#chains.size > MOST_CLIENTS && oldest !== undefined) this.#chains.delete(oldest);
  }

  /** What the client with this certificate showed when it was last seen whole. */
  recall(leaf: Uint8Array): readonly Uint8Array[] | undefined {
    return this.#chains.get(keyOf(leaf));
  }
}

function keyOf(leaf: Uint8Array): string {
  return createHash('sha256').update(leaf).digest('hex');
}

function asksForCertificate({ clientCertificate }: TlsServerSettings): boolean {
  return clientCertificate !== 'ignored';
}

function identityContext(
  settings: TlsServerSettings,
  identity: ServerIdentity,
  sessionIdContext: string,
): Result<IdentityContext, Diagnosis> {
  const options = contextOptions({ ...settings, identity });
  if (!options.ok) return options;
  const context = createSecureContext({
    ...options.value,
    // Authorities are for judging clients. Where none is judged they stay out: the library would complete our own chain
    // with them and send the root, which no client needs and which hides from it that an intermediate is missing.
    ...(asksForCertificate(settings) ? {} : { ca: [] }),
    // Without it the library resumes no session whose client showed a certificate.
    sessionIdContext,
  });
  return ok({ context, keyType: keyTypeOf(identity), names: identity.serverNames ?? namesOf(identity) });
}

function namesOf({ certificateChain }: ServerIdentity): readonly string[] {
  const leaf = readCertificate(new X509Certificate(certificateChain).raw);
  return leaf.ok ? servedNames(leaf.value) : [];
}
