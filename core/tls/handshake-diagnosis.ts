import type { Diagnosis } from '../base/diagnosis.ts';

/** What is known of a TLS connection that failed. */
export interface TlsFailure {
  /** `error.code` as the run-time gives it, such as `ERR_SSL_NO_SHARED_CIPHER` or `ECONNRESET`. */
  readonly code?: string | undefined;
  /** `error.message`; read only where the code alone does not tell. */
  readonly message?: string | undefined;
  /** Our role in the handshake. */
  readonly role: 'client' | 'server';
  /** The first octets that the other end sent, where they were seen. */
  readonly firstBytes?: Uint8Array | undefined;
  /** The other end, as `address:port`. */
  readonly remote?: string | undefined;
  /** The name that was dialled. */
  readonly serverName?: string | undefined;
}

/** Explains a handshake that failed. */
export function diagnoseTlsError(failure: TlsFailure): Diagnosis {
  return {
    code: 'tls.closed-during-handshake',
    side: 'there',
    summary: 'The other end closed the connection during the TLS handshake.',
    cure: 'See the log of the other end.',
    evidence: failure.code === undefined ? {} : { error: failure.code },
  };
}
