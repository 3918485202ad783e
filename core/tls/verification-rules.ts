import type { DiagnosisCode, Evidence } from '../base/diagnosis.ts';
import { readCertificate, type CertificateView } from './certificate-reader.ts';
import { weakness } from './certificate-strength.ts';
import { dateProblem, diagnoseChainCode, isIssuerCode, type RefusedChain } from './chain-diagnosis.ts';
import { identitiesOf, matchIdentity, matchSubject } from './peer-identity.ts';
import type { PeerExpectation, TlsEvidence } from './peer-verification.ts';
import { revocationProblem } from './revocation-check.ts';
import type { VerifyRule } from './tls-security.ts';

/** All that is known where a peer is judged. */
export interface Case {
  readonly evidence: TlsEvidence;
  readonly expectation: PeerExpectation;
  readonly leaf: CertificateView;
  /** Leaf first, as far as it could be followed; at least the leaf. */
  readonly path: readonly CertificateView[];
  /** Whether the leaf is one of the certificates that are good by themselves. */
  readonly pinned: boolean;
}

/** What one rule found. */
export type RuleFinding =
  | { readonly kind: 'not-asked' }
  /** `name`: the one that was looked for and found. */
  | { readonly kind: 'held'; readonly name?: string | undefined }
  | {
      readonly kind: 'broken';
      readonly code: DiagnosisCode;
      /** The one that breaks it; the leaf where not given. */
      readonly certificate?: CertificateView | undefined;
      readonly evidence: Evidence;
    };

const NOT_ASKED: RuleFinding = Object.freeze({ kind: 'not-asked' });
const HELD: RuleFinding = Object.freeze({ kind: 'held' });

/** Every rule with its check. They are made in the order of `VERIFY_RULES`, and the first that is broken decides. */
export const CHECKS: Readonly<Record<VerifyRule, (examined: Case) => RuleFinding>> = {
  pin: ({ pinned, expectation }) =>
    // Whoever pins a certificate says whose it is.
    pinned ? { kind: 'held', name: expectation.role === 'client' ? expectation.serverName : undefined } : NOT_ASKED,
  chain: checkChain,
  depth: checkDepth,
  dates: checkDates,
  strength: checkStrength,
  revocation: checkRevocation,
  purpose: checkPurpose,
  name: checkName,
  subjects: checkSubjects,
};

function broken(code: DiagnosisCode, certificate: CertificateView | undefined, evidence: Evidence = {}): RuleFinding {
  return { kind: 'broken', code, certificate, evidence };
}

/** RFC 5280 §6.1.3 (a) (1), §6.1.4 (k), (n): each certificate is signed by the next, which may do that, up to a trusted one. */
function checkChain(examined: Case): RuleFinding {
  const { evidence, path, pinned } = examined;
  if (pinned) return NOT_ASKED;
  const { chainError } = evidence;
  if (evidence.path === undefined) {
    if (chainError === undefined || isTrustedItself(examined)) return HELD;
    return refuseChain(chainError, examined);
  }
  if (!evidence.path.anchored) {
    const reason =
      chainError === undefined || isDateCode(chainError) ? 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' : chainError;
    return refuseChain(reason, examined);
  }
  if (path.slice(1).some((issuer) => !maySign(issuer))) return refuseChain('INVALID_CA', examined);
  return chainError === undefined || isOverruled(chainError, examined) ? HELD : refuseChain(chainError, examined);
}

function refuseChain(chainError: string, { evidence, path, leaf }: Case): RuleFinding {
  // What the library linked reaches further only where we did not look ourselves.
  const chain = evidence.path === undefined ? readAll(evidence.peerChain) : path;
  const refused: RefusedChain = { chainError, chain, trusted: readAll(evidence.trusted ?? []), now: evidence.now };
  const { code, certificate } = diagnoseChainCode(refused);
  const details = { error: chainError, chainLength: chain.length };
  const { known } = evidence;
  if (known !== undefined && known.issuer !== leaf.issuer && code !== 'cert.incomplete-chain') {
    return broken('cert.intercepted', leaf, { ...details, knownIssuer: known.issuer, knownSha256: known.fingerprint });
  }
  return broken(code, certificate, details);
}

