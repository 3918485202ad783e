import type { Diagnosis, DiagnosisCode, DiagnosisSide, Evidence } from '../base/diagnosis.ts';
import type { CertificateView } from './certificate-reader.ts';
import { weakness } from './certificate-strength.ts';

/** What is known where a chain was refused. */
export interface RefusedChain {
  /** X509_verify_cert's code as node:tls names it, such as `CERT_HAS_EXPIRED`. */
  readonly chainError: string;
  /** Leaf first; what the other end sent, as far as it could be linked. */
  readonly chain: readonly CertificateView[];
  readonly trusted: readonly CertificateView[];
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** Codes that have one meaning whatever the chain looks like. */
const CODES: Readonly<Record<string, DiagnosisCode>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'cert.self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'cert.self-signed-in-chain',
  CERT_CHAIN_TOO_LONG: 'cert.chain-too-long',
  PATH_LENGTH_EXCEEDED: 'cert.chain-too-long',
  INVALID_CA: 'cert.invalid-ca',
  INVALID_PURPOSE: 'cert.wrong-purpose',
  CERT_REVOKED: 'cert.revoked',
  CRL_HAS_EXPIRED: 'cert.crl-expired',
  CRL_NOT_YET_VALID: 'cert.crl-expired',
  UNABLE_TO_GET_CRL: 'cert.crl-expired',
  HOSTNAME_MISMATCH: 'cert.name-mismatch',
};

/** No clock that runs right shows an earlier time: this program is younger. */
const EARLIEST_PLAUSIBLE_TIME = Date.UTC(2025, 0, 1);

/** Explains why the TLS library refused a chain. */
export function diagnoseChain(refused: RefusedChain & { readonly side: DiagnosisSide }): Diagnosis {
  const { code, certificate } = diagnoseChainCode(refused);
  const evidence = { error: refused.chainError, chainLength: refused.chain.length };
  return describeCertificate(code, refused.side, certificate, evidence);
}

/** The code for a chain that was refused, and the certificate that it is about. */
export function diagnoseChainCode(refused: RefusedChain): {
  readonly code: DiagnosisCode;
  readonly certificate: CertificateView | undefined;
} {
  const code = CODES[refused.chainError] ?? interpret(refused);
  return { code, certificate: culprit(code, refused) ?? refused.chain[0] };
}

/** Whether a code of X509_verify_cert says that no trusted issuer was found. */
export function isIssuerCode(chainError: string): boolean {
  return ISSUER_UNKNOWN.has(chainError) || chainError.includes('SELF_SIGNED_CERT');
}

/** A diagnosis about one certificate, with what it says as evidence. */
export function describeCertificate(
  code: DiagnosisCode,
  side: DiagnosisSide,
  certificate: CertificateView | undefined,
  evidence: Evidence = {},
): Diagnosis {
  const { summary, cure } = TEXTS[code] ?? {
    summary: 'The certificate of the other end could not be verified',
    cure: 'Show the certificate and compare it with what its owner says.',
  };
  return {
    code,
    side,
    summary: certificate === undefined ? `${summary}.` : `${summary}: ${certificate.subject || 'it has no subject'}.`,
    cure,
    evidence: {
      ...(certificate === undefined
        ? {}
        : {
            subject: certificate.subject,
            issuer: certificate.issuer,
            notBefore: certificate.notBefore,
            notAfter: certificate.notAfter,
            names: certificate.san,
            sha256: certificate.sha256,
          }),
      ...evidence,
    },
  };
}

/** Which date rule `now` breaks; `undefined` where the certificate is valid now. */
export function dateProblem(
  { notBefore, notAfter }: CertificateView,
  now: number,
): 'cert.expired' | 'cert.not-yet-valid' | 'cert.clock-wrong' | undefined {
  if (now > Date.parse(notAfter)) return 'cert.expired';
  if (now >= Date.parse(notBefore)) return undefined;
  return now < EARLIEST_PLAUSIBLE_TIME ? 'cert.clock-wrong' : 'cert.not-yet-valid';
}

function interpret(refused: RefusedChain): DiagnosisCode {
  const { chainError, chain, now } = refused;
  if (chainError === 'CERT_HAS_EXPIRED') return 'cert.expired';
  if (chainError === 'CERT_NOT_YET_VALID') {
    return now < EARLIEST_PLAUSIBLE_TIME ? 'cert.clock-wrong' : 'cert.not-yet-valid';
  }
  if (ISSUER_UNKNOWN.has(chainError)) {
    // BoringSSL does not take a certificate that is no authority for the issuer of itself.
    if (chain.at(-1)?.selfSigned === true) return chain.length === 1 ? 'cert.self-signed' : 'cert.self-signed-in-chain';
    return issuerIsMissing(refused) ? 'cert.incomplete-chain' : 'cert.unknown-ca';
  }
  // What the library does not name more closely, such as a key too small for its security level.
  return chain.map(weakness).find((found) => found !== undefined) ?? 'cert.unknown-ca';
}

const ISSUER_UNKNOWN = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);

