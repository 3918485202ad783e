import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { readCertificate, type CertificateView } from './certificate-reader.ts';
import { weakness } from './certificate-strength.ts';
import { dateProblem, describeCertificate, diagnoseChain } from './chain-diagnosis.ts';
import { identitiesOf, matchIdentity } from './peer-identity.ts';
import type { TlsSecurity, TlsVersion } from './tls-security.ts';

/** What a finished handshake showed, as the socket adapter saw it. */
export interface TlsEvidence {
  /** Our role. */
  readonly role: 'client' | 'server';
  readonly protocol: TlsVersion;
  /** IANA name. */
  readonly cipher: string;
  readonly group?: string | undefined;
  /** DER, leaf first; empty where the other end showed no certificate. */
  readonly peerChain: readonly Uint8Array[];
  /** What the TLS library found wrong with the chain: a code of X509_verify_cert, such as `CERT_HAS_EXPIRED`. */
  readonly chainError?: string | undefined;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** As a client: whether we showed a certificate of our own. */
  readonly ownCertificate?: boolean | undefined;
  /** Trusted authorities as DER, to tell a missing intermediate from a foreign authority. */
  readonly trusted?: readonly Uint8Array[] | undefined;
}

/** What was wanted of the other end. */
export interface PeerExpectation {
  /** Our role. */
  readonly role: 'client' | 'server';
  /** `false` takes any certificate or none, and never calls the connection verified. */
  readonly verify: boolean;
  /** As a client: the domain or address that was dialled. Verification without it fails. */
  readonly serverName?: string | undefined;
  /** As a server: `required` turns away who has no good certificate, `wanted` only does not call it verified. */
  readonly clientCertificate?: 'ignored' | 'wanted' | 'required' | undefined;
}

/**
 * Decides whether the other end of a handshake is who it should be: chain, dates, strength, purpose and, where we dialled,
 * name (RFC 5922 §7). Pure; the only place that ever says `peerVerified`. As a server `peerName` is the first identity of
 * the client's certificate.
 */
export function verifyPeer(evidence: TlsEvidence, expectation: PeerExpectation): Result<TlsSecurity, Diagnosis> {
  const [der] = evidence.peerChain;
  const leaf = der === undefined ? undefined : readCertificate(der);
  const certificate = leaf?.ok === true ? leaf.value : undefined;
  const mode = strictness(expectation);
  if (mode === 'off') return ok(security(evidence, certificate, undefined));
  const judged = judge(evidence, expectation, certificate);
  if (judged.ok) return ok(security(evidence, certificate, { name: judged.value }));
  return mode === 'strict' ? judged : ok(security(evidence, certificate, undefined));
}

function strictness({ role, verify, clientCertificate }: PeerExpectation): 'off' | 'lenient' | 'strict' {
  if (!verify) return 'off';
  if (role === 'client' || clientCertificate === 'required') return 'strict';
  return clientCertificate === 'wanted' ? 'lenient' : 'off';
}

/** The name that was proved, or what was wrong. */
function judge(
  evidence: TlsEvidence,
  expectation: PeerExpectation,
  certificate: CertificateView | undefined,
): Result<string | undefined, Diagnosis> {
  if (certificate === undefined) return err(noCertificate(evidence));
  const { chainError, now } = evidence;
  if (chainError !== undefined && !isPinned(certificate, evidence)) {
    const chain = readAll(evidence.peerChain);
    return err(diagnoseChain({ chainError, chain, trusted: readAll(evidence.trusted ?? []), now, side: 'here' }));
  }
  const outdated = dateProblem(certificate, now);
  if (outdated !== undefined) return err(describeCertificate(outdated, 'here', certificate));
  // Who allowed TLS 1.0 or 1.1 on purpose talks to devices whose certificates are of the same age.
  const legacy = evidence.protocol === 'TLSv1' || evidence.protocol === 'TLSv1.1';
  const weak = legacy ? undefined : weakness(certificate);
  if (weak !== undefined) {
    const { keyType, keyBits = 0, signature } = certificate;
    return err(describeCertificate(weak, 'here', certificate, { keyType, keyBits, signature }));
  }
  const purpose = expectation.role === 'client' ? 'serverAuth' : 'clientAuth';
  if (!allowsPurpose(certificate, purpose)) {
    return err(
      describeCertificate('cert.wrong-purpose', 'here', certificate, { wanted: purpose, eku: certificate.eku }),
    );
  }
  return expectation.role === 'client'
    ? judgeName(certificate, expectation.serverName ?? '')
    : ok(identitiesOf(certificate)[0]);
}

/**
 * Whether a self-signed certificate is itself among the trusted ones. OpenSSL then accepts its chain; BoringSSL does so only
 * for authorities, and the certificates that devices make for themselves are none.
 */
function isPinned({ selfSigned, sha256 }: CertificateView, { chainError = '', trusted = [] }: TlsEvidence): boolean {
  return selfSigned && ISSUER_CODES.has(chainError) && readAll(trusted).some((anchor) => anchor.sha256 === sha256);
}

const ISSUER_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function judgeName(certificate: CertificateView, serverName: string): Result<string, Diagnosis> {
  const match = matchIdentity(certificate, serverName);
  if (match.matched) return ok(match.name);
  return err(describeCertificate(match.code, 'here', certificate, { expected: serverName, compared: match.names }));
}

/** RFC 5280 §4.2.1.12: without the extension every purpose is allowed. */
function allowsPurpose({ eku }: CertificateView, purpose: string): boolean {
  return eku.length === 0 || eku.includes(purpose) || eku.includes('anyExtendedKeyUsage');
}

function noCertificate({ role, peerChain }: TlsEvidence): Diagnosis {
  if (peerChain.length > 0) {
    return {
      code: 'tls.decode-error',
      side: 'here',
      summary: 'The certificate of the other end cannot be read.',
      cure: 'Issue the certificate of the other end again.',
      evidence: { octets: peerChain[0]?.length ?? 0 },
    };
  }
  return role === 'client'
    ? {
        code: 'tls.server-without-certificate',
        side: 'here',
        summary: 'The server showed no certificate.',
        cure: 'Give the server a certificate and its key.',
        evidence: {},
      }
    : {
        code: 'tls.client-certificate-required',
        side: 'here',
        summary: 'The client showed no certificate, and this listener demands one.',
        cure: 'Install a client certificate on the device, or do not demand one.',
        evidence: {},
      };
}

/** `proved` is missing where nothing was verified. */
function security(
  evidence: TlsEvidence,
  certificate: CertificateView | undefined,
  proved: { readonly name: string | undefined } | undefined,
): TlsSecurity {
  return {
    protocol: evidence.protocol,
    cipher: evidence.cipher,
    group: evidence.group,
    peerVerified: proved !== undefined,
    peerName: proved?.name,
    clientCertificate: evidence.role === 'client' ? evidence.ownCertificate === true : evidence.peerChain.length > 0,
    peerFingerprint: certificate?.sha256,
    peerNotAfter: certificate?.notAfter,
  };
}

function readAll(chain: readonly Uint8Array[]): CertificateView[] {
  return chain.map(readCertificate).flatMap((view) => (view.ok ? [view.value] : []));
}
