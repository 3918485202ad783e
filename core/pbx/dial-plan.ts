import * as z from 'zod';
import { parseNumberPattern, type NumberPattern } from './number-pattern.ts';

/** In the words of an action `$0` is the number, `$1` to `$9` what its groups hold. */
const word = z.string().min(1).max(256);
const seconds = z.number().int().min(1).max(600);

/** Sounds that the switch can play by itself. */
export const SOUNDS = ['milliwatt', 'melody', 'hold-music', 'ringback-uk', 'silence'] as const;
export type Sound = (typeof SOUNDS)[number];

/** What the switch does with a call, under FreeSWITCH's names for its applications. */
export const actionSchema = z.discriminatedUnion('application', [
  /** Every phone of a user rings; `intercom` asks the phone to answer by itself. */
  z.strictObject({ application: z.literal('bridge'), user: word, intercom: z.boolean().optional() }),
  /** A number behind a gateway (FreeSWITCH: `bridge` to `sofia/gateway/NAME/NUMBER`). */
  z.strictObject({ application: z.literal('gateway'), gateway: word, number: word }),
  /** Users of a group of the directory, all at once or one after the other. */
  z.strictObject({ application: z.literal('group'), group: word, order: z.enum(['simultaneous', 'sequential']) }),
  /** Puts the caller into a group that 80 to 83 call, or takes it out. */
  z.strictObject({ application: z.literal('group-member'), group: word, member: z.boolean() }),
  /** Every sound comes back, `delay` seconds later. */
  z.strictObject({ application: z.literal('echo'), delay: z.number().int().min(0).max(10).default(0) }),
  z.strictObject({
    application: z.literal('playback'),
    sound: z.enum(SOUNDS),
    /** Before the answer: how the call rings, and for how long; without `seconds` it is never answered. */
    before: z
      .strictObject({ status: z.union([z.literal(180), z.literal(183)]), sound: z.enum(SOUNDS).optional(), seconds: seconds.optional() })
      .optional(),
    /** Says first what protects the call. */
    security: z.boolean().optional(),
  }),
  /** The talking clock. */
  z.strictObject({ application: z.literal('say'), what: z.enum(['time', 'date', 'both']) }),
  z.strictObject({ application: z.literal('conference'), room: word }),
  /** Waits with hold music for somebody to take the call up: in a slot of its own, or in the queue. */
  z.strictObject({ application: z.literal('park'), slot: word.optional() }),
  /** Takes the call that has waited the longest in the queue. */
  z.strictObject({ application: z.literal('unpark') }),
  /** Takes a call that rings: at a user, at anybody, or, without either, at somebody of the caller's callgroup. */
  z.strictObject({ application: z.literal('intercept'), user: word.optional(), everywhere: z.boolean().optional() }),
  /** Calls the last number again, or the last one that called. */
  z.strictObject({ application: z.literal('redial') }),
  z.strictObject({ application: z.literal('call-return') }),
  z.strictObject({ application: z.literal('voicemail') }),
  /** As if another number of the same context had been dialled. */
  z.strictObject({ application: z.literal('transfer'), number: word }),
]); // prettier-ignore
export type Action = z.infer<typeof actionSchema>;

export const CONTEXTS = ['default', 'public'] as const;
export type Context = (typeof CONTEXTS)[number];

function readPattern(text: string, context: z.RefinementCtx): NumberPattern {
  const pattern = parseNumberPattern(text);
  if (pattern.ok) return pattern.value;
  context.addIssue({ code: 'custom', message: pattern.error });
  return z.NEVER;
}

/** One rule: the contexts that it holds in, the numbers that it takes, and what becomes of them. */
export const ruleSchema = z.strictObject({
  name: word,
  contexts: z.array(z.enum(CONTEXTS)).min(1).default(['default']),
  destination_number: z.string().min(1).max(256).transform(readPattern),
  action: actionSchema,
});
export type DialPlanRule = z.infer<typeof ruleSchema>;

type RuleText = z.input<typeof ruleSchema>;

