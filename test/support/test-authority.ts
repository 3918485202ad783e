import { webcrypto } from 'node:crypto';
import type { Diagnosis } from '../../core/base/diagnosis.ts';
import type { Result } from '../../core/base/result.ts';
import { CertificateAuthority, type IssuedCertificate } from '../../core/tls/certificate-authority.ts';
import type { CertificateOptions, SubjectOptions } from '../../core/tls/certificate-options.ts';
import { readPem } from '../../core/tls/pem.ts';

const context = { now: () => Date.now(), crypto: webcrypto };

/** The value of a result that a test knows to be good; its error fails the test. */
export function good<T>(result: Result<T, Diagnosis | string>): T {
  if (result.ok) return result.value;
  throw new Error(typeof result.error === 'string' ? result.error : `${result.error.code}: ${result.error.summary}`);
}

/** A root authority with a fresh key. */
export async function makeAuthority(options: Partial<SubjectOptions> = {}): Promise<CertificateAuthority> {
  return good(await CertificateAuthority.create({ commonName: 'Test Root', ...options }, context));
}

/** A certificate for `localhost` and `127.0.0.1`, unless `options` say otherwise. */
export async function issue(
  authority: CertificateAuthority,
  options: Partial<CertificateOptions> = {},
): Promise<IssuedCertificate> {
  return good(
    await authority.issue({ commonName: 'leaf', role: 'server', dns: ['localhost'], ips: ['127.0.0.1'], ...options }),
  );
}

/** The certificates of a PEM text as DER. */
export function derOf(pem: string): Uint8Array[] {
  return readPem(pem).flatMap(({ octets }) => (octets === undefined ? [] : [octets]));
}
