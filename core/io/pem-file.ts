import type { Stats } from 'node:fs';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { recognizeFile } from '../tls/file-kind.ts';
import { readPem, type PemBlock } from '../tls/pem.ts';
import { readBoundedFile } from './bounded-file.ts';
import { diagnoseFile } from './file-diagnosis.ts';

/** A PEM file as it was read. */
export interface PemFile {
  readonly path: string;
  /** At least one. */
  readonly blocks: readonly PemBlock[];
  readonly status: Stats;
}

/** The system's whole store of authorities has a quarter of this. */
const LARGEST_FILE = 1024 * 1024;

/** Reads a file of PEM blocks, with any line ends, and in UTF-8 or UTF-16. What else it is, the diagnosis names. */
export async function readPemFile(path: string): Promise<Result<PemFile, Diagnosis>> {
  const file = await readBoundedFile(path, LARGEST_FILE);
  if (!file.ok) return file;
  const { octets, status } = file.value;
  const blocks = readPem(decode(octets));
  if (blocks.length > 0) return ok({ path, blocks, status });
  const { detail, cure } = recognizeFile(octets);
  return err(diagnoseFile('file.not-pem', path, { detail, cure }));
}

/** Windows tools write UTF-16 with a byte order mark. */
function decode(octets: Buffer): string {
  const [first, second] = octets;
  if (first === 0xff && second === 0xfe) return octets.toString('utf16le');
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(octets);
  return octets.toString('latin1');
}
