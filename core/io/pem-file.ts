import { open } from 'node:fs/promises';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { readPem, type PemBlock } from '../tls/pem.ts';
import { diagnoseFile, diagnoseFileError } from './file-diagnosis.ts';

/** A PEM file as it was read. */
export interface PemFile {
  readonly path: string;
  /** At least one. */
  readonly blocks: readonly PemBlock[];
  /** Whether every user of the machine may read it; never so where the system has no such modes. */
  readonly exposed: boolean;
}

/** The system's whole store of authorities has a quarter of this. */
const LARGEST_FILE = 1024 * 1024;
const READABLE_BY_OTHERS = 0o004;

/** Reads a file of PEM blocks. */
export async function readPemFile(path: string): Promise<Result<PemFile, Diagnosis>> {
  let text: string;
  let mode: number;
  try {
    await using file = await open(path, 'r');
    const status = await file.stat();
    if (!status.isFile() || status.size > LARGEST_FILE) {
      return err(diagnoseFile('file.unreadable', path, status.isFile() ? 'too large' : 'not a file'));
    }
    mode = status.mode;
    text = await file.readFile('utf8');
  } catch (error) {
    return err(diagnoseFileError(path, error));
  }
  const blocks = readPem(text);
  if (blocks.length === 0) return err(diagnoseFile('file.not-pem', path, describe(text)));
  return ok({ path, blocks, exposed: process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0 });
}

function describe(text: string): string {
  if (text.trim() === '') return 'empty';
  if (text.includes('-----BEGIN ')) return 'a block without its end';
  return text.startsWith('0') ? 'perhaps DER or PKCS#12' : 'no block';
}