/**
 * Whether the library's objection is one that we answered ourselves. Dates are a rule of their own. About issuers the
 * libraries differ: BoringSSL takes no certificate for trusted that is no authority, OpenSSL none that is only an
 * intermediate one. Since the library tells only the last of its objections, none is overruled where the path holds
 * something that is left to it.
 */
function isOverruled(chainError: string, { path, leaf }: Case): boolean {
  if (path.some(({ unreadCritical }) => unreadCritical.length > 0)) return false;
  if (chainError === 'INVALID_PURPOSE') return leaf.eku.includes('sipDomain');
  return isDateCode(chainError) || isIssuerCode(chainError);
}

function isDateCode(chainError: string): boolean {
  return chainError === 'CERT_HAS_EXPIRED' || chainError === 'CERT_NOT_YET_VALID';
}

/** RFC 5280 §4.2.1.9, §4.2.1.3. Version 1, which has no extensions, is good enough for a root that somebody chose to trust. */
function maySign({ isCa, keyUsage, version, selfSigned }: CertificateView): boolean {
  if (version < 3) return selfSigned;
  return isCa && keyUsage?.includes('keyCertSign') !== false;
}

/** Whether a self-signed certificate is itself among the trusted ones, whatever the library thinks of that. */
function isTrustedItself({ leaf, evidence: { chainError = '', trusted = [] } }: Case): boolean {
  return leaf.selfSigned && isIssuerCode(chainError) && readAll(trusted).some(({ sha256 }) => sha256 === leaf.sha256);
}

/** Our own limit, and those of the authorities (RFC 5280 §4.2.1.9). Neither the leaf nor the trusted one counts. */
function checkDepth({ path, pinned, expectation }: Case): RuleFinding {
  if (pinned || path.length < 2) return NOT_ASKED;
  const { verifyDepth: most } = expectation;
  const intermediates = path.length - 2;
  if (most !== undefined && intermediates > most) {
    return broken('cert.chain-too-long', undefined, { intermediates, most });
  }
  const strict = path.find(({ pathLength }, index) => {
    const below = path.slice(1, index).filter(({ subject, issuer }) => subject !== issuer).length;
    return pathLength !== undefined && index > 0 && below > pathLength;
  });
  return strict === undefined
    ? HELD
    : broken('cert.chain-too-long', strict, { intermediates, most: strict.pathLength ?? 0 });
}

function checkDates({ evidence, path, expectation }: Case): RuleFinding {
  if (expectation.verifyDates === false) return NOT_ASKED;
  const { now, otherClock } = evidence;
  const outdated = path.find((certificate) => dateProblem(certificate, now) !== undefined);
  const problem = outdated === undefined ? undefined : dateProblem(outdated, now);
  if (outdated === undefined || problem === undefined) return HELD;
  const clock = new Date(now).toISOString();
  if (otherClock !== undefined && dateProblem(outdated, otherClock) === undefined) {
    return broken('cert.clock-wrong', outdated, { clock, otherClock: new Date(otherClock).toISOString() });
  }
  // Whoever was trusted already cannot come from the future.
  const trusted = path.length > 1 ? path.at(-1) : undefined;
  if (problem === 'cert.not-yet-valid' && trusted !== undefined && now < Date.parse(trusted.notBefore)) {
    return broken('cert.clock-wrong', outdated, { clock, trustedSince: trusted.notBefore });
  }
  return broken(problem, outdated, { clock });
}

function checkStrength({ evidence, path }: Case): RuleFinding {
  // Who allowed TLS 1.0 or 1.1 on purpose talks to devices whose certificates are of the same age.
  if (evidence.protocol === 'TLSv1' || evidence.protocol === 'TLSv1.1') return NOT_ASKED;
  const weak = path.find((certificate) => weakness(certificate) !== undefined);
  const code = weak === undefined ? undefined : weakness(weak);
  if (weak === undefined || code === undefined) return HELD;
  const { keyType, keyBits = 0, signature } = weak;
  return broken(code, weak, { keyType, keyBits, signature });
}

