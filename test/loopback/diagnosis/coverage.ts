import type { DIAGNOSIS_CODES, DiagnosisCode } from '../../../core/base/diagnosis.ts';
import { FAULTS } from '../../../core/faults/catalogue.ts';
import { VARIATIONS } from './variations.ts';

type FixedCode = (typeof DIAGNOSIS_CODES)[number];

/** A test that produces a failure, by its file below `test/` and a part of its title, or of the row of its table. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

const proof = (file: string, title: string): Proof => ({ file, title });

const HERE = 'loopback/diagnosis/other-causes.test.ts';
const BAD_DAYS = 'loopback/cli/bad-days.test.ts';
const PBX = 'loopback/cli/pbx.test.ts';
const CERT = 'loopback/cli/cert.test.ts';

/** Codes that the fault cabinet leads to (`faults.test.ts`), on either side of a connection. */
export const CABINET_CODES: ReadonlySet<DiagnosisCode> = new Set(
  [
    ...FAULTS.flatMap(({ expected }) => [expected.client, expected.switch]),
    ...VARIATIONS.map(({ code }) => code),
  ].filter((code) => code !== undefined),
);

/**
 * What produces the other codes. `srtp.lifetime` and the sound devices are produced at the border of their adapters: nobody
 * sends 2^48 packets in a test, and no test takes the microphone of its machine away.
 */
export const OTHER_PROOFS: Partial<Record<FixedCode, readonly [Proof, ...Proof[]]>> = {
  'dns.not-found': [
    proof('loopback/cli/dns.test.ts', 'dns.not-found'),
    proof('loopback/transport/dns.test.ts', 'RFC 3263 with a real name server'),
  ],
  'dns.timeout': [proof('loopback/transport/dns.test.ts', 'RFC 3263 with a real name server')],
  'dns.no-sips-records': [proof(HERE, 'dns.no-sips-records (there)')],
  'dns.service-mismatch': [proof(HERE, 'dns.service-mismatch (there)')],
  'port.in-use': [proof(PBX, 'port.in-use')],
  'port.address-not-local': [proof(PBX, 'an address that this machine does not have: port.address-not-local')],
  'port.permission': [proof(HERE, 'port.permission (here)')],
  'tcp.refused': [proof(BAD_DAYS, 'a server that is not there')],
  'tcp.timeout': [proof(HERE, 'tcp.timeout (there)')],
  'tcp.unreachable': [proof(HERE, 'tcp.unreachable (there)')],
  'tcp.reset': [proof(HERE, 'tcp.reset (there)')],
  'tls.plain-sip-on-tls-port': [
    proof(BAD_DAYS, 'plain SIP to the TLS port: the switch says tls.plain-sip-on-tls-port'),
  ],
  'tls.tls-on-plain-port': [proof(BAD_DAYS, 'tls.peer-speaks-plain-sip here, tls.tls-on-plain-port there')],
  'tls.http-on-tls-port': [proof('loopback/pbx/hostile.test.ts', 'tls.http-on-tls-port')],
  'tls.certificate-type-mismatch': [
    proof('loopback/tls/certificate-matrix.test.ts', "code: 'tls.certificate-type-mismatch'"),
  ],
  'tls.server-without-certificate': [proof(HERE, 'tls.server-without-certificate (here)')],
  'cert.ip-mismatch': [proof('loopback/cli/certificates.test.ts', "'other-ip'")],
  'cert.clock-wrong': [
    proof('loopback/probe/accounts.test.ts', 'a certificate out of date by our clock and good by that of the server'),
  ],
  'cert.subject-not-allowed': [proof('loopback/tls/verification-policy.test.ts', "['subjects_in', 'other'")],
  'file.missing': [proof(BAD_DAYS, "['nowhere.pem', 'file.missing']"), proof(CERT, "'no folder'")],
  'file.unreadable': [
    proof(BAD_DAYS, "['.', 'file.unreadable']"),
    proof(PBX, 'certificates that its user may not read: file.unreadable'),
  ],
  'file.not-pem': [proof(PBX, 'a cafile.pem that is no PEM'), proof(BAD_DAYS, "['not-pem.pem', 'file.not-pem']")],
  'file.no-key': [proof(PBX, 'an agent.pem without a key')],
  'file.no-certificate': [
    proof('loopback/transport/tls-transport.test.ts', 'tells which part is wrong before anything listens'),
  ],
  'file.key-mismatch': [
    proof('loopback/transport/tls-transport.test.ts', 'tells which part is wrong before anything listens'),
    proof(CERT, 'file.key-mismatch'),
  ],
  'file.passphrase': [proof(CERT, 'file.passphrase')],
  'file.key-exposed': [proof(PBX, 'file.key-exposed')],
  'conn.connect-back-failed': [
    proof(
      'loopback/probe/accounts.test.ts',
      'a server that cannot reach the phone is the finding conn.connect-back-failed',
    ),
  ],
  'conn.flow-failed': [proof('loopback/transport/plain-transport.test.ts', 'conn.flow-failed')],
  'sip.bad-credentials': [proof(BAD_DAYS, 'a wrong password: sip.bad-credentials, and the switch says so, too')],
  'srtp.required-here': [proof(BAD_DAYS, 'srtp.required-there at the caller, srtp.required-here at the switch')],
  'srtp.forbidden-here': [proof(HERE, 'srtp.forbidden-here (here) at the switch that forbids SRTP')],
  'srtp.keys-in-clear': [proof(HERE, 'srtp.keys-in-clear (here)')],
  'srtp.lifetime': [proof('unit/media/stream-engine.test.ts', "toEqual(['srtp.lifetime'])")],
  'audio.no-device': [proof('loopback/media/port-audio.test.ts', 'a machine with no device')],
  'audio.permission': [proof(HERE, 'audio.permission (here)')],
  'audio.device-lost': [
    proof('loopback/media/port-audio.test.ts', 'audio.device-lost'),
    proof('interop/audio/port-audio.test.ts', 'audio.device-lost'),
  ],
  'audio.silent': [proof('interop/audio/port-audio.test.ts', 'audio.silent')],
  'config.invalid': [proof(PBX, "'YAML that is none'")],
  'config.unknown-key': [proof(PBX, "'an unknown key'")],
  'config.conflict': [proof(PBX, 'config.conflict')],
};
