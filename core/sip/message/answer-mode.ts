import { isToken, skipToken } from './characters.ts';
import type { SipMessage } from './message.ts';
import { parseParameters } from './parameters.ts';
import { splitList } from './lists.ts';

/** How a call wants to be answered (RFC 5373 §4): by the phone itself, or by a person. */
export interface AnswerMode {
  readonly mode: 'auto' | 'manual';
  /** Rather no call than one answered in another way. */
  readonly required: boolean;
}

/** What a caller asks for in Answer-Mode, or with privilege in Priv-Answer-Mode; `undefined` where it is absent or unknown. */
export function readAnswerMode(
  { headers }: SipMessage,
  header: 'Answer-Mode' | 'Priv-Answer-Mode' = 'Answer-Mode',
): AnswerMode | undefined {
  const value = headers.get(header);
  if (value === undefined) return undefined;
  const end = skipToken(value, 0);
  const parameters = parseParameters(value, end);
  const mode = value.slice(0, end).toLowerCase();
  if (!parameters.ok || (mode !== 'auto' && mode !== 'manual')) return undefined;
  return { mode, required: parameters.value.has('require') };
}

/** Writes the value of Answer-Mode. */
export function formatAnswerMode({ mode, required }: AnswerMode): string {
  return `${mode === 'auto' ? 'Auto' : 'Manual'}${required ? ';require' : ''}`;
}

/** One value of Alert-Info or Call-Info (RFC 3261 §20.4, §20.9). */
interface InfoValue {
  readonly uri: string;
  readonly parameters: ReadonlyMap<string, string | null>;
}

/** The values of Alert-Info or Call-Info, those left out that cannot be read. URIs stay text: most are no SIP ones. */
export function readInfoValues({ headers }: SipMessage, header: 'Alert-Info' | 'Call-Info'): readonly InfoValue[] {
  return headers.getAll(header).flatMap((field) =>
    splitList(field).flatMap((value) => {
      const { uri, rest } = splitReference(value);
      const parameters = parseParameters(rest);
      return parameters.ok ? [{ uri, parameters: parameters.value }] : [];
    }),
  );
}

/** `<uri>;parameters`; without brackets, as some write it, the first semicolon ends the URI. */
function splitReference(value: string): { readonly uri: string; readonly rest: string } {
  const close = value.startsWith('<') ? value.indexOf('>') : -1;
  if (close > 0) return { uri: value.slice(1, close), rest: value.slice(close + 1) };
  const semicolon = value.indexOf(';');
  return semicolon < 0
    ? { uri: value, rest: '' }
    : { uri: value.slice(0, semicolon).trim(), rest: value.slice(semicolon) };
}

/** Longest wait that is taken for an answer by itself, seconds. */
const LONGEST_WAIT_S = 3600;

/**
 * After how many seconds a call asks to be answered by the phone itself; `undefined` where it does not ask. Answer-Mode (RFC
 * 5373) comes first, then what phones have agreed on without an RFC: `Call-Info: <…>;answer-after=0` and `Alert-Info:
 * <…>;info=alert-autoanswer` (with `delay`). Whether it is heeded is the called one's policy: it opens a microphone.
 */
export function autoAnswerDelay(message: SipMessage): number | undefined {
  const mode = readAnswerMode(message, 'Priv-Answer-Mode') ?? readAnswerMode(message);
  if (mode !== undefined) return mode.mode === 'auto' ? 0 : undefined;
  for (const { parameters } of readInfoValues(message, 'Call-Info')) {
    const after = parameters.get('answer-after');
    if (after !== undefined) return wait(after);
  }
  const alert = readInfoValues(message, 'Alert-Info').find(
    ({ uri, parameters }) => isAutoAnswer(parameters.get('info') ?? '') || isAutoAnswer(uri),
  );
  return alert === undefined ? undefined : wait(alert.parameters.get('delay') ?? '0');
}

function isAutoAnswer(text: string): boolean {
  return /^(?:alert-autoanswer|auto[ -]?answer)$/i.test(text.trim());
}

function wait(text: string | null): number | undefined {
  if (text === null || !isToken(text) || !/^\d{1,4}$/.test(text)) return undefined;
  return Math.min(Number(text), LONGEST_WAIT_S);
}
