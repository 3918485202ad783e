import { closeSync, openSync, writeSync } from 'node:fs';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { traceLine } from '../trace/trace-file.ts';
import type { Tracer } from '../trace/tracer.ts';
import { diagnoseFileError } from './file-diagnosis.ts';

/** How long an event may wait for its line, and how much may wait. */
const FLUSH_MS = 250;
const FLUSH_CHARACTERS = 64 * 1024;

/**
 * Writes everything that happens to a file that only its owner can read, one event a line. What was recorded is on the disk a
 * quarter of a second later, also where the program is killed. A full disk ends the recording, not the program; the function
 * returned ends it, too.
 */
export function recordTrace(tracer: Tracer, path: string): Result<() => void, Diagnosis> {
  let file: number;
  try {
    file = openSync(path, 'w', 0o600);
  } catch (error) {
    return err(diagnoseFileError(path, error));
  }
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!isOpen || waiting === '') return;
    const lines = waiting;
    waiting = '';
    try {
      writeSync(file, lines);
    } catch {
      stop();
    }
  };
  const stopRecording = tracer.record((event) => {
    waiting += traceLine(event);
    if (waiting.length >= FLUSH_CHARACTERS) flush();
    else timer ??= setTimeout(flush, FLUSH_MS).unref();
  });
  const stop = (): void => {
    stopRecording();
    flush();
    process.off('exit', stop);
    if (!isOpen) return;
    isOpen = false;
    closeSync(file);
  };
  // A command that is cut short ends without asking anybody.
  process.on('exit', stop);
  return ok(stop);
}