/** FreeSWITCH's numbers (its dial plan `default`). */
const NUMBERS: readonly RuleText[] = [
  { name: 'operator', destination_number: '^(?:0|operator)$', action: { application: 'transfer', number: '1000' } },
  { name: 'group-intercept', destination_number: '^\\*8$', action: { application: 'intercept' } },
  { name: 'global-intercept', destination_number: '^886$', action: { application: 'intercept', everywhere: true } },
  { name: 'intercept-ext', destination_number: '^\\*\\*(\\w+)$', action: { application: 'intercept', user: '$1' } },
  { name: 'call_return', destination_number: '^(?:\\*69|869|lcr)$', action: { application: 'call-return' } },
  { name: 'redial', destination_number: '^(?:870|redial)$', action: { application: 'redial' } },
  { name: 'vmain', destination_number: '^(?:\\*98|4000|vmain)$', action: { application: 'voicemail' } },
  { name: 'group_dial_sales', destination_number: '^2000$', action: { application: 'group', group: 'sales', order: 'simultaneous' } },
  { name: 'group_dial_support', destination_number: '^2001$', action: { application: 'group', group: 'support', order: 'simultaneous' } },
  { name: 'group_dial_billing', destination_number: '^2002$', action: { application: 'group', group: 'billing', order: 'simultaneous' } },
  { name: 'nb_conferences', destination_number: '^3[0-3]\\d\\d$', action: { application: 'conference', room: '$0' } },
  { name: 'park', destination_number: '^(?:5900|park)$', action: { application: 'park' } },
  { name: 'unpark', destination_number: '^(?:5901|unpark)$', action: { application: 'unpark' } },
  { name: 'valet_park', destination_number: '^6000$', action: { application: 'park', slot: 'any' } },
  { name: 'valet_park_slot', destination_number: '^60[1-9]\\d$', action: { application: 'park', slot: '$0' } },
  { name: 'valet_park_first_slots', destination_number: '^600[1-9]$', action: { application: 'park', slot: '$0' } },
  { name: 'del-group', destination_number: '^80(\\d\\d)$', action: { application: 'group-member', group: '$1', member: false } },
  { name: 'add-group', destination_number: '^81(\\d\\d)$', action: { application: 'group-member', group: '$1', member: true } },
  { name: 'call-group-simo', destination_number: '^82(\\d\\d)$', action: { application: 'group', group: '$1', order: 'simultaneous' } },
  { name: 'call-group-order', destination_number: '^83(\\d\\d)$', action: { application: 'group', group: '$1', order: 'sequential' } },
  { name: 'extension-intercom', destination_number: '^8(10[01]\\d)$', action: { application: 'bridge', user: '$1', intercom: true } },
  { name: 'talking_clock_time', destination_number: '^9170$', action: { application: 'say', what: 'time' } },
  { name: 'talking_clock_date', destination_number: '^9171$', action: { application: 'say', what: 'date' } },
  { name: 'talking_clock_both', destination_number: '^9172$', action: { application: 'say', what: 'both' } },
  { name: 'ringback_180', destination_number: '^9180$', action: { application: 'playback', sound: 'milliwatt', before: { status: 180, seconds: 20 } } },
  { name: 'ringback_183_uk_ring', destination_number: '^9181$', action: { application: 'playback', sound: 'milliwatt', before: { status: 183, sound: 'ringback-uk', seconds: 20 } } },
  { name: 'ringback_183_music_ring', destination_number: '^9182$', action: { application: 'playback', sound: 'milliwatt', before: { status: 183, sound: 'hold-music', seconds: 20 } } },
  { name: 'ringback_post_answer_uk_ring', destination_number: '^9183$', action: { application: 'playback', sound: 'ringback-uk' } },
  { name: 'ringback_post_answer_music', destination_number: '^9184$', action: { application: 'playback', sound: 'hold-music' } },
  { name: 'delay_echo', destination_number: '^9195$', action: { application: 'echo', delay: 5 } },
  { name: 'echo', destination_number: '^9196$', action: { application: 'echo' } },
  { name: 'milliwatt', destination_number: '^9197$', action: { application: 'playback', sound: 'milliwatt' } },
  { name: 'tone_stream', destination_number: '^9198$', action: { application: 'playback', sound: 'melody' } },
  { name: 'hold_music', destination_number: '^9664$', action: { application: 'playback', sound: 'hold-music', security: true } },
  { name: 'Local_Extension', contexts: ['default', 'public'], destination_number: '^10[01]\\d$', action: { application: 'bridge', user: '$0' } },
]; // prettier-ignore

const BUILT_IN: readonly DialPlanRule[] = NUMBERS.map((rule) => ruleSchema.parse(rule));

/** All rules in order: those of a configuration before FreeSWITCH's. */
export function dialPlanRules(own: readonly DialPlanRule[]): readonly DialPlanRule[] {
  return [...own, ...BUILT_IN];
}

/** Longest number that is looked at. */
const LONGEST_NUMBER = 64;

/** Numbers and where they lead: the rules of the configuration first, then FreeSWITCH's, then the names of users. */
export class DialPlan {
  #rules: readonly DialPlanRule[] = [];
  readonly #isUser: (user: string) => boolean;

  constructor(own: readonly DialPlanRule[], isUser: (user: string) => boolean) {
    this.#isUser = isUser;
    this.configure(own);
  }

  /** The rules that come before the built-in ones, from now on. */
  configure(own: readonly DialPlanRule[]): void {
    this.#rules = dialPlanRules(own);
  }

  /** Where `number` leads in `context`; `undefined`: nowhere (404). */
  find(context: Context, number: string): Action | undefined {
    if (number.length > LONGEST_NUMBER) return undefined;
    for (const { contexts, destination_number: pattern, action } of this.#rules) {
      const groups = contexts.includes(context) ? pattern.match(number) : undefined;
      if (groups !== undefined) return substitute(action, groups);
    }
    return context === 'default' && this.#isUser(number) ? { application: 'bridge', user: number } : undefined;
  }
}

/** Puts the number and its groups into the words of an action. */
function substitute(action: Action, groups: readonly string[]): Action {
  const filled = (text: string): string => text.replaceAll(/\$(\d)/g, (_, group) => groups[Number(group)] ?? '');
  const words: unknown[][] = Object.entries(action).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string' ? filled(value) : value,
  ]);
  return Object.fromEntries(words as [string, unknown][]) as Action;
}
