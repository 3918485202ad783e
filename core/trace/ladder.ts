import { callIdOf } from './call-events.ts';
import type { TraceEvent } from './tracer.ts';

/** A message between two parties, or something that happened at one of them. */
export interface LadderRow {
  /** Monotonic milliseconds since the first event of the trace. */
  readonly atMs: number;
  readonly from: string;
  /** The same as `from` where something happened at one party. */
  readonly to: string;
  readonly label: string;
  /** `tls`, `udp` …; missing where nothing travelled. */
  readonly protocol: string | undefined;
  readonly call: string | undefined;
  /** The same for a request and its responses: branch and method (RFC 3261 §17.1.3). Missing where nothing travelled. */
  readonly transaction: string | undefined;
  /** Whether it tells of something that went wrong. */
  readonly isTrouble: boolean;
  /** How often the message was seen: more than once where it was retransmitted. */
  count: number;
  /** The event that it comes from. */
  readonly seq: number;
}

/** A trace as a ladder: who spoke with whom, in order. */
export interface Ladder {
  /** Columns in the order in which they appear. */
  readonly parties: readonly string[];
  readonly rows: readonly LadderRow[];
}

/** Answers that ask for a password, which is how it goes, and those that end a ringing that was taken back. */
const CHALLENGE = /^SIP\/2\.0 (?:401|407|487)/;

/** Events that belong into a ladder beside the messages, and what to say of them. Each diagnosis stands there once. */
const NOTES: Readonly<Record<string, (event: TraceEvent) => string>> = {
  'tls.verified': ({ security }) => {
    const { protocol, cipher, peerName } = fieldsOf(security);
    return `TLS: ${wordsOf(protocol, cipher)}, ${peerName === undefined ? 'nobody verified' : `is ${wordsOf(peerName)}`}`;
  },
  diagnosis: ({ diagnosis, code }) => `diagnosis: ${wordsOf(fieldsOf(diagnosis).code ?? code)}`,
  'connection.closed': ({ code }) => `connection closed${code === undefined ? '' : `: ${wordsOf(code)}`}`,
  'srtp.keyed': ({ suite, send, codec }) => `SRTP: ${wordsOf(suite ?? send, codec)}`,
  'registration.state': ({ state }) => `registration: ${wordsOf(state)}`,
  'call.state': ({ state, security }) => `call: ${wordsOf(state, security)}`,
};

/**
 * Puts the SIP messages of a trace into columns by party, not by address: a connection's name says whose it is, and where
 * both of its ends are in the trace, a message that was sent by one and received by the other is one row. Retransmissions
 * are counted at the first.
 */
export function ladder(events: readonly TraceEvent[]): Ladder {
  const owners = ownersOf(events);
  const parties = new Set<string>();
  const rows: LadderRow[] = [];
  const seen = new Map<string, { readonly row: LadderRow; readonly kind: string }>();
  const start = events[0]?.mono ?? 0;
  for (const event of events) {
    const own = partyOf(event, owners);
    const isMessage = event.kind === 'sip.sent' || event.kind === 'sip.received';
    const note = isMessage ? undefined : NOTES[event.kind]?.(event);
    if (!isMessage && note === undefined) continue;
    const remote = typeof event.remote === 'string' ? event.remote : '?';
    const other = isMessage ? (owners.get(remote) ?? remote) : own;
    const [from, to] = event.kind === 'sip.received' ? [other, own] : [own, other];
    const text = typeof event.text === 'string' ? event.text : '';
    const key = `${from} ${to} ${text}`;
    const known = isMessage ? seen.get(key) : undefined;
    if (known !== undefined) {
      // The other end of the same connection saw the same message; the same end sees it again when it is sent again.
      if (known.kind === event.kind) known.row.count += 1;
      continue;
    }
    const row: LadderRow = {
      atMs: event.mono - start,
      from,
      to,
      label: note ?? labelOf(text),
      protocol: isMessage && typeof event.protocol === 'string' ? event.protocol : undefined,
      call: event.call ?? callIdOf(event),
      transaction: isMessage ? transactionOf(text) : undefined,
      isTrouble: isMessage ? /^SIP\/2\.0 [456]/.test(text) && !CHALLENGE.test(text) : event.level <= 3,
      count: 1,
      seq: event.seq,
    };
    parties.add(from).add(to);
    rows.push(row);
    if (isMessage) seen.set(key, { row, kind: event.kind });
  }
  return { parties: [...parties], rows };
}

