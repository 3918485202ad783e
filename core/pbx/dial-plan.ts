/** What a number leads to. */
export type Destination =
  /** Every sound comes back. */
  | { readonly application: 'echo' }
  /** Milliwatt: 1004 Hz. */
  | { readonly application: 'tone'; readonly frequencyHz: number }
  /** A user of the directory. */
  | { readonly application: 'bridge'; readonly user: string };

interface Rule {
  /** As FreeSWITCH's users know it from `show dialplan`. */
  readonly name: string;
  readonly contexts: readonly ('default' | 'public')[];
  /** Anchored and without nested repetition: it cannot hang. */
  readonly destination: RegExp;
  readonly action: (number: string) => Destination;
}

/** The first rule that matches decides. Numbers are FreeSWITCH's. */
const RULES: readonly Rule[] = [
  { name: 'echo', contexts: ['default'], destination: /^9196$/, action: () => ({ application: 'echo' }) },
  {
    name: 'milliwatt',
    contexts: ['default'],
    destination: /^9197$/,
    action: () => ({ application: 'tone', frequencyHz: 1004 }),
  },
  {
    name: 'Local_Extension',
    contexts: ['default', 'public'],
    destination: /^10[01][0-9]$/,
    action: (user) => ({ application: 'bridge', user }),
  },
];

/** Where `number` leads in `context`; `undefined`: nowhere (404). A user of the directory is reached by name as well. */
export function findDestination(
  context: 'default' | 'public',
  number: string,
  isUser: (user: string) => boolean,
): Destination | undefined {
  const rule = RULES.find(({ contexts, destination }) => contexts.includes(context) && destination.test(number));
  if (rule !== undefined) return rule.action(number);
  return context === 'default' && isUser(number) ? { application: 'bridge', user: number } : undefined;
}
