import { formatSocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { formatUri } from '../sip/message/uri.ts';
import { Locator } from '../sip/locate/locator.ts';
import type { LocatedTarget, LocationStep } from '../sip/locate/location-step.ts';
import { locationDiagnosis } from '../sip/locate/location-diagnosis.ts';
import type { TransportProtocol } from '../sip/transport/flow.ts';
import { Tracer } from '../trace/tracer.ts';
import { AccountStage } from './account-stage.ts';
import { askForMedia } from './media-stage.ts';
import type { ProbePorts, ProbeRequest } from './probe-ports.ts';
import type { MediaReport, ProbeReport, SipReport } from './probe-report.ts';
import { ProbeRun, type StepEnd } from './probe-run.ts';
import { ANONYMOUS, askForPong, askOptions, checkClock, connectForSip, plainLook } from './sip-stage.ts';
import { lookForTls, TlsStage, type TlsFindings } from './tls-stage.ts';

const DNS_MS = 12_000;
/** Addresses that are tried where connections fail. */
const MOST_TARGETS = 3;
/** Protocols whose servers are tested. */
const TESTED: ReadonlySet<TransportProtocol> = new Set(['udp', 'tcp', 'tls']);

/**
 * Tests a SIP server from outside, step by step as a phone would come to it, and says what is to be changed: DNS, TCP, what
 * speaks there, TLS version by version, certificates, SIP, and with an account registration and reuse of the connection.
 * Never rejects; one connection at a time, at most twelve; ends soon after its signal is aborted or its time is over.
 */
export async function probe(ports: ProbePorts, request: ProbeRequest): Promise<ProbeReport> {
  const { clock } = ports;
  const run = new ProbeRun({ clock, signal: request.signal, limitMs: request.limitMs, onStep: request.onStep });
  const dns: LocationStep[] = [];
  const targets = (await locate(run, ports, request, dns)) ?? [];
  const reached = await reach(run, ports, request, targets);
  const sip = reached === undefined ? undefined : await talk(run, ports, request, reached);
  run.end();
  return {
    target: request.text,
    dns,
    address: reached === undefined ? null : formatSocketAddress(reached.target),
    tls: reached?.tls?.report ?? null,
    sip: sip?.report ?? null,
    ...(sip?.media === undefined ? {} : { media: sip.media }),
    findings: run.findings,
  };
}

/** The address that is tested, and what its TLS side is like; without TLS `undefined`. */
interface Reached {
  readonly target: LocatedTarget;
  readonly tls: TlsFindings | undefined;
}

async function locate(
  run: ProbeRun,
  ports: ProbePorts,
  { uri }: ProbeRequest,
  dns: LocationStep[],
): Promise<readonly LocatedTarget[] | undefined> {
  // The locator tells of records that contradict each other only to the trace.
  const tracer = new Tracer(ports.clock);
  tracer.subscribe(({ component, level, kind, ...fields }) => {
    if (isMismatch(fields.diagnosis)) run.find('warning', fields.diagnosis);
    ports.tracer.emit(component, level, kind, fields);
  });
  return run.step(
    'dns',
    DNS_MS,
    async (): Promise<StepEnd<readonly LocatedTarget[]>> => {
      const found = await new Locator({ ...ports, tracer }).locate(uri, { onStep: (step) => dns.push(step) });
      if (!found.ok) return failed(found.error);
      const usable = found.value.filter(({ protocol }) => TESTED.has(protocol));
      if (usable.length === 0) {
        return failed(
          locationDiagnosis('sip.uri-scheme', uri, 'only WebSocket servers were found, which are not tested'),
        );
      }
      const shown = usable
        .slice(0, MOST_TARGETS)
        .map((target) => `${formatSocketAddress(target)} (${target.protocol})`);
      return { outcome: 'ok', text: shown.join(', '), value: usable };
    },
    () => failed(locationDiagnosis('dns.timeout', uri, 'the name servers did not answer')),
  );
}

function failed(diagnosis: Diagnosis): StepEnd<readonly LocatedTarget[]> {
  return { outcome: 'failed', text: diagnosis.summary, findings: [{ severity: 'error', ...diagnosis }], value: [] };
}

function isMismatch(diagnosis: unknown): diagnosis is Diagnosis {
  return (
    typeof diagnosis === 'object' &&
    diagnosis !== null &&
    'code' in diagnosis &&
    diagnosis.code === 'dns.service-mismatch'
  );
}

/** Looks at the first address that takes a connection. Those before it are warnings; where none does, the first is the error. */
async function reach(
  run: ProbeRun,
  ports: ProbePorts,
  request: ProbeRequest,
  targets: readonly LocatedTarget[],
): Promise<Reached | undefined> {
  const failures: Diagnosis[] = [];
  for (const target of targets.slice(0, MOST_TARGETS)) {
    if (run.over) return undefined;
    if (target.protocol !== 'tls') {
      // Only the connection for SIP itself tells whether it can be reached.
      return { target, tls: undefined };
    }
    const lookAgain = async (signal: AbortSignal): Promise<string | undefined> =>
      run.takeConnection() ? await plainLook(ports, target, request, signal) : undefined;
    const { attemptTls, clock } = ports;
    const tls = await new TlsStage({ run, clock, attemptTls, target, settings: request.tls, lookAgain }).look();
    if (tls.unreachable === undefined) {
      for (const failure of failures) run.find('warning', failure);
      return { target, tls };
    }
    failures.push(tls.unreachable);
  }
  const [first] = failures;
  if (first !== undefined) run.find('error', first);
  const [tried] = targets;
  return tried === undefined ? undefined : { target: tried, tls: undefined };
}

async function talk(
  run: ProbeRun,
  ports: ProbePorts,
  request: ProbeRequest,
  { target, tls }: Reached,
): Promise<{ readonly report: SipReport | undefined; readonly media: MediaReport | undefined } | undefined> {
  if (target.protocol === 'tls' && tls?.secured !== true) {
    run.skip('connection', 'no TLS connection, so no SIP');
    return undefined;
  }
  // Who is not who it should be may still be asked what everybody may know.
  const settings = tls === undefined || tls.verified ? request.tls : { ...request.tls, verify: false };
  const connection = await connectForSip(run, ports, target, settings);
  if (connection === undefined) return undefined;
  try {
    const facts = await askOptions(run, connection, request);
    if (target.protocol === 'tcp' && facts.options === null) await lookForTls(run, ports, target, request.tls);
    checkClock(run, facts, tls?.leaf, ports.clock.wall());
    // Its waiting takes no time from the others.
    const pong = askForPong(run, connection, facts);
    const account =
      request.account === undefined
        ? undefined
        : new AccountStage({ run, ports, connection, account: request.account });
    const mayUsePassword = !request.tls.verify || connection.flow.security?.peerVerified === true;
    let reuse: boolean | null = null;
    let media: MediaReport | undefined;
    try {
      if (account !== undefined && !mayUsePassword) keepPassword(run, target.protocol);
      else if (account !== undefined && connection.flow.open) {
        await account.register();
        if (account.isRegistered) reuse = await account.reuse();
      }
      if (request.call !== undefined && !run.over) {
        const from = request.account === undefined ? ANONYMOUS : formatUri(request.account.address);
        const digest = mayUsePassword ? account?.digest : undefined;
        media = await askForMedia(run, ports, connection, { number: request.call, from, digest });
      }
    } finally {
      await account?.unregister(target, settings);
    }
    const report: SipReport = {
      transport: target.protocol,
      peerVerified: connection.flow.security?.peerVerified ?? false,
      ...facts,
      keepAlivePong: await pong,
      reuse,
      registration: account === undefined ? null : account.report,
    };
    return { report, media };
  } finally {
    await connection.close();
  }
}

/** A password, even as a digest, is worth a dictionary attack to whoever gets it. */
function keepPassword(run: ProbeRun, protocol: TransportProtocol): void {
  run.find('warning', {
    code: 'tls.weak-security',
    side: 'here',
    summary:
      'The account was not tested: its password leaves this machine only towards a server that proved who it is.',
    cure: 'Mend the findings about the certificate and test again; or test with --verify off if the network can be trusted.',
    evidence: { transport: protocol },
  });
  run.skip('register', 'no password over a connection that proved nothing');
}