const COLUMN = 26;

/** A ladder as text: a column a party, an arrow a message. */
export function formatLadder({ parties, rows }: Ladder): string {
  const margin = ' '.repeat(12);
  const center = (index: number): number => index * COLUMN + COLUMN / 2;
  const width = parties.length * COLUMN;
  const head = parties.map((party) => party.slice(0, COLUMN - 2).padStart((COLUMN + party.length) / 2).padEnd(COLUMN)); // prettier-ignore
  const lines = rows.map((row) => {
    const cells = Array.from({ length: width }, () => ' ');
    for (const index of parties.keys()) cells[center(index)] = '│';
    const [from, to] = [center(parties.indexOf(row.from)), center(parties.indexOf(row.to))];
    const label = row.count > 1 ? `${row.label} ×${row.count}` : row.label;
    const time = `${(row.atMs / 1000).toFixed(3).padStart(10)}  `;
    if (from === to) return `${time}${cells.slice(0, from).join('')}● ${label}`;
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    for (let at = left + 1; at < right; at++) cells[at] = '─';
    if (to > from) cells[right - 1] = '▶';
    else cells[left + 1] = '◀';
    return `${time}${cells.join('').trimEnd()}  ${label}${row.protocol === undefined ? '' : ` (${row.protocol})`}`;
  });
  return [`${margin}${head.join('').trimEnd()}`, ...lines, ''].join('\n');
}

/** The name of the phone's connections. Those of the switch are named after its profiles; its calls have two. */
const PHONE = 'phone';
const SWITCH = 'switch';

/**
 * Which party has which local address, by the names of the connections: `phone-tls-3` is the phone's. And which calls and
 * dialled addresses are whose.
 */
function ownersOf(events: readonly TraceEvent[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { connection, local, remote, component, kind, call, role } of events) {
    if (kind === 'call.state' && call !== undefined) owners.set(call, component === 'pbx' ? SWITCH : PHONE);
    const name = connection === undefined ? undefined : nameOf(connection);
    if (name === undefined) continue;
    if (typeof local === 'string') owners.set(local, name);
    if (role === 'client' && typeof remote === 'string') owners.set(`to ${remote}`, name);
  }
  return owners;
}

function partyOf(event: TraceEvent, owners: ReadonlyMap<string, string>): string {
  const { connection, local, remote, call, kind, address } = event;
  if (connection !== undefined) return nameOf(connection) ?? connection;
  // The phone tells of its registrations by their address, the switch of those that it has by their connection.
  if (kind === 'registration.state' && address !== undefined) return PHONE;
  const keys = [local, call, typeof remote === 'string' ? `to ${remote}` : undefined];
  for (const key of keys) {
    const owner = typeof key === 'string' ? owners.get(key) : undefined;
    if (owner !== undefined) return owner;
  }
  return 'here';
}

function nameOf(connection: string): string | undefined {
  return /^(.+)-(?:udp|tcp|tls|ws|wss)-\d+$/.exec(connection)?.[1];
}

/** `INVITE sip:9196@example.org`, or `200 OK to INVITE`; `+ SDP` where there is a description in it. */
function labelOf(text: string): string {
  const start = text.slice(0, Math.max(text.search(/\r?\n/), 0) || undefined);
  const body = /^(?:Content-Type|c)[ \t]*:[ \t]*application\/sdp/im.test(text) ? ' + SDP' : '';
  const status = /^SIP\/2\.0 (.*)$/.exec(start)?.[1];
  if (status === undefined) return `${start.replace(/ SIP\/2\.0$/, '')}${body}`;
  const method = /^CSeq[ \t]*:[ \t]*\d+[ \t]+(\S+)/im.exec(text)?.[1];
  return `${status}${method === undefined ? '' : ` to ${method}`}${body}`;
}

function transactionOf(text: string): string | undefined {
  const branch = /^(?:Via|v)[ \t]*:[^\r\n]*?;[ \t]*branch[ \t]*=[ \t]*([^;,\s]+)/im.exec(text)?.[1];
  const method = /^CSeq[ \t]*:[ \t]*\d+[ \t]+(\S+)/im.exec(text)?.[1];
  return branch === undefined ? undefined : `${branch} ${method ?? ''}`.trim();
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function wordsOf(...values: readonly unknown[]): string {
  return values.filter((value) => typeof value === 'string' || typeof value === 'number').join(' ');
}
