import type { Diagnosis, DiagnosisCode, Evidence } from '../base/diagnosis.ts';
import type { CertificateRole } from './certificate-options.ts';
import { LONGEST_DAYS } from './certificate-options.ts';
import type { CertificateView } from './certificate-reader.ts';
import { weakness } from './certificate-strength.ts';
import { dateProblem, describeCertificate, diagnoseChain } from './chain-diagnosis.ts';
import { matchIdentity } from './peer-identity.ts';

/** Something that was found, and how bad it is: an error keeps others from connecting, a warning may. */
export interface Finding extends Diagnosis {
  readonly severity: 'error' | 'warning' | 'info';
}

/** An own certificate chain, and what it is to be used for. */
export interface ExaminedChain {
  /** Leaf first, as it will be sent. */
  readonly chain: readonly CertificateView[];
  readonly role: CertificateRole;
  /** A name that others dial. */
  readonly name: string | undefined;
  /** Certificates of authorities that are at hand. */
  readonly trusted: readonly CertificateView[];
  /** Whether the last certificate of the chain was issued by one of these, or by one that systems trust. */
  readonly anchored: boolean;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

const DAY_MS = 86_400_000;
/** From here on the end is near. */
const SOON_DAYS = 30;

/** Whole days until a certificate ends; negative once it has ended. */
export function daysLeft({ notAfter }: CertificateView, now: number): number {
  return Math.floor((Date.parse(notAfter) - now) / DAY_MS);
}

/** Looks at an own chain the way those look at it who are shown it. */
export function examineChain(examined: ExaminedChain): readonly Finding[] {
  const { chain, now } = examined;
  const [leaf] = chain;
  if (leaf === undefined) return [];
  return [
    ...chain.flatMap((certificate) => examineDates(certificate, now)),
    ...chain.flatMap(examineStrength),
    ...examinePurpose(leaf, examined.role),
    ...examineNames(leaf, examined),
    ...examineAnchor(examined),
  ];
}

/** The findings, worst first. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const rank = { error: 0, warning: 1, info: 2 };
  return [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]);
}

function examineDates(certificate: CertificateView, now: number): readonly Finding[] {
  const problem = dateProblem(certificate, now);
  if (problem !== undefined) return [{ severity: 'error', ...describeCertificate(problem, 'here', certificate) }];
  const left = daysLeft(certificate, now);
  return left > SOON_DAYS ? [] : [{ severity: 'warning', ...expiresSoon(certificate, left) }];
}

/** That a certificate ends soon; `left` in days. */
export function expiresSoon(certificate: CertificateView, left: number): Diagnosis {
  return own('cert.expired', certificate, `expires in ${left} days`, {
    cure: 'Renew it: sotto cert renew FILE.',
    evidence: { daysLeft: left },
  });
}

function examineStrength(certificate: CertificateView): readonly Finding[] {
  const weak = weakness(certificate);
  if (weak === undefined) return [];
  const { keyType, keyBits = 0, signature } = certificate;
  return [{ severity: 'error', ...describeCertificate(weak, 'here', certificate, { keyType, keyBits, signature }) }];
}

function examinePurpose(leaf: CertificateView, role: CertificateRole): readonly Finding[] {
  const { eku, keyUsage, isCa } = leaf;
  const findings: Finding[] = [];
  const wanted = { serverAuth: role !== 'client', clientAuth: role !== 'server' };
  for (const purpose of ['serverAuth', 'clientAuth'] as const) {
    if (eku.length === 0 || eku.includes(purpose) || eku.includes('anyExtendedKeyUsage')) continue;
    const needed = wanted[purpose];
    findings.push({
      severity: needed ? 'error' : 'info',
      ...own('cert.wrong-purpose', leaf, PURPOSE_TEXTS[purpose], {
        cure: needed
          ? `Issue it again with the purpose ${purpose} (--role), or with both for a node that dials and is dialled.`
          : 'Nothing needs to be done where it is not used that way; else issue it again with --role server,client.',
        evidence: { wanted: purpose, eku },
      }),
    });
  }
  if (keyUsage !== undefined && !keyUsage.includes('digitalSignature')) {
    findings.push({
      severity: 'error',
      ...own('cert.wrong-purpose', leaf, 'may not sign handshakes, which TLS 1.3 and all elliptic curve ciphers need', {
        cure: 'Issue it again with the keyUsage digitalSignature.',
        evidence: { keyUsage },
      }),
    });
  }
  if (isCa && !leaf.selfSigned) {
    findings.push({
      severity: 'warning',
      ...own('cert.invalid-ca', leaf, 'is the certificate of an authority, and not meant for a connection', {
        cure: 'Issue a certificate for this listener, and keep the key of the authority elsewhere.',
      }),
    });
  }
  return findings;
}

const PURPOSE_TEXTS = Object.freeze({
  serverAuth: 'is not meant for a server: clients refuse it where this end is dialled',
  clientAuth: 'is not meant for a client: servers that demand a certificate refuse it where this end dials',
});

function examineNames(leaf: CertificateView, { role, name }: ExaminedChain): readonly Finding[] {
  const findings: Finding[] = [];
  const match = name === undefined ? undefined : matchIdentity(leaf, name);
  if (match?.matched === false) {
    findings.push({
      severity: 'error',
      ...describeCertificate(match.code, 'here', leaf, { expected: name ?? '', compared: match.names }),
    });
  }
  if (role === 'client') return findings;
  if (!leaf.names.present) {
    findings.push({
      severity: 'warning',
      ...own('cert.name-mismatch', leaf, 'has no alternative names, only a commonName, which newer clients ignore', {
        cure: 'Issue it again with its names: -alt DNS:NAME, --ip ADDRESS.',
      }),
    });
  }
  const wildcards = leaf.names.dns.filter((one) => one.includes('*'));
  if (wildcards.length > 0) {
    findings.push({
      severity: 'warning',
      ...own('cert.wildcard', leaf, 'has a wildcard, which SIP does not allow (RFC 5922 §7.2)', {
        cure: 'Issue it with the exact names.',
        evidence: { wildcards },
      }),
    });
  }
  const days = Math.round((Date.parse(leaf.notAfter) - Date.parse(leaf.notBefore)) / DAY_MS);
  if (days > LONGEST_DAYS) {
    findings.push({
      severity: 'warning',
      ...own(
        'config.conflict',
        leaf,
        `is valid for ${days} days, and Apple's devices refuse more than ${LONGEST_DAYS}`,
        {
          cure: `Issue it for at most ${LONGEST_DAYS} days where iPhones, iPads or Macs connect.`,
          evidence: { days },
        },
      ),
    });
  }
  return findings;
}

function examineAnchor({ chain, trusted, anchored, now }: ExaminedChain): readonly Finding[] {
  const last = chain.at(-1);
  if (last === undefined || anchored) return [];
  if (last.selfSigned) {
    if (chain.length > 1) return [];
    return [{ severity: 'warning', ...describeCertificate('cert.self-signed', 'here', last) }];
  }
  const { code } = diagnoseChain({
    chainError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    chain,
    trusted,
    now,
    side: 'here',
  });
  const missing = last.issuer;
  return code === 'cert.incomplete-chain'
    ? [
        {
          severity: 'error',
          ...own(
            code,
            last,
            `was issued by "${missing}", an intermediate authority whose certificate is missing here`,
            {
              cure: `Get the certificate of "${missing}" from who sold yours, and add it behind your own certificate.`,
              evidence: { missing, urls: last.issuerUrls },
            },
          ),
        },
      ]
    : [
        {
          severity: 'warning',
          ...own(
            'cert.unknown-ca',
            last,
            `was issued by "${missing}", which is neither in cafile.pem nor a public authority`,
            {
              cure: `Add the certificate of "${missing}": to cafile.pem if it is the root, else behind your own.`,
              evidence: { missing },
            },
          ),
        },
      ];
}

/** A diagnosis about a certificate of this end. */
function own(
  code: DiagnosisCode,
  { subject, sha256, notAfter }: CertificateView,
  predicate: string,
  { cure, evidence = {} }: { readonly cure: string; readonly evidence?: Evidence },
): Diagnosis {
  return {
    code,
    side: 'here',
    summary: `The certificate ${subject || 'without a subject'} ${predicate}.`,
    cure,
    evidence: { subject, notAfter, sha256, ...evidence },
  };
}
