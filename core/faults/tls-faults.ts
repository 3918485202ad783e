import type { DiagnosisCode } from '../base/diagnosis.ts';
import { alertName } from '../tls/tls-names.ts';
import type { Expectation, Fault, FaultAudience, FaultBehaviour, FaultyCertificate } from './fault.ts';

type TlsBehaviour = Extract<FaultBehaviour, { kind: 'tls' }>;

/** A client that refuses what it was shown just goes away. */
const REFUSED: DiagnosisCode = 'tls.closed-during-handshake';

function certificate(id: string, kind: FaultyCertificate, code: DiagnosisCode, summary: string): Fault {
  return {
    id: `tls.${id}`,
    summary,
    parameters: [],
    behaviour: { kind: 'tls', certificate: kind },
    expected: { client: code, switch: REFUSED },
  };
}

function settings(
  id: string,
  behaviour: Omit<TlsBehaviour, 'kind' | 'certificate'>,
  code: DiagnosisCode,
  summary: string,
  audience?: FaultAudience,
): Fault {
  return {
    id: `tls.${id}`,
    summary,
    parameters: [],
    behaviour: { kind: 'tls', certificate: 'good', ...behaviour },
    expected: { client: code, switch: code },
    ...(audience === undefined ? {} : { audience }),
  };
}

function hello(
  id: string,
  answer: Extract<FaultBehaviour, { kind: 'hello' }>['answer'],
  code: DiagnosisCode,
  summary: string,
): Fault {
  return {
    id: `tls.${id}`,
    summary,
    parameters: [],
    behaviour: { kind: 'hello', answer },
    expected: { client: code, switch: undefined },
  };
}

/** What the alerts of RFC 8446 §6 mean to a client that sent a ClientHello and was shown nothing. */
const ALERT_CODES: Readonly<Record<number, DiagnosisCode>> = {
  10: 'tls.decode-error',
  22: 'tls.decode-error',
  // Whatever cipher is offered, none is shared: so answers a server that nobody gave a certificate.
  40: 'tls.server-without-certificate',
  43: 'cert.wrong-purpose',
  44: 'cert.revoked',
  45: 'cert.expired',
  48: 'cert.unknown-ca',
  50: 'tls.decode-error',
  70: 'tls.version-mismatch',
  71: 'tls.weak-security',
  100: 'tls.legacy-renegotiation',
  116: 'tls.client-certificate-required',
};

const expectedOfAlert = (number: number): Expectation => ({
  client: ALERT_CODES[number] ?? `tls.alert.${alertName(number)}`,
  switch: undefined,
});

