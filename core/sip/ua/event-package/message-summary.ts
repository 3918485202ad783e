import type { Body } from '../session-description-handler.ts';

/** The body of the package of the same name (RFC 3842 §3.5). */
export const MESSAGE_SUMMARY_TYPE = 'application/simple-message-summary';

/** How many messages of a kind there are. */
export interface MessageCount {
  readonly fresh: number;
  readonly old: number;
  readonly urgentFresh: number;
  readonly urgentOld: number;
}

/** What waits in a mailbox (RFC 3842 §3.5). */
export interface MessageSummary {
  readonly waiting: boolean;
  /** URI of the mailbox. */
  readonly account: string | undefined;
  /** `voice-message`, `fax-message`, ... in lower case. */
  readonly counts: ReadonlyMap<string, MessageCount>;
}

const LONGEST = 8192;

/** Reads a summary; `undefined` where it is none. Only the first line is needed. */
export function readMessageSummary({ contentType, content }: Body): MessageSummary | undefined {
  if (contentType.split(';', 1)[0]?.trim().toLowerCase() !== MESSAGE_SUMMARY_TYPE) return undefined;
  const lines = new TextDecoder().decode(content.subarray(0, LONGEST)).split(/\r\n|\r|\n/);
  let waiting: boolean | undefined;
  let account: string | undefined;
  const counts = new Map<string, MessageCount>();
  for (const line of lines) {
    // Behind an empty line come the headers of the messages themselves, which no lamp shows.
    if (line.trim() === '') break;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'messages-waiting') waiting = value.toLowerCase() === 'yes';
    else if (name === 'message-account') account = value;
    else if (/^[a-z-]{1,32}-message$/.test(name)) {
      const count = readCount(value);
      if (count !== undefined) counts.set(name, count);
    }
  }
  return waiting === undefined ? undefined : { waiting, account, counts };
}

/** Writes a summary. */
export function messageSummary({ waiting, account, counts }: MessageSummary): Body {
  const lines = [`Messages-Waiting: ${waiting ? 'yes' : 'no'}`];
  if (account !== undefined) lines.push(`Message-Account: ${account.replace(/[\r\n]+/g, ' ')}`);
  for (const [kind, { fresh, old, urgentFresh, urgentOld }] of counts) {
    const name = kind.replace(/(^|-)([a-z])/g, (_whole, dash: string, letter: string) => dash + letter.toUpperCase());
    lines.push(`${name}: ${fresh}/${old} (${urgentFresh}/${urgentOld})`);
  }
  return { contentType: MESSAGE_SUMMARY_TYPE, content: new TextEncoder().encode(`${lines.join('\r\n')}\r\n`) };
}

/** `2/8 (0/2)`; the part in brackets may be missing. */
function readCount(text: string): MessageCount | undefined {
  const match = /^(\d{1,9})\s*\/\s*(\d{1,9})(?:\s*\(\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*\))?/.exec(text);
  if (match === null) return undefined;
  const [fresh = 0, old = 0, urgentFresh = 0, urgentOld = 0] = match.slice(1).map((digits) => Number(digits || 0));
  return { fresh, old, urgentFresh, urgentOld };
}
