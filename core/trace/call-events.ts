import type { TraceEvent } from './tracer.ts';

/**
 * The events of one call of the phone: its own, the SIP messages with its Call-ID, and the connections that carried them. Of
 * a call that came to no message, the connections that were tried meanwhile.
 */
export function eventsOfCall(events: readonly TraceEvent[], call: string): TraceEvent[] {
  const own = events.filter((event) => event.call === call);
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last === undefined) return [];
  const names = new Set([call, ...own.flatMap(({ callId }) => (typeof callId === 'string' ? [callId] : []))]);
  const isOfCall = (event: TraceEvent): boolean => names.has(event.call ?? callIdOf(event) ?? '');
  const connections = new Set(events.filter(isOfCall).flatMap(({ connection }) => connection ?? []));
  const isMeanwhile = ({ seq }: TraceEvent): boolean => seq >= first.seq && seq <= last.seq;
  return events.filter((event) => {
    if (isOfCall(event)) return true;
    const { connection } = event;
    if (connections.size === 0) return isMeanwhile(event) && ABOUT_CONNECTIONS.test(event.kind);
    // What else the connection carried is another's; how it came about and ended is not.
    return connection !== undefined && connections.has(connection) && ABOUT_CONNECTIONS.test(event.kind);
  });
}

const ABOUT_CONNECTIONS = /^(?:tls|connection|dns)\.|^diagnosis$/;

/** The Call-ID of a SIP message; `undefined` where the event is none. */
export function callIdOf({ text }: TraceEvent): string | undefined {
  return typeof text === 'string' ? /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)/im.exec(text)?.[1] : undefined;
}
