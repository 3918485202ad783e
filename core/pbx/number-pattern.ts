import { err, ok, type Result } from '../base/result.ts';

/** A regular expression for numbers that takes time in proportion to what it reads. */
export interface NumberPattern {
  /** As it was written. */
  readonly source: string;
  /** The number itself and what the groups hold; `undefined` where it does not match. */
  match(number: string): readonly string[] | undefined;
}

/** Repetitions without an end, such as `\d+`, that one pattern may have: with more, a match could take long. */
const MOST_OPEN_REPETITIONS = 2;

/** One step of a pattern: a character or class, perhaps repeated; a group's border; or an alternative. */
const STEP = /\\[dwDW*+.?^$()[\]{}|/\\-]|\[\^?(?:\\[dw\\\]-]|[^\][\\])+\]|\.|[\w#@%&=,;:~!'" -]|\((?:\?:)?|\)|\|/y;
const REPETITION = /[*+?]|\{\d{1,2}(?:,(?:\d{1,2})?)?\}/y;

/**
 * Reads the regular expressions that a dial plan may have: JavaScript's, without look-around, without references back, and
 * without a repeated group, which are what makes an expression hang (a match of 64 characters stays under a few thousand
 * steps). The error is a sentence.
 */
export function parseNumberPattern(text: string): Result<NumberPattern, string> {
  let position = text.startsWith('^') ? 1 : 0;
  const end = text.endsWith('$') && !text.endsWith('\\$') ? text.length - 1 : text.length;
  let open = 0;
  let repetitions = 0;
  while (position < end) {
    const step = at(STEP, text, position);
    if (step === undefined || position + step.length > end) {
      return err(
        `the expression is not understood at character ${position + 1}: ${text.slice(position, position + 12)}`,
      );
    }
    position += step.length;
    if (step.startsWith('(')) open++;
    if (step === ')' && --open < 0) return err('a group is closed that was not opened');
    const repetition = at(REPETITION, text, position);
    if (repetition === undefined || step.startsWith('(') || step === '|') continue;
    if (step === ')' && repetition !== '?') return err('a group must not be repeated: it could take for ever');
    if (/^(?:[*+]|\{\d+,\})$/.test(repetition)) repetitions++;
    position += repetition.length;
  }
  if (open > 0) return err('a group is not closed');
  if (repetitions > MOST_OPEN_REPETITIONS) {
    return err(`at most ${MOST_OPEN_REPETITIONS} repetitions without an end, such as \\d+`);
  }
  let expression: RegExp;
  try {
    expression = new RegExp(text, 'u');
  } catch {
    return err('the expression is not a regular expression');
  }
  return ok({
    source: text,
    match: (number) => {
      const found = expression.exec(number);
      return found === null ? undefined : [...found].map((group: string | undefined) => group ?? '');
    },
  });
}

function at(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}
