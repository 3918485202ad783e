const CLASSES: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[A-Za-z0-9_]',
  W: '[^A-Za-z0-9_]',
};

/**
 * A pattern of our dial plan (a subset of JavaScript's, see `number-pattern.ts`) as a POSIX extended regular expression.
 * There every group counts: `groups[n]` is the number there of what is group `n` here.
 */
export function posixPattern(source: string): { readonly text: string; readonly groups: readonly number[] } {
  const groups = [0];
  let opened = 0;
  const text = source.replaceAll(/\\(.)|\[[^\]]*\]|\((?:\?:)?/g, (step, escaped: string | undefined) => {
    if (step.startsWith('(')) {
      opened++;
      if (step === '(') groups.push(opened);
      return '(';
    }
    if (escaped !== undefined) return CLASSES[escaped] ?? (/[\w/-]/.test(escaped) ? escaped : `\\${escaped}`);
    // Within a set a backslash stands for itself, and a minus only at its end.
    const set = step.slice(1, -1).replaceAll('\\d', '0-9').replaceAll('\\w', 'A-Za-z0-9_');
    const minus = set.includes('\\-');
    return `[${set.replaceAll('\\-', '').replaceAll('\\', '')}${minus ? '-' : ''}]`;
  });
  return { text, groups };
}
