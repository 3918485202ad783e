import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DIAGNOSIS_CODES } from '../../../core/base/diagnosis.ts';
import { CORE_LANGUAGE, LANGUAGES, chooseLanguage } from '../../../renderer/i18n/languages.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A locale file as one text per dotted key. */
function textsOf(language: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') texts.set(path, value);
    else for (const [key, inner] of Object.entries(value as object)) walk(inner, path === '' ? key : `${path}.${key}`);
  };
  walk(JSON.parse(readFileSync(at(`resources/locales/${language}.json`), 'utf8')), '');
  return texts;
}

const TEXTS = new Map(LANGUAGES.map((language) => [language, textsOf(language)]));

const SOURCES = readdirSync(at('renderer'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(at(`renderer/${path}`), 'utf8') }));

/** The cures of diagnoses come from the core in its own language, so that language has none of its own. */
const ownCure = (key: string): boolean => /^diagnosis\..*\.cure$/.test(key);

describe('the locale files', () => {
  it.each(LANGUAGES)('%s has the same keys as every other', (language) => {
    const keys = [...(TEXTS.get(language)?.keys() ?? [])].filter((key) => !ownCure(key));
    const english = [...(TEXTS.get('en')?.keys() ?? [])].filter((key) => !ownCure(key));
    expect(keys.toSorted()).toEqual(english.toSorted());
  });

  it.each(LANGUAGES)('%s has no empty text and the same placeholders as English', (language) => {
    const placeholders = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted();
    for (const [key, text] of TEXTS.get(language) ?? []) {
      expect(text.trim(), key).not.toBe('');
      const english = TEXTS.get('en')?.get(key);
      if (english !== undefined) expect(placeholders(text), key).toEqual(placeholders(english));
    }
  });

  it.each(LANGUAGES)('%s has words for every diagnosis code', (language) => {
    const texts = TEXTS.get(language);
    for (const code of [...DIAGNOSIS_CODES, 'family.alert', 'family.status', 'family.unknown']) {
      expect(texts?.has(`diagnosis.${code}.title`), code).toBe(true);
      expect(texts?.has(`diagnosis.${code}.cure`), code).toBe(language !== CORE_LANGUAGE);
    }
  });

  it('hold no text that the window never shows', () => {
    const source = SOURCES.map(({ text }) => text).join('\n');
    const patterns = [...source.matchAll(/['`]([a-zA-Z]+(?:\.(?:\$\{(?:[^{}]|\{[^{}]*\})*\}|[\w-])+)+)['`]/g)].map(
      ([, key = '']) =>
        new RegExp(`^${key.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}|\./g, (part) => (part === '.' ? '\\.' : '.+'))}$`),
    );
    const unused = [...(TEXTS.get('en')?.keys() ?? [])]
      .filter((key) => !key.startsWith('diagnosis.'))
      .filter((key) => !patterns.some((pattern) => pattern.test(key.replace(/_(one|other)$/, ''))));
    expect(unused).toEqual([]);
  });
});

describe('the window', () => {
  it('holds no text of its own: every word comes from the locale files', () => {
    const found = SOURCES.filter(({ path }) => path.endsWith('.tsx')).flatMap(({ path, text }) =>
      [
        ...text.matchAll(/<[a-zA-Z][^<>]*[^=<>]>\s*([A-Za-z][A-Za-z ,.]{2,})\s*</g),
        ...text.matchAll(/(?:aria-label|title|placeholder|alt|label)="([^"]*[A-Za-z]{3}[^"]*)"/g),
      ]
        .map(([, words = '']) => `${path}: ${words.trim()}`)
        // What a PEM certificate begins with is the same in every language.
        .filter((entry) => !entry.includes('-----BEGIN CERTIFICATE-----')),
    );
    expect(found).toEqual([]);
  });
});

describe('chooseLanguage', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr-FR', 'de'], 'de'],
    [['EN-us'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('of %j takes %s', (wanted, language) => {
    expect(chooseLanguage(wanted)).toBe(language);
  });
});
