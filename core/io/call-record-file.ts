import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { CDR_COLUMNS, csvLine, type CallRecord } from '../pbx/call-records.ts';
import { FILE_MODE } from './authority-files.ts';
import { diagnoseFileError } from './file-diagnosis.ts';

const FILES = { json: 'cdr.ndjson', csv: 'cdr.csv' } as const;

/** Appends a record to the file of its format in `folder`; says why where it cannot. Nothing is kept back: a crash loses none. */
export function appendCallRecord(
  folder: string,
  format: keyof typeof FILES,
  record: CallRecord,
): Diagnosis | undefined {
  const path = join(folder, FILES[format]);
  try {
    const head = format === 'csv' && !existsSync(path) ? `${CDR_COLUMNS.join(',')}\r\n` : '';
    const line = format === 'csv' ? `${csvLine(record)}\r\n` : `${JSON.stringify(record)}\n`;
    appendFileSync(path, head + line, { mode: FILE_MODE.secret });
    return undefined;
  } catch (error) {
    return diagnoseFileError(path, error);
  }
}
