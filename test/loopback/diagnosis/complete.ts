import { expect } from 'vitest';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';

/** A diagnosis as everybody gets it: code, side, a sentence of cause, one of cure, and what was seen, `keys` among it. */
export function expectComplete(
  diagnosis: Diagnosis | Readonly<Record<string, unknown>> | undefined,
  code: string,
  side: 'here' | 'there',
  ...keys: readonly string[]
): void {
  expect(diagnosis).toMatchObject({ code, side });
  for (const words of [diagnosis?.summary, diagnosis?.cure]) expect(String(words)).toMatch(/^\S.{9,}[.!?)]$/);
  expect(Object.keys(diagnosis?.evidence ?? {})).toEqual(expect.arrayContaining([...keys]));
}
