import type { TraceEvent } from './tracer.ts';

/** How far a connection came with one part of its beginning. */
export type Verdict = 'ok' | 'warning' | 'failed';

/** A part of the beginning of a connection, in the order in which they pass; `closed` is its end. */
export type ConnectionStepName =
  | 'dns'
  | 'connected'
  | 'client-hello'
  | 'server-hello'
  | 'certificate'
  | 'client-certificate'
  | 'alert'
  | 'verified'
  | 'secured'
  | 'first-message'
  | 'failed'
  | 'closed';

export interface ConnectionStep {
  readonly step: ConnectionStepName;
  readonly verdict: Verdict;
  /** Milliseconds since the connection was begun; missing where only the order is known. */
  readonly atMs: number | undefined;
  /** Words of the protocols: versions, ciphers, names, codes. */
  readonly facts: readonly string[];
  /** The event that tells it. */
  readonly seq: number;
}

/** A certificate of a chain as it was shown. Whatever could not be read is missing. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly names: readonly string[];
  readonly key: string;
  readonly signature: string;
  readonly usage: readonly string[];
  /** Lower-case hex. */
  readonly sha256: string;
  readonly selfSigned: boolean;
}

/** One connection of a trace, or one attempt at it. */
export interface TracedConnection {
  /** Such as `phone-tls-1`; of an attempt that never had a name, the address it was for. */
  readonly name: string;
  readonly protocol: string;
  /** Whether we dialled; missing where the trace does not tell. */
  readonly dialled: boolean | undefined;
  readonly local: string | undefined;
  readonly remote: string | undefined;
  readonly state: 'opening' | 'open' | 'closed' | 'failed';
  /** The name that was dialled, which the certificate has to have. */
  readonly expectedName: string | undefined;
  readonly steps: readonly ConnectionStep[];
  /** Leaf first: what the server showed, and what the client showed where it was asked to. */
  readonly serverChain: readonly ShownCertificate[];
  readonly clientChain: readonly ShownCertificate[];
  /** SIP messages in both directions. */
  readonly messages: number;
  /** Why it failed or ended, as `diagnosis` of the events has it. */
  readonly diagnosis: unknown;
  /** Numbers of its first and last event. */
  readonly first: number;
  readonly last: number;
}

