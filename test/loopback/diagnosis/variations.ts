import type { DiagnosisCode } from '../../../core/base/diagnosis.ts';
import type { SecureMedia } from '../../../core/sdp/offer-answer.ts';

/** A fault with other values than its own, or for another phone, and what the phone then says. */
export interface Variation {
  readonly id: string;
  readonly given: readonly string[];
  readonly code: DiagnosisCode;
  readonly secureMedia?: SecureMedia;
}

const status = (code: DiagnosisCode, number: number, method: 'INVITE' | 'REGISTER' = 'INVITE'): Variation => ({
  id: 'sip.status',
  given: [`status=${number}`, `method=${method}`],
  code,
});

const alert = (number: number, code: DiagnosisCode): Variation => ({ id: `tls.alert-${number}`, given: [], code });

export const VARIATIONS: readonly Variation[] = [
  alert(40, 'tls.server-without-certificate'),
  alert(42, 'tls.alert.bad_certificate'),
  alert(43, 'cert.wrong-purpose'),
  alert(44, 'cert.revoked'),
  alert(45, 'cert.expired'),
  alert(46, 'tls.alert.certificate_unknown'),
  alert(48, 'cert.unknown-ca'),
  alert(50, 'tls.decode-error'),
  alert(70, 'tls.version-mismatch'),
  alert(71, 'tls.weak-security'),
  alert(112, 'tls.alert.unrecognized_name'),
  alert(116, 'tls.client-certificate-required'),
  status('sip.forbidden', 403, 'REGISTER'),
  status('sip.not-found', 404),
  status('sip.no-answer', 408),
  status('sip.uri-scheme', 416),
  status('sip.unavailable', 480),
  status('sip.declined', 603),
  status('sip.status.500', 500),
  status('sip.status.503', 503, 'REGISTER'),
  status('sip.outbound-unsupported', 439, 'REGISTER'),
  status('srtp.no-common-suite', 488),
  { ...status('srtp.osrtp-refused', 488), secureMedia: 'optional' },
  { ...status('srtp.required-there', 488), secureMedia: 'forbidden' },
];
