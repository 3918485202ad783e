import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../core/api/state.ts';
import type { DesktopWords } from './desktop.ts';

/** The texts of the window, as far as notes use them. */
interface Texts {
  readonly call: { readonly answer: string; readonly decline: string; readonly state: { readonly incoming: string } };
  readonly announce: { readonly message: string };
}

/** Gives the words of a language out of `resources/locales`; `system` is the language of the desktop. */
export function desktopWords(
  resources: string,
  systemLanguage: string,
): (language: Snapshot['settings']['language']) => DesktopWords {
  const known = new Map<string, DesktopWords>();
  return (language) => {
    const wanted = language === 'system' ? systemLanguage : language;
    const name = wanted.toLowerCase().startsWith('de') ? 'de' : 'en';
    const words = known.get(name) ?? read(join(resources, 'locales', `${name}.json`));
    known.set(name, words);
    return words;
  };
}

function read(file: string): DesktopWords {
  const { call, announce } = JSON.parse(readFileSync(file, 'utf8')) as Texts;
  return { incoming: call.state.incoming, answer: call.answer, decline: call.decline, message: announce.message };
}
