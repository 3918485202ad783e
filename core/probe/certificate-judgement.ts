import { isNumericHost } from '../base/address.ts';
import type { Diagnosis, DiagnosisCode, Evidence } from '../base/diagnosis.ts';
import { daysLeft, type Finding } from '../tls/certificate-findings.ts';
import { readCertificate, type CertificateView } from '../tls/certificate-reader.ts';
import { weakness } from '../tls/certificate-strength.ts';
import { dateProblem, describeCertificate } from '../tls/chain-diagnosis.ts';
import { matchIdentity } from '../tls/peer-identity.ts';
import { verifyPeer, type TlsEvidence } from '../tls/peer-verification.ts';

/** What a server's chain is worth. */
export interface CertificateJudgement {
  readonly findings: readonly Finding[];
  /** Whether the chain leads to a trusted authority; `null` where the handshake did not get so far. */
  readonly trusted: boolean | null;
  readonly nameMatches: boolean;
}

/** What is looked at. */
export interface ShownChain {
  /** Leaf first, at least one. */
  readonly chain: readonly CertificateView[];
  /** What a finished handshake showed; without it only the certificates themselves are judged. */
  readonly evidence: TlsEvidence | undefined;
  /** The domain or address that was dialled. */
  readonly serverName: string;
  /** The address that DNS led to. */
  readonly address: string;
  /** The certificates in the order sent, where they were seen in clear. */
  readonly sent: readonly CertificateView[];
  /** Wall-clock milliseconds. */
  readonly now: number;
}

const SOON_DAYS = 30;

/** Makers of firewalls and scanners that put a certificate of their own in the place of the server's. */
const INTERCEPTORS =
  /fortinet|fortigate|zscaler|palo alto|sophos|blue ?coat|netskope|check ?point|sonicwall|watchguard|barracuda|forcepoint|mcafee|kaspersky|eset ssl|avast|cisco umbrella|untangle|squid/i;

/** The certificates of a TLS library's evidence, as far as they can be read. */
export function chainOf({ peerChain }: TlsEvidence): readonly CertificateView[] {
  return peerChain.map(readCertificate).flatMap((view) => (view.ok ? [view.value] : []));
}

/**
 * Judges what a server showed, completely: first by the policy with which the phone connects, then everything else that
 * keeps others from connecting, or soon will.
 */
export function judgeCertificates(shown: ShownChain): CertificateJudgement {
  const { chain, evidence, serverName } = shown;
  const [leaf] = chain;
  const judged =
    evidence === undefined ? undefined : verifyPeer(evidence, { role: 'client', verify: true, serverName });
  const refused = judged?.ok === false ? judged.error : undefined;
  // Only what is wrong with the chain as a whole has the library's error in its evidence.
  const distrusted = refused?.evidence.error !== undefined;
  return {
    findings: [
      ...intercepted(refused, chain),
      ...(distrusted ? signedByNoAuthority(shown) : []),
      ...(refused === undefined ? [] : [{ severity: 'error' as const, ...refused }]),
      ...chain.flatMap((certificate) => examineDates(certificate, shown.now)),
      ...(leaf === undefined ? [] : examineLeaf(leaf, shown)),
      ...incomplete(shown),
    ],
    trusted: judged === undefined ? null : !distrusted && evidence?.peerChain.length !== 0,
    nameMatches: leaf !== undefined && matchIdentity(leaf, serverName).matched,
  };
}

function intercepted(refused: Diagnosis | undefined, chain: readonly CertificateView[]): readonly Finding[] {
  const foreign = chain.find(({ issuer }) => INTERCEPTORS.test(issuer));
  if (foreign === undefined || refused?.evidence.error === undefined) return [];
  return [
    finding('error', 'cert.intercepted', foreign, {
      summary: `A device on the way looks into the connection: the certificate was issued by "${foreign.issuer}".`,
      cure: 'Exempt the SIP port from TLS inspection on the firewall, or use another port.',
    }),
  ];
}

/** TLS libraries leave such an issuer out of the chain, and name no reason; the certificates as sent show it. */
function signedByNoAuthority({ sent }: ShownChain): readonly Finding[] {
  const impostor = sent.find(({ isCa, subject }, index) => index > 0 && !isCa && sent[index - 1]?.issuer === subject);
  if (impostor === undefined) return [];
  return [{ severity: 'error', ...describeCertificate('cert.invalid-ca', 'here', impostor) }];
}

function examineDates(certificate: CertificateView, now: number): readonly Finding[] {
  const problem = dateProblem(certificate, now);
  if (problem !== undefined) return [{ severity: 'error', ...describeCertificate(problem, 'here', certificate) }];
  const left = daysLeft(certificate, now);
  if (left >= SOON_DAYS) return [];
  return [
    finding('warning', 'cert.expired', certificate, {
      summary: `The certificate ${certificate.subject} expires in ${left} days.`,
      cure: 'Renew it in time, and let the server load the new one.',
      evidence: { daysLeft: left },
    }),
  ];
}

