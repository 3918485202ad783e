import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { CertificatePath } from './certificate-path.ts';
import { readCertificate, type CertificateView } from './certificate-reader.ts';
import { describeCertificate } from './chain-diagnosis.ts';
import { identitiesOf, usersOf } from './peer-identity.ts';
import type { ListOver } from './revocation-check.ts';
import { VERIFY_RULES, type TlsSecurity, type TlsVersion, type VerifyRule } from './tls-security.ts';
import type { TlsClientSettings, TlsServerSettings } from './tls-settings.ts';
import { CHECKS, type Case } from './verification-rules.ts';

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
  /** The way from the peer's certificate to a trusted one; without it the library's word about the chain is the last. */
  readonly path?: CertificatePath | undefined;
  /** The revocation lists over that path. */
  readonly lists?: readonly ListOver[] | undefined;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** What another clock shows, such as that of a SIP server (RFC 3261 §20.17), in wall-clock milliseconds. */
  readonly otherClock?: number | undefined;
  /** The verified certificate that this peer showed before. */
  readonly known?: { readonly fingerprint: string; readonly issuer: string } | undefined;
  /** As a client: whether we showed a certificate of our own. */
  readonly ownCertificate?: boolean | undefined;
  /** Trusted authorities as DER, to tell a missing intermediate from a foreign authority. */
  readonly trusted?: readonly Uint8Array[] | undefined;
}

/** What was wanted of the other end. What is missing is not asked for, but dates, which always count unless refused. */
export interface PeerExpectation extends Partial<Expected> {
  /** Our role. */
  readonly role: 'client' | 'server';
  /** `false` takes any certificate or none, and never calls the connection verified. */
  readonly verify: boolean;
  /** As a client: the domain or address that was dialled. Verification without it fails. */
  readonly serverName?: string | undefined;
  /** As a server: `required` turns away who has no good certificate, `wanted` only does not call it verified. */
  readonly clientCertificate?: 'ignored' | 'wanted' | 'required' | undefined;
}

/** The settings that say what a peer's certificate must be. */
type Expected = Pick<
  TlsClientSettings,
  'verifyName' | 'verifyDates' | 'verifyDepth' | 'allowWildcard' | 'allowExpiredLists' | 'expectedSubjects' | 'pins'
>;

/** What settings want of the server that is dialled as `serverName`. */
export function expectationOfServer(settings: TlsClientSettings, serverName: string): PeerExpectation {
  return { ...settings, role: 'client', serverName };
}

/** What settings want of a client. */
export function expectationOfClient(settings: TlsServerSettings): PeerExpectation {
  return { ...settings, role: 'server', verify: settings.clientCertificate !== 'ignored' };
}

/**
 * Decides whether the other end of a handshake is who it should be, rule by rule (RFC 5280 §6, RFC 5922 §7). Pure; the only
 * place that ever says `peerVerified`. A refusal names its rule in `evidence.rule`, an acceptance all that held in `rules`.
 * As a server `peerName` is the first identity of the client's certificate.
 */
export function verifyPeer(evidence: TlsEvidence, expectation: PeerExpectation): Result<TlsSecurity, Diagnosis> {
  const certificate = leafOf(evidence);
  const mode = strictness(expectation);
  if (mode === 'off') return ok(security(evidence, certificate, undefined));
  const judged = judge(evidence, expectation, certificate);
  if (judged.ok) return ok(security(evidence, certificate, judged.value));
  return mode === 'strict' ? judged : ok(security(evidence, certificate, undefined));
}

function leafOf({ path, peerChain: [der] }: TlsEvidence): CertificateView | undefined {
  if (path !== undefined) return path.certificates[0]?.view;
  const leaf = der === undefined ? undefined : readCertificate(der);
  return leaf?.ok === true ? leaf.value : undefined;
}

function strictness({ role, verify, clientCertificate }: PeerExpectation): 'off' | 'lenient' | 'strict' {
  if (!verify) return 'off';
  if (role === 'client' || clientCertificate === 'required') return 'strict';
  return clientCertificate === 'wanted' ? 'lenient' : 'off';
}

/** What was proved. */
interface Proof {
  readonly rules: readonly VerifyRule[];
  /** The name, by the rules that look at names. */
  readonly name: string | undefined;
}

function judge(
  evidence: TlsEvidence,
  expectation: PeerExpectation,
  leaf: CertificateView | undefined,
): Result<Proof, Diagnosis> {
  if (leaf === undefined) return err(noCertificate(evidence));
  const examined: Case = {
    evidence,
    expectation,
    leaf,
    path: evidence.path?.certificates.map(({ view }) => view) ?? [leaf],
    pinned: expectation.pins?.includes(leaf.sha256) === true,
  };
  const rules: VerifyRule[] = [];
  let name: string | undefined;
  for (const rule of VERIFY_RULES) {
    const finding = CHECKS[rule](examined);
    if (finding.kind === 'broken') {
      const { code, certificate, evidence: details } = finding;
      return err(describeCertificate(code, 'here', certificate ?? leaf, { ...details, rule }));
    }
    if (finding.kind === 'held') {
      rules.push(rule);
      name ??= finding.name;
    }
  }
  return ok({ rules, name: name ?? (expectation.role === 'server' ? identitiesOf(leaf)[0] : undefined) });
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

/** A server is not verified by a good chain alone: anybody's certificate has one. */
function isVerified(role: 'client' | 'server', { rules }: Proof): boolean {
  const proves: readonly VerifyRule[] = role === 'client' ? ['pin', 'name', 'subjects'] : ['pin', 'chain'];
  return rules.some((rule) => proves.includes(rule));
}

/** `proof` is missing where nothing was verified. */
function security(
  evidence: TlsEvidence,
  certificate: CertificateView | undefined,
  proof: Proof | undefined,
): TlsSecurity {
  const verified = proof !== undefined && isVerified(evidence.role, proof) ? proof : undefined;
  return {
    protocol: evidence.protocol,
    cipher: evidence.cipher,
    group: evidence.group,
    peerVerified: verified !== undefined,
    peerName: verified?.name,
    peerIdentities: verified === undefined || certificate === undefined ? [] : identitiesOf(certificate),
    peerUsers: verified === undefined || certificate === undefined ? [] : usersOf(certificate),
    rules: proof?.rules ?? [],
    clientCertificate: evidence.role === 'client' ? evidence.ownCertificate === true : evidence.peerChain.length > 0,
    peerFingerprint: certificate?.sha256,
    peerNotAfter: certificate?.notAfter,
  };
}
