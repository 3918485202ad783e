import { constants, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { readRevocationLists, type RevocationList } from '../tls/certificate-revocation-list.ts';
import type { TlsCommonSettings, TlsIdentity } from '../tls/tls-settings.ts';
import { TrustAnchors } from '../tls/trust-anchors.ts';

/** Forward secrecy with AEAD, for either type of certificate (RFC 9325 §4.2). */
const DEFAULT_CIPHERS = [
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** What TLS 1.0 and 1.1 have: CBC with SHA-1, forward secrecy first. Offered only where these versions are allowed. */
const LEGACY_CIPHERS = [
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'AES256-SHA',
  'AES128-SHA',
].join(':');

/** Node switches TLS 1.3 off where a cipher list names none of these. */
const TLS13_SUITES = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

/**
 * The library's groups without finite fields: TLS 1.3 has P-256 everywhere (RFC 8446 §9.1), ffdhe2048 has only 112 bits, and
 * what a server computes for them is more than a flood should be able to ask for. BoringSSL has none, and no such words.
 */
const OPENSSL_GROUPS = 'DEFAULT:-ffdhe2048:-ffdhe3072';

/**
 * What the TLS library needs to put `settings` in force. Fails with the exact reason where certificate, key and passphrase
 * do not go together; the check does not depend on the library's error texts, which differ between OpenSSL and BoringSSL.
 */
export function contextOptions(settings: TlsCommonSettings): Result<SecureContextOptions, Diagnosis> {
  const problem = settings.identity === undefined ? undefined : identityProblem(settings.identity);
  if (problem !== undefined) return err(problem);
  const lists = readRevocationLists(settings.revocationLists);
  if (!lists.ok) return err(unusable(`the revocation lists: ${lists.error}`));
  const legacy = settings.minVersion === 'TLSv1' || settings.minVersion === 'TLSv1.1';
  const defaultCiphers = legacy ? `${DEFAULT_CIPHERS}:${LEGACY_CIPHERS}` : DEFAULT_CIPHERS;
  const ciphers = `${TLS13_SUITES}:${settings.ciphers ?? defaultCiphers}`;
  // OpenSSL refuses TLS 1.0 and 1.1 above security level 0; BoringSSL has no levels and takes the list as it is.
  const cipherLists = legacy ? [`${ciphers}@SECLEVEL=0`, ciphers] : [ciphers];
  const groupLists =
    settings.groups === undefined ? [{ ecdhCurve: OPENSSL_GROUPS }, {}] : [{ ecdhCurve: settings.groups }];
  let failure: unknown;
  for (const [list, groups] of cipherLists.flatMap((each) => groupLists.map((some) => [each, some] as const))) {
    const options: SecureContextOptions = {
      minVersion: settings.minVersion,
      maxVersion: settings.maxVersion,
      ciphers: list,
      honorCipherOrder: true,
      ...groups,
      ...resumption(settings),
      ca: settings.trust === 'system' ? systemTrust() : [...settings.trust],
      ...identityOptions(settings.identity),
    };
    try {
      createSecureContext(options);
      return ok(options);
    } catch (error) {
      failure = error;
    }
  }
  return err(unusable(reasonOf(failure)));
}

function unusable(reason: string): Diagnosis {
  return {
    code: 'config.invalid',
    side: 'here',
    summary: `The TLS settings cannot be put in force: ${reason}.`,
    cure: 'Check the TLS versions, ciphers and groups, the trusted certificates and the revocation lists.',
    evidence: { reason },
  };
}

/** Without tickets there is nothing to resume from: we keep no sessions of clients. */
function resumption({ sessionSeconds }: TlsCommonSettings): SecureContextOptions {
  return sessionSeconds > 0 ? { sessionTimeout: sessionSeconds } : { secureOptions: constants.SSL_OP_NO_TICKET };
}

/** A context for dialling; the options of a settings object are checked and turned into one only once. */
export function clientContext(settings: TlsCommonSettings): Result<SecureContext, Diagnosis> {
  const known = contexts.get(settings);
  if (known !== undefined) return ok(known);
  const options = contextOptions(settings);
  if (!options.ok) return options;
  const context = createSecureContext(options.value);
  contexts.set(settings, context);
  return ok(context);
}

/** What kind of key an identity has; `undefined` where it is neither of the two. */
export function keyTypeOf({ certificateChain }: TlsIdentity): 'EC' | 'RSA' | undefined {
  const type = new X509Certificate(certificateChain).publicKey.asymmetricKeyType;
  if (type === 'ec') return 'EC';
  return type === 'rsa' || type === 'rsa-pss' ? 'RSA' : undefined;
}

/** The authorities that `settings` trust, as DER; those of the system are too many to be of use in a diagnosis. */
export function trustedCertificates({ trust }: TlsCommonSettings): readonly Uint8Array[] | undefined {
  return trust === 'system' ? undefined : trustOf(trust).certificates;
}

/** The same to find issuers in, the system's included. */
export function anchorsOf({ trust }: TlsCommonSettings): TrustAnchors {
  if (trust !== 'system') return trustOf(trust).anchors;
  systemAnchors ??= new TrustAnchors(decodeAll(systemTrust()));
  return systemAnchors;
}

/** The revocation lists of `settings`; none that cannot be read is in force, as {@link contextOptions} sees to. */
export function revocationListsOf({ revocationLists }: TlsCommonSettings): readonly RevocationList[] {
  const known = lists.get(revocationLists);
  if (known !== undefined) return known;
  const read = readRevocationLists(revocationLists);
  const found = read.ok ? read.value : [];
  lists.set(revocationLists, found);
  return found;
}

interface Trust {
  readonly certificates: readonly Uint8Array[];
  readonly anchors: TrustAnchors;
}

function trustOf(pems: readonly string[]): Trust {
  const known = trusted.get(pems);
  if (known !== undefined) return known;
  const certificates = decodeAll(pems);
  const trust = { certificates, anchors: new TrustAnchors(certificates) };
  trusted.set(pems, trust);
  return trust;
}

/** Of hundreds, as systems have them, in two milliseconds. */
function decodeAll(pems: readonly string[]): readonly Uint8Array[] {
  return pems.flatMap((pem) =>
    Array.from(pem.matchAll(CERTIFICATE_BLOCK), ([, body = '']) => new Uint8Array(Buffer.from(body, 'base64'))),
  );
}

const CERTIFICATE_BLOCK = /-----BEGIN (?:X509 )?CERTIFICATE-----([^-]+)-----END/g;

const trusted = new WeakMap<readonly string[], Trust>();
const lists = new WeakMap<readonly string[], readonly RevocationList[]>();
const contexts = new WeakMap<TlsCommonSettings, SecureContext>();
let systemCertificates: string[] | undefined;
let systemAnchors: TrustAnchors | undefined;

/** Each once: where the store is a folder, its certificates have two names. */
function systemTrust(): string[] {
  if (systemCertificates === undefined) {
    const found = getCACertificates('system');
    systemCertificates = [...new Set(found.length > 0 ? found : rootCertificates)];
  }
  return systemCertificates;
}

function identityOptions(identity: TlsIdentity | undefined): SecureContextOptions {
  if (identity === undefined) return {};
  return {
    cert: identity.certificateChain,
    key: identity.key.reveal(),
    ...(identity.passphrase === undefined ? {} : { passphrase: identity.passphrase.reveal() }),
  };
}

function identityProblem(identity: TlsIdentity): Diagnosis | undefined {
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(identity.certificateChain);
  } catch (error) {
    return {
      code: identity.certificateChain.includes('-----BEGIN ') ? 'file.no-certificate' : 'file.not-pem',
      side: 'here',
      summary: 'The certificate cannot be read: there is no certificate in PEM form.',
      cure: 'Take the certificate as PEM, a block that starts with -----BEGIN CERTIFICATE-----.',
      evidence: { reason: reasonOf(error) },
    };
  }
  const pem = identity.key.reveal();
  let key: KeyObject;
  try {
    const passphrase = identity.passphrase?.reveal();
    key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // The library's error is not shown: it may quote what it could not read.
    const encrypted = pem.includes('ENCRYPTED');
    return {
      code: encrypted ? 'file.passphrase' : 'file.no-key',
      side: 'here',
      summary: encrypted
        ? 'The private key is encrypted, and its passphrase is missing or wrong.'
        : 'The private key cannot be read: there is no key in PEM form.',
      cure: encrypted ? 'Give the right passphrase.' : 'Add the private key that belongs to the certificate, as PEM.',
      evidence: { subject: leaf.subject },
    };
  }
  if (leaf.checkPrivateKey(key)) return undefined;
  return {
    code: 'file.key-mismatch',
    side: 'here',
    summary: 'The private key belongs to another certificate.',
    cure: 'Put a certificate and its own key together; after a renewal the old key is often left behind.',
    evidence: { subject: leaf.subject, serial: leaf.serialNumber.toLowerCase() },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
