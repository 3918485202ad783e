/** Schemes that this program is registered for. */
const SCHEMES = /^(?:sips?|tel|callto):/i;

/** Longest link that is looked at, in characters. */
const LONGEST = 1024;

/**
 * The link among the arguments that the program was started with, for the dial field; `undefined` where there is none, or
 * one that nobody could have meant. What it means is for the core to read: nothing in a link is obeyed but its address.
 */
export function linkIn(args: readonly string[]): string | undefined {
  const link = args.findLast((word) => SCHEMES.test(word));
  if (link === undefined || link.length > LONGEST || /[\p{Cc}\p{Cf}]/u.test(link)) return undefined;
  return link.replace(/^callto:(?:\/\/)?/i, '');
}
