import { err, ok, type Result } from '../base/result.ts';
import type { TlsClientSettings, TlsServerSettings } from './tls-settings.ts';

/** What a direction asks of the certificate at the other end: nothing, its chain, or its names, too. */
export type Verification = 'none' | 'chain' | 'subjects';

/** FreeSWITCH's `tls-verify-policy`, by direction of the connection. */
export interface VerifyPolicy {
  /** Connections that we accept. */
  readonly in: Verification;
  /** Connections that we dial. */
  readonly out: Verification;
}

/** A word that is not known, or is missing. */
export interface PolicyProblem {
  readonly word: string;
  /** The known word that it is most like. */
  readonly nearest: string | undefined;
  readonly message: string;
}

const WORDS: Readonly<Record<string, Partial<VerifyPolicy>>> = {
  none: {},
  in: { in: 'chain' },
  out: { out: 'chain' },
  all: { in: 'chain', out: 'chain' },
  subjects_in: { in: 'subjects' },
  subjects_out: { out: 'subjects' },
  subjects_all: { in: 'subjects', out: 'subjects' },
};

/** FreeSWITCH compares in this order, and takes the first word that begins with what is written. */
const FREESWITCH_ORDER = ['none', 'in', 'out', 'all', 'subjects_in', 'subjects_out', 'subjects_all'];

/**
 * Reads words joined by `|`, without regard to case. A word that is unknown or empty is a mistake, which says what
 * FreeSWITCH would have made of it; so is `none` beside another word.
 */
export function parseVerifyPolicy(text: string): Result<VerifyPolicy, PolicyProblem> {
  const words = text.split('|').map((word) => word.trim().toLowerCase());
  const policy: { in: Verification; out: Verification } = { in: 'none', out: 'none' };
  for (const word of words) {
    const meaning = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (meaning === undefined) return err(unknownWord(word));
    if (word === 'none' && words.some((other) => other !== 'none')) {
      return err({ word, nearest: undefined, message: 'none stands alone; FreeSWITCH would drop the other words' });
    }
    policy.in = stricter(policy.in, meaning.in);
    policy.out = stricter(policy.out, meaning.out);
  }
  return ok(policy);
}

/** What a policy asks of the clients of a listener. */
export function clientCertificateOf(policy: VerifyPolicy): TlsServerSettings['clientCertificate'] {
  return policy.in === 'none' ? 'ignored' : 'required';
}

/** What a policy asks of the servers that we dial. */
export function serverVerificationOf({ out }: VerifyPolicy): Pick<TlsClientSettings, 'verify' | 'verifyName'> {
  return { verify: out !== 'none', verifyName: out === 'subjects' };
}

function stricter(one: Verification, other: Verification = 'none'): Verification {
  if (one === 'subjects' || other === 'subjects') return 'subjects';
  return one === 'chain' ? one : other;
}

function unknownWord(word: string): PolicyProblem {
  const meant = FREESWITCH_ORDER.find((known) => known.startsWith(word));
  if (word === '') {
    return {
      word,
      nearest: 'none',
      message: 'a word is missing; FreeSWITCH would take it for "in" and demand certificates of all clients',
    };
  }
  const nearest = meant ?? nearestWord(word, Object.keys(WORDS));
  const there = meant === undefined ? 'ignore it, and verify nothing for it' : `take it for "${meant}"`;
  return {
    word,
    nearest,
    message: `"${word}" is not known${nearest === undefined ? '' : `; did you mean ${nearest}?`} FreeSWITCH would ${there}`,
  };
}

/** The word with most letters in common at its start, or that has the same letters in another order. */
function nearestWord(word: string, known: readonly string[]): string | undefined {
  const likeness = (other: string): number => {
    const pairs = (text: string): Set<string> =>
      new Set(Array.from(text.slice(1), (letter, at) => `${text[at]}${letter}`));
    const [mine, theirs] = [pairs(word), pairs(other)];
    return (2 * [...mine].filter((pair) => theirs.has(pair)).length) / (mine.size + theirs.size || 1);
  };
  const best = known.map((other) => ({ other, score: likeness(other) })).sort((a, b) => b.score - a.score)[0];
  return best !== undefined && best.score >= 0.4 ? best.other : undefined;
}
