/**
 * Parameters of a URI or a header value, in the order written. Names are lower case; `null` stands for a parameter
 * without a value (`;lr`). Quoted values are held without their quotes.
 */
export type Parameters = ReadonlyMap<string, string | null>;

/** No parameters. */
export const NO_PARAMETERS: Parameters = new Map<string, string | null>();

/** The same parameters with some added or replaced; `undefined` takes one away. */
export function withParameters(
  parameters: Parameters,
  changes: Readonly<Record<string, string | null | undefined>>,
): Parameters {
  const next = new Map(parameters);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name.toLowerCase());
    else next.set(name.toLowerCase(), value);
  }
  return next;
}
