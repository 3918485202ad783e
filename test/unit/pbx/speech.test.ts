import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spokenDate, spokenDigits, spokenNumber, spokenTime } from '../../../core/pbx/applications/speech.ts';

const SOUNDS = fileURLToPath(new URL('../../../resources/sounds/', import.meta.url));
const prompts = JSON.parse(readFileSync(`${SOUNDS}prompts.json`, 'utf8')) as Readonly<Record<string, string>>;

const text = (names: readonly string[]): string => names.map((name) => prompts[name] ?? `(${name})`).join(' ');

describe('what the switch says', () => {
  it.each([
    [0, 'zero'],
    [20, 'twenty'],
    [21, 'twenty one'],
    [90, 'ninety'],
    [99, 'ninety nine'],
  ])('%d is %s', (number, words) => {
    expect(text(spokenNumber(number))).toBe(words);
  });

  it.each([
    ['1001', 'one zero zero one'],
    ['+49 (30)', 'four nine three zero'],
    ['alice', ''],
  ])('the digits of %s are %s', (digits, words) => {
    expect(text(spokenDigits(digits))).toBe(words);
  });

  it.each([
    [new Date(2026, 10, 25, 0, 0), "The time is zero o'clock"],
    [new Date(2026, 10, 25, 9, 5), 'The time is nine oh five'],
    [new Date(2026, 10, 25, 23, 59), 'The time is twenty three fifty nine'],
  ])('the time of %s', (date, words) => {
    expect(text(spokenTime(date))).toBe(words);
  });

  it.each([
    [new Date(2026, 10, 25), 'Today is Wednesday November twenty five twenty twenty six'],
    [new Date(2005, 0, 1), 'Today is Saturday January one twenty oh five'],
  ])('the date of %s', (date, words) => {
    expect(text(spokenDate(date))).toBe(words);
  });

  it('every prompt is a recording, every recording a prompt, and each that the code names is one', () => {
    expect(readdirSync(`${SOUNDS}prompts`).sort()).toEqual(
      Object.keys(prompts)
        .map((name) => `${name}.wav`)
        .sort(),
    );
    const folder = fileURLToPath(new URL('../../../core/pbx/applications/', import.meta.url));
    const named = readdirSync(folder)
      .map((file) => readFileSync(folder + file, 'utf8'))
      .flatMap((source) => source.match(/'(?:conference|voicemail|security)-[a-z-]+'/g) ?? []);
    for (const name of named) expect(prompts, name).toHaveProperty(name.slice(1, -1));
  });
});
