import { formatSocketAddress, isNumericHost, type SocketAddress } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Target } from '../sip/transport/flow.ts';
import type { CertificateView } from '../tls/certificate-reader.ts';
import { alertIn, diagnoseTlsError } from '../tls/handshake-diagnosis.ts';
import type { HandshakeTree } from '../tls/handshake-tree.ts';
import { TLS_VERSIONS, type TlsVersion } from '../tls/tls-security.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import { chainOf, judgeCertificates } from './certificate-judgement.ts';
import { asksForCertificate } from './certificate-request.ts';
import type { ProbeRun, StepEnd } from './probe-run.ts';
import type { ChainEntry, TlsReport, VersionOutcome } from './probe-report.ts';
import type { AttemptTls, BrokenBy, TlsAttempt, TlsAttemptOutcome } from './tls-attempt.ts';

/** What the TLS part of a probe found. */
export interface TlsFindings {
  readonly report: TlsReport;
  /** Whether SIP can be tried: a handshake with our usual settings succeeded and was not taken back. */
  readonly secured: boolean;
  /** Whether the phone would take the server for who it should be. */
  readonly verified: boolean;
  /** Missing where no connection came about: another address may do better. */
  readonly unreachable?: Diagnosis;
  /** The certificate of the server, where it was seen. */
  readonly leaf: CertificateView | undefined;
}

/** For one connection with its handshake. */
const HANDSHAKE_MS = 6000;
/** What an attempt may take beyond that: its goodbye, and the wait for a late refusal. */
const GRACE_MS = 2500;
/** For TLS 1.2, weak ones included; nothing is sent with it. */
const EVERY_CIPHER = 'ALL:!aNULL:!eNULL';
/** What a server says of an offer that it can do nothing with. */
const NO_COMMON_GROUND: ReadonlySet<string> = new Set(['tls.version-mismatch', 'tls.no-shared-cipher']);
/** What is offered to see which application the port is for; IANA names. */
const PROTOCOLS = ['sip/2', 'http/1.1'];

type Secured = Extract<TlsAttemptOutcome, { kind: 'secured' }>;

/** Looks at the TLS side of one address, a connection for each question, one after the other. */
export class TlsStage {
  readonly #run: ProbeRun;
  readonly #clock: Clock;
  readonly #attemptTls: AttemptTls;
  readonly #target: Target;
  readonly #remote: SocketAddress;
  readonly #settings: TlsClientSettings;
  readonly #lookAgain: (signal: AbortSignal) => Promise<string | undefined>;
  readonly #versions: Partial<Record<TlsVersion, VersionOutcome>> = {};
  /** Every handshake that was seen, the usual one first. */
  readonly #seen: HandshakeTree[] = [];

  constructor(options: {
    readonly run: ProbeRun;
    readonly clock: Clock;
    readonly attemptTls: AttemptTls;
    readonly target: Target;
    readonly settings: TlsClientSettings;
    /** Asks on a plain connection what a server speaks that answers no handshake. */
    readonly lookAgain: (signal: AbortSignal) => Promise<string | undefined>;
  }) {
    this.#run = options.run;
    this.#clock = options.clock;
    this.#attemptTls = options.attemptTls;
    this.#target = options.target;
    this.#remote = { address: options.target.address, port: options.target.port };
    this.#settings = { ...options.settings, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };
    this.#lookAgain = options.lookAgain;
  }

