import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { AUDIO_RATE } from '../audio/audio-port.ts';
import { formatWavHeader, parseWav, WAV_HEADER_OCTETS, type Wav } from '../audio/wav.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';

/** Files are read whole; a longer one than this (45 minutes of 48 kHz stereo) is no announcement. */
const LARGEST_FILE_OCTETS = 512 * 1024 * 1024;
/** Samples are written when this much has come together: half a second. */
const BLOCK_OCTETS = AUDIO_RATE;
/** What may wait for a slow disk: ten seconds. */
const WAITING_BLOCKS = 20;
/** The most that the 32-bit sizes of the header can tell. */
const LARGEST_DATA_OCTETS = 2 ** 32 - 2 * WAV_HEADER_OCTETS;

/** Reads a WAV file into memory; every way to fail is a diagnosis that names the file. */
export async function readWavFile(path: string): Promise<Result<Wav, Diagnosis>> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE_OCTETS) return err(unreadable(path, `${size} octets are too many`));
    const wav = parseWav(await readFile(path));
    return wav.ok ? wav : err(unreadable(path, wav.error));
  } catch (error) {
    return err(diagnoseFileError(path, error));
  }
}

/**
 * Records 16-bit sound at 48 kHz, mono or stereo. What was written is on the disk within a second, with a header that fits it: a
 * process that is killed leaves a file that plays.
 */
export class WavFileWriter {
  readonly #file: FileHandle;
  readonly #channels: number;
  readonly #path: string;
  readonly #onFailure: (diagnosis: Diagnosis) => void;
  #block = Buffer.alloc(BLOCK_OCTETS);
  #filled = 0;
  #written = 0;
  #waiting = 0;
  #failed = false;
  #tail: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, path: string, onFailure: (diagnosis: Diagnosis) => void, channels: number) {
    this.#channels = channels;
    this.#file = file;
    this.#path = path;
    this.#onFailure = onFailure;
  }

  /** Creates or overwrites the file. `onFailure` is called at most once, when the disk refuses or cannot follow. */
  static async open(
    path: string,
    onFailure: (diagnosis: Diagnosis) => void,
    channels: 1 | 2 = 1,
  ): Promise<Result<WavFileWriter, Diagnosis>> {
    try {
      const file = await open(path, 'w', 0o600);
      await file.write(formatWavHeader(AUDIO_RATE, 0, channels), 0, WAV_HEADER_OCTETS, 0);
      return ok(new WavFileWriter(file, path, onFailure, channels));
    } catch (error) {
      return err(diagnoseFileError(path, error));
    }
  }

  /** Appends samples, which are copied; of two channels in turn, left first. Never waits. */
  write(samples: Int16Array): void {
    for (const sample of samples) {
      this.#filled = this.#block.writeInt16LE(sample, this.#filled);
      if (this.#filled === BLOCK_OCTETS) this.#flush();
    }
  }

  /** Writes what is left, and closes the file. */
  async close(): Promise<void> {
    if (this.#filled > 0) this.#flush();
    await this.#tail;
    await this.#file.close();
  }

  #flush(): void {
    const block = this.#block.subarray(0, this.#filled);
    this.#block = Buffer.alloc(BLOCK_OCTETS);
    this.#filled = 0;
    if (this.#failed) return;
    if (this.#waiting >= WAITING_BLOCKS) {
      this.#fail(unreadable(this.#path, 'the disk is too slow'));
      return;
    }
    this.#waiting++;
    this.#tail = this.#tail.then(() => this.#writeBlock(block));
  }

  async #writeBlock(block: Buffer): Promise<void> {
    this.#waiting--;
    if (this.#failed || this.#written + block.length > LARGEST_DATA_OCTETS) return;
    try {
      // Samples first: a header that promises too little is harmless, one that promises too much is not.
      await this.#file.write(block, 0, block.length, WAV_HEADER_OCTETS + this.#written);
      this.#written += block.length;
      await this.#file.write(formatWavHeader(AUDIO_RATE, this.#written, this.#channels), 0, WAV_HEADER_OCTETS, 0);
    } catch (error) {
      this.#fail(diagnoseFileError(this.#path, error));
    }
  }

  #fail(diagnosis: Diagnosis): void {
    this.#failed = true;
    this.#onFailure(diagnosis);
  }
}

function diagnoseFileError(path: string, error: unknown): Diagnosis {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code !== 'ENOENT') return unreadable(path, code);
  return {
    code: 'file.missing',
    side: 'here',
    summary: `The sound file ${path} or its folder is not there.`,
    cure: 'Check the path.',
    evidence: { path },
  };
}

function unreadable(path: string, reason: string): Diagnosis {
  return {
    code: 'file.unreadable',
    side: 'here',
    summary: `The sound file ${path} cannot be used (${reason}).`,
    cure: 'Name a WAV file (PCM or 32-bit float) that this program may read, or a folder that it may write to.',
    evidence: { path, reason },
  };
}
