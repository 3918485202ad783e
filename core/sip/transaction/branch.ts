import { randomToken, type Random } from '../../base/random.ts';

/** What a branch made by RFC 3261 begins with (§8.1.1.7). */
const MAGIC_COOKIE = 'z9hG4bK';

/** A branch that is unique in space and time: 96 random bits behind the magic cookie (RFC 3261 §8.1.1.7). */
export function newBranch(random: Random): string {
  return MAGIC_COOKIE + randomToken(random, 16);
}

/** Whether the branch identifies its transaction; without the cookie the rules of RFC 2543 hold (RFC 3261 §17.2.3). */
export function hasMagicCookie(branch: string): boolean {
  return branch.slice(0, MAGIC_COOKIE.length).toLowerCase() === MAGIC_COOKIE.toLowerCase();
}