  async look(): Promise<TlsFindings> {
    const first = await this.#attempt({}, this.#run.signal);
    if (first === undefined || this.#run.over) return this.#result(undefined, undefined);
    if (first.kind === 'unreachable') {
      this.#run.tell('tcp', {
        outcome: 'failed',
        text: first.diagnosis.summary,
        ms: 0,
        evidence: first.diagnosis.evidence,
      });
      return { ...this.#result(undefined, undefined), unreachable: first.diagnosis };
    }
    if (first.kind === 'untestable') {
      this.#run.find('error', first.diagnosis);
      this.#run.tell('tls', { outcome: 'failed', text: first.diagnosis.summary, ms: 0 });
      return this.#result(undefined, undefined);
    }
    const { tree } = first;
    const { connected = 0, failed = 0 } = tree.times;
    const where = formatSocketAddress(this.#remote);
    this.#run.tell('tcp', { outcome: 'ok', text: `connected to ${where}`, ms: connected, evidence: { remote: where } });
    if (first.kind === 'failed' && !speaksTls(tree)) return await this.#notTls(first);
    this.#run.tell('protocol', { outcome: 'ok', text: 'the port speaks TLS', ms: 0 });
    if (first.kind === 'secured') {
      this.#versions[first.evidence.protocol] = 'accepted';
      this.#tellHandshake(first);
    } else {
      this.#run.tell('tls', {
        outcome: 'failed',
        text: `handshake failed: ${first.code ?? ''}`,
        ms: failed - connected,
      });
    }
    for (const version of TLS_VERSIONS.toReversed()) {
      if (first.kind !== 'secured' || first.evidence.protocol !== version) await this.#tryVersion(version);
    }
    await this.#explain(first);
    const judged = this.#judge(first);
    this.#noteVersions();
    const without = first.kind === 'secured' ? await this.#withoutName(first) : undefined;
    const protocol = first.kind === 'secured' ? await this.#withProtocols() : undefined;
    return this.#result(first, judged, { without, protocol });
  }

  async #attempt(parts: Partial<TlsAttempt>, signal: AbortSignal): Promise<TlsAttemptOutcome | undefined> {
    if (!this.#run.takeConnection()) return undefined;
    const outcome = await this.#attemptTls(
      {
        remote: this.#remote,
        settings: this.#settings,
        serverName: this.#target.serverName,
        timeoutMs: HANDSHAKE_MS,
        ...parts,
      },
      signal,
    );
    if (outcome.kind === 'failed' || outcome.kind === 'secured') this.#seen.push(outcome.tree);
    return outcome;
  }

  #tellHandshake({ evidence, brokenBy, handshakeMs }: Secured): void {
    const { protocol, cipher, group } = evidence;
    const by = group === undefined ? '' : `, ${group}`;
    const broken = brokenBy === undefined ? '' : '; then the server broke it off';
    this.#run.tell('tls', {
      outcome: brokenBy === undefined ? 'ok' : 'failed',
      text: `${protocol}, ${cipher}${by}${broken}`,
      ms: handshakeMs,
      evidence: { protocol, cipher, ...(group === undefined ? {} : { group }) },
    });
  }

  /** The port answered no handshake: a plain connection tells what it speaks, and an older version whether it hates ours. */
  async #notTls(first: Extract<TlsAttemptOutcome, { kind: 'failed' }>): Promise<TlsFindings> {
    const silent = first.tree.octets.received === 0;
    const spoken =
      first.tree.spoken ??
      (await this.#run.step(
        'protocol',
        HANDSHAKE_MS,
        async (signal) => ({ ...(await this.#plainLook(signal)) }),
        NOTHING,
      ));
    if (!silent && first.tree.spoken !== undefined) {
      this.#run.tell('protocol', { outcome: 'failed', text: `the port speaks ${first.tree.spoken}, not TLS`, ms: 0 });
    }
    // A server that is there for TLS but dislikes our first words may take those of a version before.
    if (silent && spoken === undefined) await this.#tryVersion('TLSv1.2');
    const accepted = this.#versions['TLSv1.2'] === 'accepted';
    const known = spoken === 'sip' || spoken === 'http' ? spoken : first.tree.spoken;
    const diagnosis = this.#diagnose(first, { ...first.tree, spoken: known });
    this.#run.find('error', accepted ? intolerant(diagnosis) : diagnosis);
    return this.#result(first, undefined);
  }

  async #plainLook(signal: AbortSignal): Promise<StepEnd<string | undefined>> {
    const spoken = await this.#lookAgain(signal);
    return spoken === undefined
      ? NOTHING()
      : { outcome: 'failed', text: `the port speaks ${spoken}, not TLS`, value: spoken };
  }

  async #tryVersion(version: TlsVersion): Promise<void> {
    const settings = { ...this.#settings, minVersion: version, maxVersion: version };
    const outcome = await this.#run.step<VersionOutcome | undefined>(
      'tls-version',
      HANDSHAKE_MS + GRACE_MS,
      async (signal) => {
        const attempted = await this.#attempt({ settings }, signal);
        const value = attempted === undefined ? undefined : versionOutcome(version, attempted);
        const text = `${version}: ${value ?? 'not tried, too many connections'}`;
        return {
          outcome: value === undefined ? 'skipped' : 'ok',
          text,
          value,
          evidence: { version, result: value ?? '' },
        };
      },
      () => ({ outcome: 'warning', text: `${version}: no answer in time`, value: 'refused:timeout' }),
    );
    if (outcome !== undefined) this.#versions[version] = outcome;
  }

  /** Why the usual handshake failed, or was taken back. */
  async #explain(first: Exclude<TlsAttemptOutcome, { kind: 'unreachable' | 'untestable' }>): Promise<void> {
    if (first.kind === 'secured') {
      const { brokenBy, tree } = first;
      if (brokenBy !== undefined) this.#run.find('error', this.#diagnose(brokenBy, tree));
      return;
    }
    const diagnosis = this.#diagnose(first, first.tree);
    const { versions } = this;
    const noneTaken = !TLS_VERSIONS.some((version) => versions[version] === 'accepted');
    if (noneTaken && versions['TLSv1.2'] === 'refused:handshake_failure' && NO_COMMON_GROUND.has(diagnosis.code)) {
      this.#run.find('error', await this.#askWithAllCiphers(diagnosis));
      return;
    }
    const results = TLS_VERSIONS.map((version) => `${version} ${versions[version] ?? 'not tried'}`);
    this.#run.find('error', { ...diagnosis, evidence: { ...diagnosis.evidence, versions: results } });
  }

  /**
   * A server without a certificate has no cipher to share with anybody (OpenSSL says "protocol_version" to who offers TLS 1.3,
   * and "handshake_failure" to others); one with old ciphers takes an offer that has them.
   */
  async #askWithAllCiphers(before: Diagnosis): Promise<Diagnosis> {
    const settings = { ...this.#settings, maxVersion: 'TLSv1.2' as const, ciphers: EVERY_CIPHER };
    const outcome = await this.#attempt({ settings }, this.#run.signal);
    if (outcome?.kind !== 'failed' && outcome?.kind !== 'secured') return before;
    const { tree } = outcome;
    if (tree.serverHello === undefined) return this.#diagnose({ code: 'NO_CERTIFICATE_SET' }, tree, false);
    const { cipher } = tree.serverHello;
    return {
      ...before,
      code: 'tls.no-shared-cipher',
      summary: `The server takes only ciphers that are not offered any more, such as ${cipher}.`,
      cure: 'Update the server, or allow ciphers with forward secrecy and AEAD there (ECDHE with AES-GCM or ChaCha20).',
      evidence: { ...before.evidence, serverCipher: cipher },
    };
  }

  get versions(): TlsReport['versions'] {
    return this.#versions;
  }

  #diagnose({ code, message }: BrokenBy, seen: HandshakeTree, withTree = true): Diagnosis {
    return diagnoseTlsError({
      role: 'client',
      code,
      message,
      seen: withTree ? seen : undefined,
      ownCertificate: this.#settings.identity !== undefined,
      remote: formatSocketAddress(this.#remote),
      serverName: this.#target.serverName,
    });
  }

  #judge(first: TlsAttemptOutcome): ReturnType<typeof judgeCertificates> | undefined {
    const evidence = first.kind === 'secured' ? first.evidence : undefined;
    const sent = this.#seen.find(({ serverChain, version }) => serverChain.length > 0 && version !== 'TLSv1.3');
    const chain = evidence === undefined ? (sent?.serverChain ?? []) : chainOf(evidence);
    if (evidence === undefined && chain.length === 0) {
      this.#run.skip('certificate', 'no certificate was seen');
      return undefined;
    }
    const judged = judgeCertificates({
      chain,
      evidence,
      serverName: this.#target.serverName,
      address: this.#remote.address,
      sent: sent?.serverChain ?? [],
      now: this.#clock.wall(),
    });
    for (const { severity, ...diagnosis } of judged.findings) this.#run.find(severity, diagnosis);
    const worst =
      judged.findings.find(({ severity }) => severity === 'error') ??
      judged.findings.find(({ severity }) => severity === 'warning');
    this.#run.tell('certificate', {
      outcome: worst === undefined ? 'ok' : worst.severity === 'error' ? 'failed' : 'warning',
      text: worst?.summary ?? `${chain[0]?.subject ?? ''}, trusted, for ${this.#target.serverName}`,
      ms: 0,
      evidence: {
        subject: chain[0]?.subject ?? '',
        certificates: chain.length,
        ...(worst === undefined ? {} : { code: worst.code }),
      },
    });
    return judged;
  }

  #noteVersions(): void {
    const old = (['TLSv1', 'TLSv1.1'] as const).filter((version) => this.#versions[version] === 'accepted');
    if (old.length === 0) return;
    this.#run.find('warning', {
      code: 'tls.weak-security',
      side: 'there',
      summary: `The server still takes ${old.join(' and ')}, which must not be used any more (RFC 8996).`,
      cure: 'Switch the old versions off; where old phones need them, on a port of their own.',
      evidence: { versions: old },
    });
  }

  /** Devices that do not say which server they want must get the same certificate, or one that is as good. */
  async #withoutName({ evidence }: Secured): Promise<boolean | undefined> {
    const { serverName } = this.#target;
    if (isNumericHost(serverName)) {
      this.#run.skip('server-name', 'an address was dialled: no name is sent');
      return undefined;
    }
    return this.#run.step(
      'server-name',
      HANDSHAKE_MS + GRACE_MS,
      async (signal): Promise<StepEnd<boolean | undefined>> => {
        const other = await this.#attempt({ serverName: undefined }, signal);
        if (other?.kind === 'failed') {
          const alert = alertIn(other) ?? other.tree.alerts.find(({ direction }) => direction === 'received')?.alert;
          return { ...nameNeeded(serverName, alert ?? other.code ?? 'no reason'), value: false };
        }
        if (other?.kind !== 'secured') return { outcome: 'skipped', text: 'not tried', value: undefined };
        const [leaf] = chainOf(other.evidence);
        const same = leaf?.sha256 === chainOf(evidence)[0]?.sha256;
        if (same) return { outcome: 'ok', text: 'the same certificate without a server name', value: true };
        return { ...nameNeeded(serverName, `certificate of ${leaf?.subject ?? 'nobody'}`), value: false };
      },
      () => ({ outcome: 'warning', text: 'no answer without a server name', value: undefined }),
    );
  }

  async #withProtocols(): Promise<string | undefined> {
    return this.#run.step(
      'application-protocol',
      HANDSHAKE_MS + GRACE_MS,
      async (signal): Promise<StepEnd<string | undefined>> => {
        const other = await this.#attempt({ applicationProtocols: PROTOCOLS }, signal);
        if (other?.kind !== 'secured') {
          return {
            outcome: 'skipped',
            text: 'the server breaks off where a protocol is offered (ALPN)',
            value: undefined,
          };
        }
        const taken = other.tree.alpn ?? '';
        return { outcome: 'ok', text: taken === '' ? 'none chosen (ALPN)' : `chose ${taken} (ALPN)`, value: taken };
      },
      () => ({ outcome: 'skipped', text: 'no answer in time', value: undefined }),
    );
  }

  #result(
    first: TlsAttemptOutcome | undefined,
    judged: ReturnType<typeof judgeCertificates> | undefined,
    more: { readonly without?: boolean | undefined; readonly protocol?: string | undefined } = {},
  ): TlsFindings {
    const secured = first?.kind === 'secured' ? first : undefined;
    const clear = this.#seen.find(({ serverChain, version }) => serverChain.length > 0 && version !== 'TLSv1.3');
    const chain = secured === undefined ? (clear?.serverChain ?? []) : chainOf(secured.evidence);
    const requests = this.#seen.map((tree) => asksForCertificate(tree)).filter((asks) => asks !== undefined);
    const required = this.#run.has('tls.client-certificate-required');
    const hello = this.#seen.find(({ serverHello }) => serverHello !== undefined && serverHello.version !== 'TLSv1.3');
    return {
      report: {
        versions: Object.fromEntries(TLS_VERSIONS.flatMap((version) => entryOf(version, this.#versions[version]))),
        cipher: secured?.evidence.cipher ?? null,
        group: secured?.tree.group ?? secured?.evidence.group ?? null,
        chain: chain.map(chainEntry),
        trusted: judged?.trusted ?? null,
        nameMatches: judged?.nameMatches ?? null,
        clientCertificateRequested: required || (requests.length === 0 ? null : requests.some((asks) => asks)),
        clientCertificateRequired: secured === undefined && !required ? null : required,
        applicationProtocol: more.protocol ?? null,
        sameWithoutServerName: more.without ?? null,
        secureRenegotiation: hello?.serverHello?.extensions.includes('renegotiation_info') ?? null,
      },
      secured: secured !== undefined && secured.brokenBy === undefined,
      verified:
        secured !== undefined && judged !== undefined && !judged.findings.some(({ severity }) => severity === 'error'),
      leaf: chain[0],
    };
  }
}

/**
 * Whether a port that did not answer plain SIP speaks TLS. Its hanging up, or what else it did about the plain words, is then
 * explained and no finding any more.
 */
export async function lookForTls(
  run: ProbeRun,
  { attemptTls }: { readonly attemptTls: AttemptTls },
  { address, port, serverName }: Target,
  settings: TlsClientSettings,
): Promise<void> {
  if (!run.takeConnection()) return;
  const remote = { address, port };
  await run.step(
    'protocol',
    HANDSHAKE_MS + GRACE_MS,
    async (signal): Promise<StepEnd<undefined>> => {
      const attempted = await attemptTls({ remote, settings, serverName, timeoutMs: HANDSHAKE_MS }, signal);
      const isTls = attempted.kind === 'secured' || (attempted.kind === 'failed' && speaksTls(attempted.tree));
      if (!isTls) return { outcome: 'warning', text: 'the port speaks neither SIP nor TLS', value: undefined };
      run.withdraw(['conn.lost', 'conn.flow-failed', 'tcp.reset', 'sip.parse', 'sip.timeout']);
      const findings = [{ severity: 'error' as const, ...tlsOnPlainPort(formatSocketAddress(remote)) }];
      return { outcome: 'failed', text: 'the port speaks TLS', findings, value: undefined };
    },
    () => ({ outcome: 'warning', text: 'the port speaks neither SIP nor TLS', value: undefined }),
  );
}

function speaksTls({ serverHello, alerts }: HandshakeTree): boolean {
  return serverHello !== undefined || alerts.some(({ direction }) => direction === 'received');
}

function tlsOnPlainPort(remote: string): Diagnosis {
  return {
    code: 'tls.tls-on-plain-port',
    side: 'here',
    summary: 'The port speaks TLS, and it was dialled without.',
    cure: 'Dial with TLS (sips:, or transport=tls); plain SIP is usually on port 5060.',
    evidence: { remote },
  };
}

function versionOutcome(version: TlsVersion, attempted: TlsAttemptOutcome): VersionOutcome | undefined {
  switch (attempted.kind) {
    case 'secured':
      return 'accepted';
    case 'untestable':
      return 'untestable';
    case 'unreachable':
      return `refused:${attempted.diagnosis.code}`;
    case 'failed': {
      const { tree, code } = attempted;
      // The server took the version; what failed came after.
      if (tree.serverHello?.version === version) return 'accepted';
      if (tree.octets.sent === 0) return 'untestable';
      const alert = tree.alerts.find(({ direction }) => direction === 'received')?.alert ?? alertIn(attempted);
      if (alert !== undefined) return `refused:${alert}`;
      return code === 'ERR_TLS_HANDSHAKE_TIMEOUT' ? 'refused:timeout' : 'refused:closed';
    }
  }
}

function entryOf(version: TlsVersion, outcome: VersionOutcome | undefined): [TlsVersion, VersionOutcome][] {
  return outcome === undefined ? [] : [[version, outcome]];
}

function chainEntry(view: CertificateView): ChainEntry {
  const { subject, issuer, san, notBefore, notAfter, keyType, keyBits, signature, eku, sha256 } = view;
  return { subject, issuer, san, notBefore, notAfter, keyType, keyBits: keyBits ?? null, signature, eku, sha256 };
}

function nameNeeded(serverName: string, got: string): Omit<StepEnd<boolean>, 'value'> {
  return {
    outcome: 'warning',
    text: `without a server name: ${got}`,
    findings: [
      {
        severity: 'warning',
        code: 'cert.name-mismatch',
        side: 'there',
        summary: `The server shows its certificate only to clients that name ${serverName} in the handshake (SNI); others get: ${got}.`,
        cure: 'Make this certificate the default one of the listener: many phones and switches send no server name.',
        evidence: { expected: serverName, got },
      },
    ],
  };
}

function intolerant(diagnosis: Diagnosis): Diagnosis {
  return {
    ...diagnosis,
    code: 'tls.version-mismatch',
    side: 'there',
    summary: 'The server does not answer a client that offers TLS 1.3, though it speaks TLS 1.2.',
    cure: 'Update the server, or the firewall between; until then set the highest version to 1.2 here.',
  };
}

function NOTHING(): StepEnd<string | undefined> {
  return { outcome: 'failed', text: 'the port says nothing', value: undefined };
}