/** RFC 5280 §6.3.3. A revoked certificate stays so after its list has ended. */
function checkRevocation({ evidence, expectation }: Case): RuleFinding {
  const { lists = [], now } = evidence;
  if (lists.length === 0) return NOT_ASKED;
  const datesCount = expectation.verifyDates !== false && expectation.allowExpiredLists !== true;
  const found = lists
    .map((over) => ({ over, code: revocationProblem(over, datesCount ? now : undefined) }))
    .sort((a, b) => Number(b.code === 'cert.revoked') - Number(a.code === 'cert.revoked'))
    .find(({ code }) => code !== undefined);
  if (found?.code === undefined) return HELD;
  const { certificate, list, genuine } = found.over;
  const revokedAt = list.revoked.get(certificate.serial);
  return broken(found.code, certificate, {
    list: list.issuer,
    genuine,
    thisUpdate: new Date(list.thisUpdate).toISOString(),
    ...(list.nextUpdate === undefined ? {} : { nextUpdate: new Date(list.nextUpdate).toISOString() }),
    ...(revokedAt === undefined ? {} : { revokedAt: new Date(revokedAt).toISOString() }),
  });
}

/**
 * RFC 5280 §4.2.1.12, §4.2.1.3: without the extensions everything is allowed; those of an authority bind what is below it.
 * A certificate for SIP domains (RFC 5924) is good for both ends. Where the key signs the handshake it must be allowed to
 * sign, which OpenSSL leaves out and BoringSSL insists on.
 */
function checkPurpose({ expectation, evidence, path, leaf }: Case): RuleFinding {
  const wanted = expectation.role === 'client' ? 'serverAuth' : 'clientAuth';
  const fitting = [wanted, 'anyExtendedKeyUsage', 'sipDomain'];
  const other = path
    .filter(({ selfSigned }, index) => index === 0 || !selfSigned)
    .find(({ eku }) => eku.length > 0 && !eku.some((purpose) => fitting.includes(purpose)));
  if (other !== undefined) return broken('cert.wrong-purpose', other, { wanted, eku: other.eku });
  // Without a signature only RSA key exchange, as old as TLS 1.0, comes to a key; clients always sign.
  const uses =
    expectation.role === 'client' && evidence.cipher.startsWith('TLS_RSA_WITH_')
      ? ['digitalSignature', 'keyEncipherment']
      : ['digitalSignature'];
  const { keyUsage } = leaf;
  if (keyUsage === undefined || uses.some((use) => keyUsage.includes(use))) return HELD;
  return broken('cert.wrong-purpose', leaf, { wanted: 'digitalSignature', keyUsage });
}

/** RFC 5922 §7. Only who dials knows a name to look for. */
function checkName({ expectation, leaf, pinned }: Case): RuleFinding {
  const { role, serverName = '', allowWildcard, verifyName, expectedSubjects = [] } = expectation;
  if (role === 'server' || pinned || verifyName === false || expectedSubjects.length > 0) return NOT_ASKED;
  const match = matchIdentity(leaf, serverName, { allowWildcard });
  if (match.matched) return { kind: 'held', name: match.name };
  return broken(match.code, leaf, { expected: serverName, compared: match.names });
}

function checkSubjects({ expectation, leaf, pinned }: Case): RuleFinding {
  const { expectedSubjects = [] } = expectation;
  if (expectedSubjects.length === 0 || pinned) return NOT_ASKED;
  for (const subject of expectedSubjects) {
    const name = matchSubject(leaf, subject);
    if (name !== undefined) return { kind: 'held', name };
  }
  const compared = [...identitiesOf(leaf), ...leaf.names.uri];
  return broken('cert.subject-not-allowed', leaf, { expected: expectedSubjects, compared });
}

function readAll(chain: readonly Uint8Array[]): CertificateView[] {
  return chain.map(readCertificate).flatMap((view) => (view.ok ? [view.value] : []));
}