/** Where TLS itself is wrong: certificates, versions, ciphers, and handshakes that do not come about. */
export const TLS_FAULTS: readonly Fault[] = [
  certificate('expired', 'expired', 'cert.expired', 'The certificate expired yesterday.'),
  certificate('not-yet-valid', 'not-yet-valid', 'cert.not-yet-valid', 'The certificate begins tomorrow.'),
  certificate('wrong-name', 'wrong-name', 'cert.name-mismatch', 'The certificate has another name.'),
  certificate('ip-only', 'address-only', 'cert.name-mismatch', 'The certificate has the address, but not the domain.'),
  certificate('wildcard', 'wildcard', 'cert.wildcard', 'Only a wildcard of the certificate fits.'),
  certificate(
    'missing-intermediate',
    'without-intermediate',
    'cert.incomplete-chain',
    'The intermediate certificate is not sent.',
  ),
  certificate('self-signed', 'self-signed', 'cert.self-signed', 'The certificate is signed by itself.'),
  certificate('other-ca', 'other-authority', 'cert.unknown-ca', 'The certificate is of an authority nobody knows.'),
  certificate(
    'other-ca-sent',
    'other-authority-shown',
    'cert.self-signed-in-chain',
    'The same, and the authority itself is sent along.',
  ),
  certificate('revoked', 'revoked', 'cert.revoked', 'The certificate is on the revocation list of its authority.'),
  certificate(
    'crl-expired',
    'list-ended',
    'cert.crl-expired',
    'The revocation list of the authority has come to its end.',
  ),
  certificate(
    'client-certificate-as-server',
    'for-clients',
    'cert.wrong-purpose',
    'The certificate is meant for clients only.',
  ),
  certificate('weak-key', 'weak-key', 'cert.weak-key', 'The certificate has an RSA key of 1024 bits.'),
  certificate('weak-signature', 'weak-signature', 'cert.weak-signature', 'The certificate is signed over SHA-1.'),
  certificate(
    'chain-too-long',
    'chain-too-long',
    'cert.chain-too-long',
    'The root allows no intermediate authority, and there is one.',
  ),
  certificate(
    'invalid-ca',
    'issued-by-no-authority',
    'cert.invalid-ca',
    'The certificate was signed by one that is no authority.',
  ),
  settings(
    'only-1.0',
    { minVersion: 'TLSv1', maxVersion: 'TLSv1' },
    'tls.version-mismatch',
    'TLS 1.0 is all that is spoken.',
  ),
  settings('only-1.2', { maxVersion: 'TLSv1.2' }, 'tls.version-mismatch', 'TLS 1.2 is all that is spoken.', {
    minVersion: 'TLSv1.3',
  }),
  settings('only-1.3', { minVersion: 'TLSv1.3' }, 'tls.version-mismatch', 'TLS 1.3 is all that is spoken.', {
    maxVersion: 'TLSv1.2',
  }),
  settings(
    'weak-cipher',
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
    'tls.no-shared-cipher',
    'One old cipher suite is all that is taken.',
  ),
  settings(
    'asks-client-certificate',
    { asksClientCertificate: true },
    'tls.client-certificate-required',
    'A client certificate is demanded.',
  ),
  {
    id: 'tls.other-certificate-next',
    summary: 'The first connection is good; it is cut, and the next ones show a certificate of a firewall.',
    parameters: [
      {
        name: 'after',
        summary: 'seconds after which the first connection is cut',
        type: 'number',
        min: 0,
        max: 3600,
        default: 1,
      },
    ],
    behaviour: { kind: 'tls', certificate: 'good', next: 'inspected' },
    expected: { client: 'cert.intercepted', switch: REFUSED },
  },
  hello('closes-after-client-hello', 'close', 'tls.closed-during-handshake', 'The connection is closed at once.'),
  hello('stalls', 'nothing', 'tls.handshake-timeout', 'Nothing comes back.'),
  {
    id: 'tls.alert',
    summary: 'The ClientHello is answered with an alert.',
    parameters: [{ name: 'number', summary: 'number of the alert', type: 'number', min: 1, max: 255, default: 80 }],
    behaviour: { kind: 'hello', answer: 'alert' },
    expected: expectedOfAlert(80),
    expectedWith: ({ number }) => expectedOfAlert(Number(number)),
  },
  hello('plain-sip', 'sip', 'tls.peer-speaks-plain-sip', 'The port speaks SIP without TLS.'),
  hello('http', 'http', 'tls.peer-speaks-http', 'The port belongs to a web server.'),
  hello('garbage', 'garbage', 'tls.decode-error', 'What comes back is no protocol at all.'),
  hello(
    'legacy-renegotiation',
    'old-renegotiation',
    'tls.legacy-renegotiation',
    'The server knows only the unsafe renegotiation from before RFC 5746.',
  ),
  {
    id: 'tls.resets-during-call',
    summary: 'The connection breaks in the middle of a call.',
    parameters: [{ name: 'after', summary: 'seconds after the answer', type: 'number', min: 0, max: 3600, default: 1 }],
    behaviour: { kind: 'reset-in-call' },
    expected: { client: 'conn.lost', switch: undefined },
    audience: { calls: true },
  },
];
