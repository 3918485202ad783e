import type { Random } from '../../base/random.ts';
import type { PbxConfiguration } from '../configuration.ts';

/** What an export is made from. */
export interface ExportSource {
  readonly configuration: PbxConfiguration;
  /** The files of the certificate folder of each profile with TLS: `agent.pem` holds the private key. */
  readonly certificates: ReadonlyMap<string, { readonly agent: string; readonly cafile: string }>;
  /** A WAV file. */
  readonly holdMusic: Uint8Array;
  /** For passwords of the other program's own. */
  readonly random: Random;
}

/** One file, with its path below the folder of the export. All are for the eyes of their owner alone. */
export interface ExportedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** A configuration for another program. */
export interface Exported {
  readonly files: readonly ExportedFile[];
  /** What the other program cannot do, or does otherwise: a sentence each. */
  readonly notes: readonly string[];
}
