import type { Diagnosis, DiagnosisCode, DiagnosisSide, Evidence } from '../base/diagnosis.ts';
import type { MediaDescription } from './session-description.ts';

/** Why an offer or answer is refused, as it goes on the wire and to a person. */
export interface Refusal {
  /** 400 and 415 for what cannot be read, 488 for what cannot be agreed. */
  readonly status: 400 | 415 | 488;
  /** Warn-code and text (RFC 3261 §20.43) without the agent. */
  readonly warning: string;
  readonly diagnosis: Diagnosis;
}

/** A refusal with 488. */
export function refuse(
  code: DiagnosisCode,
  side: DiagnosisSide,
  summary: string,
  cure: string,
  evidence: Evidence,
): Refusal {
  // 305 is «Incompatible media format», 304 «Media type not available» (RFC 3261 §20.43).
  return { status: 488, warning: `305 "${summary}"`, diagnosis: { code, side, summary, cure, evidence } };
}

/** A body that is no session description. */
export function unreadable(detail: string): Refusal {
  const diagnosis: Diagnosis = {
    code: 'sip.parse',
    side: 'there',
    summary: `The other end sent a session description that cannot be read: ${detail}.`,
    cure: 'Report it to the maker of the other end, with the saved trace.',
    evidence: { detail },
  };
  return { status: 400, warning: `399 "${detail}"`, diagnosis };
}

/** SRTP is mandatory here and the peer has none. */
export function requiredHere(profile: string): Refusal {
  return refuse(
    'srtp.required-here',
    'here',
    'SRTP is mandatory here, and the other end does not encrypt its sound.',
    'Switch SRTP on at the other end, or make it optional here.',
    { profile },
  );
}

/** Keys would go over signalling that is not encrypted; `side` is the one that wants it. */
export function keysInClear(side: DiagnosisSide): Refusal {
  return refuse(
    'srtp.keys-in-clear',
    side,
    'SRTP keys would travel over unencrypted signalling, where anyone can read them.',
    'Use TLS for the signalling.',
    {},
  );
}

/** An answer whose keys cannot be used. */
export function badCryptoLine(detail: string): Refusal {
  return refuse(
    'srtp.bad-crypto-line',
    'there',
    'The other end answered with an SRTP key line that cannot be used.',
    'Compare the crypto lines of offer and answer; update the other end.',
    { detail },
  );
}

/** An offer whose key lines lead nowhere: unknown suites only, or broken lines. */
export function noCommonSuite(line: MediaDescription, problems: readonly string[], unknownOnly: boolean): Refusal {
  if (problems.length > 0 && !unknownOnly) {
    return refuse(
      'srtp.bad-crypto-line',
      'there',
      'The other end offered SRTP with key lines that cannot be used.',
      'Compare the crypto lines; update the other end, or allow the suite that it uses.',
      { profile: line.profile, problems },
    );
  }
  return refuse(
    'srtp.no-common-suite',
    'there',
    'Both ends want SRTP but have no suite in common.',
    'Allow AES_CM_128_HMAC_SHA1_80 on both ends.',
    { profile: line.profile, problems },
  );
}

/** No stream or no codec that both have. */
export function noCommonCodec(side: DiagnosisSide, summary: string): Refusal {
  return refuse('sip.no-common-codec', side, summary, 'Allow a common codec on both ends, such as PCMA or opus.', {});
}

/** The peer announces no address that we can send to. */
export function mediaAddress(address: string | undefined): Refusal {
  return refuse(
    'media.address',
    'there',
    'The other end wants its sound sent to an address that cannot be reached from here.',
    'Make the other end announce a numeric address of the same IP version.',
    { address: address ?? 'none' },
  );
}
