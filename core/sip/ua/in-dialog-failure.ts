/** What a failure of a request within a dialog takes with it: nothing more, what the request belongs to, or everything. */
type FailureReach = 'usage' | 'dialog';

/** RFC 5057 §5.1; a status that is not here ends its transaction only. 408 stands for silence, too (§5.2). */
const REACH: ReadonlyMap<number, FailureReach> = new Map([
  [404, 'dialog'],
  [408, 'usage'],
  [410, 'dialog'],
  [416, 'dialog'],
  [481, 'usage'],
  [482, 'dialog'],
  [483, 'dialog'],
  [484, 'dialog'],
  [485, 'dialog'],
  [502, 'dialog'],
  [604, 'dialog'],
]);

/** Methods that belong to the session itself; others, such as NOTIFY, have a usage of their own (RFC 5057 §4.1). */
const SESSION_METHODS: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'PRACK', 'INFO', 'BYE']);

/** Whether a final response to a request within the dialog of a session ends the session (RFC 3261 §12.2.1.2, RFC 5057 §5). */
export function endsSession(method: string, status: number): boolean {
  const reach = REACH.get(status);
  return reach === 'dialog' || (reach === 'usage' && SESSION_METHODS.has(method));
}