function examineLeaf(leaf: CertificateView, shown: ShownChain): readonly Finding[] {
  return [...examineStrength(shown), ...examinePurpose(leaf), ...examineNames(leaf, shown)];
}

/** Who allowed TLS 1.0 or 1.1 on purpose has devices of that age; the policy is lenient there, and so are we. */
function examineStrength({ chain, evidence }: ShownChain): readonly Finding[] {
  const legacy = evidence?.protocol === 'TLSv1' || evidence?.protocol === 'TLSv1.1';
  return chain.flatMap((certificate, index) => {
    const weak = weakness(certificate);
    if (weak === undefined) return [];
    const { keyType, keyBits = 0, signature } = certificate;
    const described = describeCertificate(weak, 'here', certificate, { keyType, keyBits, signature });
    return [{ severity: legacy || index > 0 ? ('warning' as const) : ('error' as const), ...described }];
  });
}

function examinePurpose(leaf: CertificateView): readonly Finding[] {
  const { eku, keyUsage } = leaf;
  if (eku.length > 0 && !eku.includes('serverAuth') && !eku.includes('anyExtendedKeyUsage')) {
    return [
      {
        severity: 'error',
        ...describeCertificate('cert.wrong-purpose', 'here', leaf, { wanted: 'serverAuth', eku }),
      },
    ];
  }
  if (keyUsage === undefined || keyUsage.includes('digitalSignature')) return [];
  return [
    finding('error', 'cert.wrong-purpose', leaf, {
      summary: `The certificate ${leaf.subject} may not sign handshakes, which TLS 1.3 and many devices need.`,
      cure: 'Issue it again with the keyUsage digitalSignature.',
      evidence: { keyUsage },
    }),
  ];
}

function examineNames(leaf: CertificateView, { serverName, address }: ShownChain): readonly Finding[] {
  const match = matchIdentity(leaf, serverName);
  if (!match.matched) {
    const described = describeCertificate(match.code, 'here', leaf, { expected: serverName, compared: match.names });
    return [{ severity: 'error', ...described }];
  }
  const findings: Finding[] = [];
  const { dns, ip, present } = leaf.names;
  if (!present) {
    findings.push(
      finding('warning', 'cert.name-mismatch', leaf, {
        summary: `The certificate ${leaf.subject} has no alternative names, only a commonName, which newer clients ignore.`,
        cure: `Issue it again with DNS:${serverName} among its alternative names.`,
      }),
    );
  }
  const wildcards = dns.filter((name) => name.includes('*'));
  if (wildcards.length > 0) {
    findings.push(
      finding('warning', 'cert.wildcard', leaf, {
        summary: `The certificate ${leaf.subject} has a wildcard, which SIP does not allow (RFC 5922 §7.2).`,
        cure: 'Issue it with the exact names.',
        evidence: { wildcards },
      }),
    );
  }
  if (!isNumericHost(serverName) && !ip.includes(address)) {
    findings.push(
      finding('info', 'cert.ip-mismatch', leaf, {
        summary: `The certificate does not have the address ${address}: devices that dial it instead of ${serverName} refuse it.`,
        cure: `Dial ${serverName} on every device, or issue the certificate with the address as an IP alternative name.`,
        evidence: { expected: address },
      }),
    );
  }
  return findings;
}

/** Our own store filled a gap in the chain; devices that trust only the root cannot do that. */
function incomplete({ sent, evidence }: ShownChain): readonly Finding[] {
  const last = sent.at(-1);
  if (last === undefined || last.selfSigned || evidence?.trusted === undefined) return [];
  const issuer = evidence.trusted
    .map(readCertificate)
    .flatMap((view) => (view.ok && view.value.subject === last.issuer ? [view.value] : []))[0];
  if (issuer === undefined || issuer.selfSigned) return [];
  return [
    finding('warning', 'cert.incomplete-chain', last, {
      summary: `The server does not send the certificate of "${last.issuer}"; it is known here, but not to every device.`,
      cure: 'Put the intermediate certificates behind the own certificate in the file that the server loads.',
      evidence: { missing: last.issuer },
    }),
  ];
}

function finding(
  severity: Finding['severity'],
  code: DiagnosisCode,
  { subject, issuer, notAfter, sha256, san }: CertificateView,
  told: { readonly summary: string; readonly cure: string; readonly evidence?: Evidence },
): Finding {
  const { summary, cure, evidence = {} } = told;
  const shown = { subject, issuer, names: san, notAfter, sha256 };
  return { severity, code, side: 'here', summary, cure, evidence: { ...shown, ...evidence } };
}