/**
 * Whether the chain more probably lacks an intermediate certificate than comes from a foreign authority. The library gives
 * the same code for both, so the last certificate of the chain must tell: who issued its issuer, where the certificate of
 * its issuer is published, as public authorities say, or that its issuer calls itself an intermediate.
 */
function issuerIsMissing({ chain, trusted }: RefusedChain): boolean {
  const last = chain.at(-1);
  if (last === undefined || trusted.some(({ subject }) => subject === last.issuer)) return false;
  if (last.authorityIssuer !== undefined) return last.authorityIssuer !== last.issuer;
  return last.issuerUrls.length > 0 || /\b(intermediate|issuing|sub(ordinate)?)\b/i.test(last.issuer);
}

function culprit(code: DiagnosisCode, { chain, now }: RefusedChain): CertificateView | undefined {
  if (code === 'cert.expired' || code === 'cert.not-yet-valid' || code === 'cert.clock-wrong') {
    return chain.find((certificate) => dateProblem(certificate, now) !== undefined);
  }
  if (code === 'cert.weak-key' || code === 'cert.weak-signature') return chain.find((one) => weakness(one) === code);
  if (code === 'cert.invalid-ca') return chain.slice(1).find(({ isCa }) => !isCa);
  if (code === 'cert.self-signed-in-chain' || code === 'cert.incomplete-chain') return chain.at(-1);
  return chain[0];
}

const TEXTS: Partial<Record<DiagnosisCode, { readonly summary: string; readonly cure: string }>> = {
  'cert.unknown-ca': {
    summary: 'The certificate comes from an authority that is not trusted',
    cure: 'Add the certificate of its authority (cafile.pem) to the trusted ones, or use a certificate of a public authority.',
  },
  'cert.self-signed': {
    summary: 'The certificate is signed by itself, so nobody vouches for it',
    cure: 'Issue the certificate from an authority of your own, or trust this very certificate after comparing its fingerprint.',
  },
  'cert.self-signed-in-chain': {
    summary: 'The chain ends in an authority of its own that is not trusted',
    cure: 'Trust that authority if it is yours; if it belongs to a firewall, exempt the SIP port from its TLS inspection.',
  },
  'cert.incomplete-chain': {
    summary: 'The other end did not send the intermediate certificate that links its own to a trusted authority',
    cure: 'Put the intermediate certificates behind the own certificate in the file that the other end loads.',
  },
  'cert.expired': {
    summary: 'The certificate has expired',
    cure: 'Renew the certificate, and check that the clock of this machine is right.',
  },
  'cert.not-yet-valid': {
    summary: 'The certificate is not valid yet',
    cure: 'Check the clocks of both ends; new certificates should start a day in the past.',
  },
  'cert.clock-wrong': {
    summary: 'The clock of this machine is wrong, so dates of certificates cannot be judged',
    cure: 'Set the clock of this machine, best by NTP.',
  },
  'cert.name-mismatch': {
    summary: 'The certificate does not have the name that was dialled',
    cure: 'Dial one of the names of the certificate, or issue a certificate that has this name among its alternative names.',
  },
  'cert.ip-mismatch': {
    summary: 'An IP address was dialled that the certificate does not have',
    cure: 'Dial by name, or issue a certificate that has the address as an IP alternative name.',
  },
  'cert.wildcard': {
    summary: 'Only a wildcard of the certificate fits the name, and SIP does not allow wildcards (RFC 5922 §7.2)',
    cure: 'Issue a certificate that has the exact name.',
  },
  'cert.wrong-purpose': {
    summary: 'The certificate is not meant for this end of a connection',
    cure: 'Issue it with serverAuth for a server and clientAuth for a client; a node that does both needs both.',
  },
  'cert.chain-too-long': {
    summary: 'The chain has more intermediate certificates than are allowed',
    cure: 'Raise the depth (tls-verify-depth) by one for each, or have the certificate issued by an authority nearer to the root.',
  },
  'cert.invalid-ca': {
    summary: 'A certificate in the chain signed another without being an authority',
    cure: 'Issue the authority again, with critical basicConstraints CA:TRUE and keyUsage keyCertSign.',
  },
  'cert.revoked': {
    summary: 'The certificate has been revoked by its authority',
    cure: 'Renew the certificate, and find out why it was revoked before trusting the other end.',
  },
  'cert.crl-expired': {
    summary: 'There is no current revocation list of the authority',
    cure: 'Fetch or write a new revocation list.',
  },
  'cert.subject-not-allowed': {
    summary: 'The certificate is good, but its owner is not among those who are expected here',
    cure: 'Add a name of the certificate to the expected subjects, or use a certificate of an expected owner.',
  },
  'cert.intercepted': {
    summary: 'The certificate now comes from another authority than before, and that one is not trusted',
    cure: 'Ask whether a firewall inspects TLS on the way, and exempt the SIP port; else ask the owner of the server.',
  },
  'cert.weak-key': {
    summary: 'The key of the certificate is too short',
    cure: 'Issue it with a key of at least 2048 bits RSA, or EC P-256.',
  },
  'cert.weak-signature': {
    summary: 'The certificate is signed with a digest that can be forged',
    cure: 'Issue it again with SHA-256.',
  },
};
