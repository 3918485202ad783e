/**
 * What a `tls-verify-policy` makes of each kind of certificate, in both directions: one table, which the handshakes of
 * `test/loopback/tls/policy-matrix.test.ts` prove and `docs/tls-matrix.md` shows.
 */

/** Who dials: the phone its switch, or, with `connect-back`, the switch the phone. The policy is the switch's. */
export type Direction = 'phone-dials' | 'switch-dials';

export const POLICIES = ['none', 'in', 'out', 'all', 'subjects_in', 'subjects_out', 'subjects_all'] as const;
export type Policy = (typeof POLICIES)[number];

/** A kind of certificate that a phone shows, and what is wrong with it, by who asks for what. */
export interface CertificateKind {
  readonly kind: string;
  /** Whatever is asked of a chain. */
  readonly chain?: string;
  /** Of an end that is dialled. */
  readonly asServer?: string;
  /** Of an end that dials. */
  readonly asClient?: string;
  /** Where the host in the Contact has to be in it (RFC 5922 §7.3). */
  readonly name?: string;
  /** Where one of `tls-verify-in-subjects` has to be in it. */
  readonly subject?: string;
}

const SUBJECT = 'cert.subject-not-allowed';

export const KINDS: readonly CertificateKind[] = [
  { kind: 'good' },
  { kind: 'of another authority', chain: 'cert.unknown-ca' },
  { kind: 'expired', chain: 'cert.expired' },
  { kind: 'not yet valid', chain: 'cert.not-yet-valid' },
  { kind: 'revoked', chain: 'cert.revoked' },
  { kind: 'below too many others', chain: 'cert.chain-too-long' },
  { kind: 'with a weak key, for servers', asServer: 'cert.weak-key', asClient: 'cert.wrong-purpose' },
  { kind: 'for clients alone', asServer: 'cert.wrong-purpose' },
  { kind: 'for servers alone', asClient: 'cert.wrong-purpose' },
  { kind: 'with another name', name: 'cert.name-mismatch', subject: SUBJECT },
  { kind: 'with an address alone', name: 'cert.name-mismatch', subject: SUBJECT },
  { kind: 'with a wildcard', name: 'cert.wildcard', subject: SUBJECT },
  { kind: 'missing', asClient: 'tls.client-certificate-required' },
];

/** `verified`; `chain`: accepted for its chain, its name was not asked for; `nobody`: accepted without a look; else why not. */
export type Outcome = 'verified' | 'chain' | 'nobody' | (string & {});

/** The rule of the whole matrix. `undefined`: there is no such connection. */
export function outcomeOf(direction: Direction, policy: Policy, kind: CertificateKind): Outcome | undefined {
  if (direction === 'switch-dials' && kind.kind === 'missing') return undefined;
  const asked = policy.replace('subjects_', '');
  const wanted = direction === 'phone-dials' ? 'in' : 'out';
  if (asked !== 'all' && asked !== wanted) return 'nobody';
  const byName = policy.startsWith('subjects');
  const flaw = kind.chain ?? (direction === 'phone-dials' ? kind.asClient : kind.asServer);
  if (flaw !== undefined) return flaw;
  if (direction === 'phone-dials') return (byName ? kind.subject : undefined) ?? 'verified';
  return byName ? (kind.name ?? 'verified') : 'chain';
}

const WORDS: Readonly<Record<string, string>> = {
  verified: '**verified**',
  chain: 'chain only',
  nobody: 'not looked at',
};

const HOLES: readonly (readonly [hole: string, closedBy: string])[] = [
  [
    'Calls open a second connection, back to the phone',
    'one connection for everything is the default; `connect-back` has to be asked for',
  ],
  [
    'A policy `in` leaves the connection back open to a man in the middle',
    'without a policy the switch verifies whom it dials; with `in` alone the second table says what is not looked at',
  ],
  [
    "A server's certificate passes for a client's, and the other way round",
    'the rows _for servers alone_ and _for clients alone_',
  ],
  [
    '`subjects_out` fails for every phone, since a Contact holds an address',
    'an address counts where it stands in the certificate as one (`test/loopback/pbx/connect-back.test.ts`)',
  ],
  ['A wildcard stands for a name', 'the row _with a wildcard_ (RFC 5922 §7.2)'],
  [
    'Subjects that cannot be checked are let through',
    'the rows _with another name_ and _with an address alone_ under `subjects_in`',
  ],
  ['A revoked certificate stays good', 'the row _revoked_: lists beside `cafile.pem` are in force'],
  [
    'A new certificate needs a restart',
    'it serves the next handshake a few seconds later (`test/loopback/cli/cert-watch.test.ts`)',
  ],
];

function outcomes(direction: Direction): string {
  const rows = KINDS.map((kind) => [
    kind.kind,
    ...POLICIES.map((policy) => {
      const outcome = outcomeOf(direction, policy, kind);
      return outcome === undefined ? '–' : (WORDS[outcome] ?? `\`${outcome}\``);
    }),
  ]);
  return table([['certificate of the phone', ...POLICIES.map((policy) => `\`${policy}\``)], ...rows]);
}

function table(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const [head = '', ...body] = cells.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

/** The page of the documentation. */
export function matrixPage(): string {
  return `# TLS in both directions

What the switch makes of the certificate that a phone shows, by \`tls-verify-policy\`. Every cell is a handshake over TLS 1.2
and one over TLS 1.3 in \`test/loopback/tls/policy-matrix.test.ts\`, which also keeps this page true. The other end is never
weaker than its own settings: our phone verifies chain, purpose and name of the switch unless that was switched off.

- **verified**: chain, dates, strength, purpose and, where it is asked for, the name.
- chain only: accepted, but never called verified, since nobody asked whose certificate it is.
- not looked at: the policy says nothing of this direction.
- a code: refused, with this [diagnosis](diagnoses.md).

## The phone dials the switch

${outcomes('phone-dials')}

## The switch dials the phone (\`connect-back\`)

${outcomes('switch-dials')}

Without \`tls-verify-policy\` the switch asks phones that dial for nothing (\`tls-client-certificate\` changes that), and verifies
phones that it dials as \`subjects_out\` does.

## The holes that are closed

${table([['hole', 'closed by'], ...HOLES])}
`;
}