interface Draft {
  name: string;
  protocol: string;
  dialled: boolean | undefined;
  local: string | undefined;
  remote: string | undefined;
  state: TracedConnection['state'];
  expectedName: string | undefined;
  begun: number;
  readonly steps: ConnectionStep[];
  tree: Fields;
  messages: number;
  diagnosis: unknown;
  first: number;
  last: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the connections out of a trace, in the order in which they began. Whatever a foreign file holds, it does not throw. */
export function connectionsOf(events: readonly TraceEvent[]): readonly TracedConnection[] {
  const named = new Map<string, Draft>();
  const drafts: Draft[] = [];
  const dialling: Draft[] = [];
  let located: TraceEvent | undefined;

  const begin = (event: TraceEvent, name: string): Draft => {
    const draft: Draft = {
      name,
      protocol: textOf(event.protocol) ?? protocolOf(name),
      dialled: undefined,
      local: undefined,
      remote: textOf(event.remote),
      state: 'opening',
      expectedName: textOf(event.serverName),
      begun: event.mono - durationOf(event),
      steps: [],
      tree: {},
      messages: 0,
      diagnosis: undefined,
      first: event.seq,
      last: event.seq,
    };
    drafts.push(draft);
    return draft;
  };
  /** The connection of an event, which an attempt to the same address becomes. */
  const of = (event: TraceEvent): Draft | undefined => {
    const { connection, kind } = event;
    const remote = textOf(event.remote);
    if (connection === undefined) {
      return kind === 'diagnosis' || kind === 'tls.rejected'
        ? lastTo(drafts, remote, (draft) => draft.state === 'opening')
        : undefined;
    }
    const known = named.get(connection);
    if (known !== undefined) return known;
    const attempt = dialling.findIndex(
      (draft) => draft.protocol === protocolOf(connection) && (remote === undefined || draft.remote === remote),
    );
    const isOurs = attempt >= 0 && event.role !== 'server' && event.opened !== 'there';
    const draft = isOurs ? dialling.splice(attempt, 1)[0] : undefined;
    const found = draft ?? begin(event, connection);
    found.name = connection;
    named.set(connection, found);
    return found;
  };

  for (const event of events) {
    if (event.kind === 'dns.located') located = event;
    if (event.kind === 'connection.dialling') {
      const draft = begin(event, textOf(event.remote) ?? '?');
      draft.dialled = true;
      const facts = located === undefined ? [] : targetsOf(located);
      if (located !== undefined && facts.includes(draft.remote ?? '')) {
        draft.steps.push({
          step: 'dns',
          verdict: 'ok',
          atMs: undefined,
          facts: [textOf(located.uri) ?? '', ...facts],
          seq: located.seq,
        });
      }
      dialling.push(draft);
      continue;
    }
    const draft = of(event);
    if (draft === undefined) continue;
    draft.last = event.seq;
    draft.local ??= textOf(event.local);
    draft.remote ??= textOf(event.remote);
    note(draft, event);
    if (draft.state === 'failed' && dialling.includes(draft)) dialling.splice(dialling.indexOf(draft), 1);
  }
  return drafts.map(finished);
}

function note(draft: Draft, event: TraceEvent): void {
  const atMs = event.mono - draft.begun;
  const step = (
    name: ConnectionStepName,
    verdict: Verdict,
    facts: readonly (string | undefined)[] = [],
    at: number | undefined = atMs,
  ): void => {
    draft.steps.push({
      step: name,
      verdict,
      atMs: at,
      facts: facts.filter((fact) => fact !== undefined),
      seq: event.seq,
    });
  };
  switch (event.kind) {
    case 'tls.handshake':
      draft.dialled ??= event.role === 'client';
      draft.tree = fieldsOf(event.tree);
      handshakeSteps(draft.tree, step);
      return;
    case 'connection.opened':
      draft.dialled ??= event.opened === 'here';
      draft.state = 'open';
      // Of TLS the handshake tells when the way was open.
      if (!draft.steps.some((known) => known.step === 'connected')) step('connected', 'ok', [draft.remote]);
      return;
    case 'tls.verified': {
      const security = fieldsOf(event.security);
      const name = textOf(security.peerName);
      if (security.peerVerified === true) step('verified', 'ok', [name, ...textsOf(security.rules)]);
      // A server that asks for no certificate has nothing to verify.
      else if (draft.dialled !== false) step('verified', 'warning');
      return;
    }
    case 'sip.sent':
    case 'sip.received': {
      const text = textOf(event.text) ?? '';
      draft.messages += 1;
      if (draft.messages === 1) step('first-message', 'ok', [text.slice(0, Math.max(0, text.search(/\r?\n/)))]);
      return;
    }
    case 'diagnosis':
      draft.diagnosis = event.diagnosis;
      if (draft.state === 'opening') draft.state = 'failed';
      step('failed', 'failed', [textOf(fieldsOf(event.diagnosis).code)]);
      return;
    case 'connection.closed':
      draft.state = 'closed';
      step('closed', textOf(event.code) === undefined ? 'ok' : 'warning', [textOf(event.code), textOf(event.reason)]);
      return;
  }
}

/** The steps that a handshake tree tells, each with its own time. */
function handshakeSteps(
  tree: Fields,
  step: (
    name: ConnectionStepName,
    verdict: Verdict,
    facts: readonly (string | undefined)[],
    atMs: number | undefined,
  ) => void,
): void {
  const times = fieldsOf(tree.times);
  const at = (name: string): number | undefined => (typeof times[name] === 'number' ? times[name] : undefined);
  const [offered, chosen] = [fieldsOf(tree.clientHello), fieldsOf(tree.serverHello)];
  if (at('connected') !== undefined) step('connected', 'ok', [], at('connected'));
  if (tree.clientHello !== undefined) {
    step(
      'client-hello',
      'ok',
      [textsOf(offered.versions).join(' '), textOf(offered.serverName), textsOf(offered.groups).slice(0, 3).join(' ')],
      at('clientHello'),
    );
  }
  if (tree.serverHello !== undefined) {
    step('server-hello', 'ok', [textOf(chosen.version), textOf(chosen.cipher), textOf(tree.group)], at('serverHello'));
  }
  const [leaf] = chainOf(tree.serverChain);
  if (leaf !== undefined) step('certificate', 'ok', [leaf.subject, leaf.issuer], at('certificate'));
  if (tree.certificateRequest !== undefined) step('client-certificate', 'ok', [], at('certificateRequest'));
  for (const alert of listOf(tree.alerts)) {
    const { level, alert: name, direction, atMs } = fieldsOf(alert);
    const verdict = level === 'warning' || name === 'close_notify' ? 'warning' : 'failed';
    step('alert', verdict, [textOf(direction), textOf(name)], typeof atMs === 'number' ? atMs : undefined);
  }
  if (tree.outcome === 'secured') step('secured', 'ok', [textOf(tree.version), textOf(tree.cipher)], at('secured'));
  const ended = [textOf(tree.error), textOf(tree.spoken)];
  if (tree.outcome === 'failed') step('failed', 'failed', ended, at('failed'));
}

/** How long ago an event's connection was begun, which only a handshake tells. */
function durationOf({ tree }: TraceEvent): number {
  const times = Object.values(fieldsOf(fieldsOf(tree).times)).filter((time) => typeof time === 'number');
  return Math.max(0, ...times);
}

function finished({ tree, begun: _begun, ...draft }: Draft): TracedConnection {
  return { ...draft, serverChain: chainOf(tree.serverChain), clientChain: chainOf(tree.clientChain) };
}

/** The certificates of a chain, as the trace or `CertificateView` has them. */
export function chainOf(value: unknown): ShownCertificate[] {
  return listOf(value).map((entry) => {
    const certificate = fieldsOf(entry);
    const { keyType, keyBits } = certificate;
    return {
      subject: textOf(certificate.subject) ?? '',
      issuer: textOf(certificate.issuer) ?? '',
      notBefore: textOf(certificate.notBefore) ?? '',
      notAfter: textOf(certificate.notAfter) ?? '',
      names: textsOf(certificate.san),
      key: [textOf(keyType), typeof keyBits === 'number' ? String(keyBits) : undefined].filter(Boolean).join(' '),
      signature: textOf(certificate.signature) ?? '',
      usage: [...textsOf(certificate.keyUsage), ...textsOf(certificate.eku)],
      sha256: textOf(certificate.sha256) ?? '',
      selfSigned: certificate.selfSigned === true,
    };
  });
}

function lastTo(
  drafts: readonly Draft[],
  remote: string | undefined,
  matches: (draft: Draft) => boolean,
): Draft | undefined {
  return remote === undefined ? undefined : drafts.findLast((draft) => draft.remote === remote && matches(draft));
}

/** `tls` of `phone-tls-1`. */
function protocolOf(name: string): string {
  return /-(udp|tcp|tls|ws|wss)-\d+$/.exec(name)?.[1] ?? '';
}

function targetsOf({ targets }: TraceEvent): string[] {
  return listOf(targets).map((target) => {
    const { address, port } = fieldsOf(target);
    const host = textOf(address) ?? '';
    return `${host.includes(':') ? `[${host}]` : host}:${typeof port === 'number' ? port : ''}`;
  });
}

function fieldsOf(value: unknown): Fields {
  // A tree that is built when it is looked at shows its fields to JSON alone.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return listOf(value).filter((entry) => typeof entry === 'string');
}
