/** Output that is under way may still leave. */
const GRACE_MS = 500;

/**
 * Ends this process with `code` in a moment, if it does not end by itself before. For a program that was told to end and has
 * closed what it had: a connection that was just being dialled must not keep it alive until that fails.
 */
export function exitSoon(code: number): void {
  setTimeout(() => process.exit(code), GRACE_MS).unref();
}
