import type { Diagnosis, DiagnosisCode, DiagnosisSide } from '../base/diagnosis.ts';

type Role = 'client' | 'server';
type Text = Pick<Diagnosis, 'summary' | 'cure'>;

/** Cause and cure of a failed handshake in one sentence each, told from our role. */
export function handshakeText(code: DiagnosisCode, role: Role, side: DiagnosisSide): Text {
  if (code.startsWith('tls.alert.') && TEXTS[code] === undefined) return alertText(code.slice('tls.alert.'.length));
  const text = (side === 'there' ? TOLD_BY_PEER[code] : undefined) ?? (role === 'server' ? AS_SERVER[code] : undefined);
  return text ?? TEXTS[code] ?? { summary: `The TLS handshake failed (${code}).`, cure: 'See the logs of both ends.' };
}

function alertText(alert: string): Text {
  return {
    summary: `The other end broke off with the TLS alert "${alert}".`,
    cure:
      ALERT_CURES[alert] ??
      'The other end knows the exact reason: look at its log. Here only the name of the alert arrives.',
  };
}

const ALERT_CURES: Readonly<Record<string, string>> = {
  bad_certificate:
    'The other end refuses our certificate without saying why: check its names, its dates against the clock there, and the size of its key.',
  certificate_unknown:
    'The other end refuses our certificate without saying why: check its names, its dates against the clock there, and whether its authority is trusted there.',
  unrecognized_name: 'The server does not know the name that was dialled: dial the name that it serves.',
  inappropriate_fallback:
    'An earlier attempt failed and the version was lowered: find out why the first attempt failed.',
  bad_record_mac:
    'Something on the way changed the encrypted stream: bypass SIP helpers in routers and TLS inspection.',
  decrypt_error: 'A signature did not fit: check that certificate and key of both ends belong together.',
  access_denied: 'The certificate is good but not allowed there: let the administrator of the other end admit it.',
  internal_error: 'The other end failed by itself: look at its log.',
  no_application_protocol: 'The other end wants another application protocol (ALPN): use a port that serves SIP.',
};

const TEXTS: Partial<Record<DiagnosisCode, Text>> = {
  'tls.peer-speaks-plain-sip': {
    summary: 'The other end answers with plain SIP where TLS was expected.',
    cure: 'Dial the TLS port, usually 5061, and check the SRV records; or choose TCP as the transport.',
  },
  'tls.peer-speaks-http': {
    summary: 'A web server answers where SIP over TLS was expected.',
    cure: 'Check host and port: SIP over TLS is usually on 5061.',
  },
  'tls.plain-sip-on-tls-port': {
    summary: 'Plain SIP arrived on the TLS port.',
    cure: 'Set the transport of the device to TLS, or let it use the plain port, usually 5060.',
  },
  'tls.http-on-tls-port': {
    summary: 'A web browser or a scanner spoke HTTP on the SIP TLS port.',
    cure: 'Nothing to do for SIP; close the port to the outside if this happens often.',
  },
  'tls.version-mismatch': {
    summary: 'The two ends have no TLS version in common.',
    cure: 'Allow TLS 1.2 on both ends; for old devices allow TLS 1.0 on a port of their own, on purpose.',
  },
  'tls.no-shared-cipher': {
    summary: 'The two ends have no cipher suite in common.',
    cure: 'Check that the server has loaded certificate and key, and extend the cipher list of the end that is stricter.',
  },
  'tls.certificate-type-mismatch': {
    summary: 'The client cannot use the type of key that the certificate of the server has.',
    cure: 'Give the server an RSA certificate, which every device can use, or update the device.',
  },
  'tls.server-without-certificate': {
    summary: 'The server has no certificate.',
    cure: 'Load certificate and key on the server, and check that its user may read both.',
  },
  'tls.closed-during-handshake': {
    summary: 'The other end closed the connection during the TLS handshake.',
    cure: 'Check that TLS is switched on there, and that no ban list or firewall hangs up.',
  },
  'tls.handshake-timeout': {
    summary: 'The TLS handshake did not end in time.',
    cure: 'Look for a firewall that drops large packets on the way, and whether the other end still works.',
  },
  'tls.client-certificate-required': {
    summary: 'The server demands a client certificate.',
    cure: 'Install a client certificate from an authority that the server trusts.',
  },
  'tls.legacy-renegotiation': {
    summary: 'The other end does not support secure renegotiation (RFC 5746).',
    cure: 'Update the other end.',
  },
  'tls.alert.no_renegotiation': {
    summary: 'The other end asked for another handshake on the open connection, which is refused.',
    cure: 'Nothing to do for SIP: honest devices do not ask; look where the connection came from.',
  },
  'tls.weak-security': {
    summary: 'The other end offers only keys or signatures that are too weak.',
    cure: 'Update the other end, or allow old algorithms on a port of their own, on purpose.',
  },
  'tls.decode-error': {
    summary: 'What arrived is not a valid TLS handshake.',
    cure: 'Check that this port serves TLS, and bypass SIP helpers in routers on the way.',
  },
  'file.key-mismatch': {
    summary: 'The private key belongs to another certificate.',
    cure: 'Put a certificate and its own key together; after a renewal the old key is often left behind.',
  },
  'file.not-pem': {
    summary: 'The file is not in PEM form.',
    cure: 'Convert it to PEM: text blocks that start with -----BEGIN.',
  },
  'file.passphrase': {
    summary: 'The passphrase of the private key is missing or wrong.',
    cure: 'Give the right passphrase.',
  },
};

const AS_SERVER: Partial<Record<DiagnosisCode, Text>> = {
  'tls.closed-during-handshake': {
    summary: 'The client closed the connection during the TLS handshake, perhaps because it refuses our certificate.',
    cure: 'Check on the device whether it trusts our authority, and whether it dials a name that our certificate has.',
  },
  'tls.client-certificate-required': {
    summary: 'The client showed no certificate, and this listener demands one.',
    cure: 'Install a client certificate on the device, or do not demand one.',
  },
};

/** What an alert means that the other end sent about us. */
const TOLD_BY_PEER: Partial<Record<DiagnosisCode, Text>> = {
  'cert.unknown-ca': {
    summary: 'The other end does not trust the authority of our certificate.',
    cure: 'Install the certificate of our authority (cafile.pem) there, or use a certificate of a public authority.',
  },
  'cert.expired': {
    summary: 'The other end says that our certificate has expired.',
    cure: 'Renew our certificate, and check the clock of the other end.',
  },
  'cert.revoked': {
    summary: 'The other end says that our certificate has been revoked.',
    cure: 'Renew our certificate.',
  },
  'cert.wrong-purpose': {
    summary: 'The other end says that our certificate is not meant for this role.',
    cure: 'Issue our certificate with serverAuth for a server and clientAuth for a client, or with both.',
  },
};
