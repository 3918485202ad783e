import { err, ok, type Result } from '../../base/result.ts';
import { skipToken } from './characters.ts';
import type { SipMessage } from './message.ts';
import { formatParameters, parseParameters, withParameters, type Parameters } from './parameters.ts';

/** The value of an Event header (RFC 6665 §8.2.1). */
export interface EventType {
  /** The package with its templates, such as `presence.winfo`. */
  readonly name: string;
  /** Tells subscriptions to one package in one dialog apart. */
  readonly id: string | undefined;
  /** All parameters, `id` among them. */
  readonly parameters: Parameters;
}

/** Reads one Event value (RFC 6665 §8.4). */
export function parseEvent(text: string): Result<EventType, string> {
  const end = skipToken(text, 0);
  if (end === 0) return err('malformed Event');
  const parameters = parseParameters(text, end);
  if (!parameters.ok) return parameters;
  return ok({
    name: text.slice(0, end),
    id: parameters.value.get('id') ?? undefined,
    parameters: parameters.value,
  });
}

/** The event that a message is about; `undefined` where the header is absent, malformed or there twice. */
export function readEvent({ headers }: SipMessage): EventType | undefined {
  const [value, ...more] = headers.getAll('Event');
  if (value === undefined || more.length > 0) return undefined;
  const event = parseEvent(value);
  return event.ok ? event.value : undefined;
}

/** An event of this name, with an `id` where one is given. */
export function eventType(name: string, id?: string): EventType {
  return { name, id, parameters: withParameters(new Map(), { id }) };
}

/** Writes an Event value. */
export function formatEvent({ name, parameters }: EventType): string {
  return `${name}${formatParameters(parameters)}`;
}

/** Whether two events are one subscription's: name and `id` octet by octet, nothing else (RFC 6665 §8.2.1). */
export function isSameEvent(one: EventType, other: EventType): boolean {
  return one.name === other.name && one.id === other.id;
}
