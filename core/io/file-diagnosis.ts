import type { Diagnosis } from '../base/diagnosis.ts';

type FileCode = Extract<Diagnosis['code'], `file.${string}`>;

/** What is wrong with a file of certificates or keys; `cure` goes before the general one. */
export function diagnoseFile(
  code: FileCode,
  path: string,
  more: { readonly detail?: string | undefined; readonly cure?: string | undefined } = {},
): Diagnosis {
  const { summary, cure } = TEXTS[code];
  const { detail } = more;
  return {
    code,
    side: 'here',
    summary: `${path}: ${summary}${detail === undefined ? '' : ` (${detail})`}.`,
    cure: more.cure ?? cure,
    evidence: detail === undefined ? { path } : { path, detail },
  };
}

/** The same for an error that the file system gave; `more` is said behind its code. */
export function diagnoseFileError(path: string, error: unknown, more = ''): Diagnosis {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return diagnoseFile(code === 'ENOENT' || code === 'ENOTDIR' ? 'file.missing' : 'file.unreadable', path, {
    detail: code + more,
    cure: CURES[code],
  });
}

const CURES: Readonly<Record<string, string>> = {
  ELOOP: 'The links point at each other: put the file itself there.',
  ENOSPC: 'The disk is full: make room.',
  EROFS: 'The disk is read-only: choose another folder.',
};

const TEXTS: Readonly<Record<FileCode, { readonly summary: string; readonly cure: string }>> = {
  'file.missing': { summary: 'there is no such file', cure: 'Create it or correct the path.' },
  'file.unreadable': {
    summary: 'the file cannot be read or written',
    cure: 'Check owner and mode of the file and of its folders: the user that this program runs as needs them.',
  },
  'file.not-pem': {
    summary: 'the file is not in PEM form',
    cure: 'Convert it to PEM, text blocks that start with -----BEGIN; DER and PKCS#12 files are not read here.',
  },
  'file.no-key': {
    summary: 'there is no private key in the file',
    cure: 'Add the private key that belongs to the certificate, as PEM.',
  },
  'file.no-certificate': {
    summary: 'there is no certificate in the file that can be read',
    cure: 'Add the certificate as PEM, a block that starts with -----BEGIN CERTIFICATE-----.',
  },
  'file.key-mismatch': {
    summary: 'the private key belongs to none of the certificates',
    cure: 'Put a certificate and its own key together; after a renewal the old key is often left behind.',
  },
  'file.passphrase': {
    summary: 'the private key is encrypted, and its passphrase is missing or wrong',
    cure: 'Give the right passphrase, or store the key without one.',
  },
  'file.key-exposed': {
    summary: 'others can get at the private key',
    cure: 'Take the right away (chmod 600, chown), and renew the certificate with a new key if strangers had it.',
  },
};
