import { formatSocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { splitList } from '../sip/message/lists.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { formatUri, sipUri } from '../sip/message/uri.ts';
import type { SpokenProtocol } from '../sip/transport/first-octets.ts';
import type { Target } from '../sip/transport/flow.ts';
import { statusDiagnosis } from '../sip/ua/status-diagnosis.ts';
import type { CertificateView } from '../tls/certificate-reader.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import type { ProbePorts, ProbeRequest } from './probe-ports.ts';
import type { SipReport } from './probe-report.ts';
import type { ProbeRun, StepEnd } from './probe-run.ts';
import { SipConnection, type SipAnswer } from './sip-connection.ts';

/** What OPTIONS taught. */
export type OptionsFacts = Pick<SipReport, 'options' | 'server' | 'allow' | 'supported' | 'date'>;

const CONNECT_MS = 8000;
const OPTIONS_MS = 6000;
/** For the plain question to a port that does not answer TLS. */
const LOOK_MS = 2000;
/** RFC 5626 §4.4.1. */
const PONG_MS = 10_000;
/** Values of a header that are kept, each and together. */
const MOST_VALUES = 64;
const LONGEST_VALUE = 256;
/** Clocks that differ by less are right. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

const NO_FACTS: OptionsFacts = { options: null, server: null, allow: [], supported: [], date: null };

/** Connects for SIP. `undefined` where that failed; the reason is a finding then. */
export async function connectForSip(
  run: ProbeRun,
  ports: ProbePorts,
  target: Target,
  tls: TlsClientSettings,
): Promise<SipConnection | undefined> {
  if (!run.takeConnection()) {
    run.skip('connection', 'too many connections');
    return undefined;
  }
  const where = `${formatSocketAddress(target)} (${target.protocol})`;
  let isLate = false;
  const opening = SipConnection.open(ports, target, { tls, timeoutMs: CONNECT_MS });
  // Whoever comes after the step is over is not wanted any more.
  void opening.then((late) => (isLate && late.ok ? late.value.close() : undefined));
  const connection = await run.step(
    'connection',
    CONNECT_MS + 1000,
    async (): Promise<StepEnd<SipConnection | undefined>> => {
      const opened = await opening;
      if (!opened.ok) {
        const findings = [{ severity: 'error' as const, ...opened.error }];
        return { outcome: 'failed', text: opened.error.summary, findings, value: undefined };
      }
      return { outcome: 'ok', text: `connected to ${where}`, value: opened.value };
    },
    () => ({ outcome: 'failed', text: `no connection to ${where} in time`, value: undefined }),
  );
  isLate = connection === undefined;
  return connection;
}

/** Asks for the capabilities of the server (RFC 3261 §11). */
export async function askOptions(
  run: ProbeRun,
  connection: SipConnection,
  request: ProbeRequest,
): Promise<OptionsFacts> {
  const message = optionsRequest(connection, request);
  const facts = await run.step(
    'options',
    OPTIONS_MS + 1000,
    async (signal): Promise<StepEnd<OptionsFacts>> =>
      optionsEnd(await connection.ask(message, { timeoutMs: OPTIONS_MS, signal }), connection),
    () => optionsEnd({ kind: 'none' }, connection),
  );
  return facts ?? NO_FACTS;
}

/**
 * What a port speaks that answered no handshake: asked with OPTIONS on a plain connection. `undefined` where it says nothing.
 */
export async function plainLook(
  ports: ProbePorts,
  target: Target,
  request: ProbeRequest,
  signal: AbortSignal,
): Promise<SpokenProtocol | undefined> {
  const plain = { ...target, protocol: 'tcp' as const };
  const opened = await SipConnection.open(ports, plain, { tls: request.tls, timeoutMs: LOOK_MS });
  if (!opened.ok) return undefined;
  const connection = opened.value;
  await connection.ask(optionsRequest(connection, request), { timeoutMs: LOOK_MS, signal });
  await connection.close();
  return connection.spoken;
}

/** Sends one keep-alive (RFC 5626 §3.5.1). `null` where there is none on this transport. */
export async function askForPong(
  run: ProbeRun,
  connection: SipConnection,
  { options }: OptionsFacts,
): Promise<boolean | null> {
  if (options === null) {
    run.skip('keep-alive', 'nobody there speaks SIP');
    return null;
  }
  if (connection.flow.protocol === 'udp') {
    run.skip('keep-alive', 'not over UDP');
    return null;
  }
  if (!connection.flow.open) {
    run.skip('keep-alive', 'the connection is closed');
    return null;
  }
  const answered = await run.step(
    'keep-alive',
    PONG_MS + 1000,
    async (signal): Promise<StepEnd<boolean>> => {
      const pong = await connection.ping(PONG_MS, signal);
      if (pong) return { outcome: 'ok', text: 'the server answers keep-alives', value: true };
      const findings = [{ severity: 'warning' as const, ...noPong(connection) }];
      return { outcome: 'warning', text: 'no answer to a keep-alive', findings, value: false };
    },
    () => ({ outcome: 'warning', text: 'no answer to a keep-alive', value: false }),
  );
  return answered ?? null;
}

/**
 * Compares our clock with that of the server (its Date header), where a certificate is said to be out of date: where the
 * certificate is good by the server's clock, the wrong clock is the finding.
 */
export function checkClock(run: ProbeRun, facts: OptionsFacts, leaf: CertificateView | undefined, now: number): void {
  const theirs = Date.parse(facts.date ?? '');
  if (Number.isNaN(theirs) || Math.abs(theirs - now) < CLOCK_TOLERANCE_MS || leaf === undefined) return;
  const evidence = {
    clock: new Date(now).toISOString(),
    serverClock: new Date(theirs).toISOString(),
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
  };
  const isGoodThere = theirs >= Date.parse(leaf.notBefore) && theirs <= Date.parse(leaf.notAfter);
  const isOutdatedHere = now < Date.parse(leaf.notBefore) || now > Date.parse(leaf.notAfter);
  if (isOutdatedHere && isGoodThere) {
    run.withdraw(['cert.expired', 'cert.not-yet-valid']);
    run.find('error', {
      code: 'cert.clock-wrong',
      side: 'here',
      summary: 'The certificate is good by the clock of the server, and not by the clock of this machine.',
      cure: 'Set the clock of this machine, best by NTP; if it is right, set that of the server.',
      evidence,
    });
  } else {
    run.find('warning', {
      code: 'cert.clock-wrong',
      side: 'there',
      summary: 'The clocks of the server and of this machine differ by more than five minutes.',
      cure: 'Set both by NTP: certificates and passwords depend on the time.',
      evidence,
    });
  }
}

/** From of a request without an account (RFC 3323 §4.1.1.3). */
export const ANONYMOUS = 'sip:anonymous@anonymous.invalid';

function optionsRequest(connection: SipConnection, { uri, account }: ProbeRequest): SipRequest {
  const server = sipUri({ scheme: uri.scheme, host: uri.host, port: uri.port });
  return connection.createRequest({
    method: 'OPTIONS',
    uri: server,
    from: `<${account === undefined ? ANONYMOUS : formatUri(account.address)}>`,
    to: `<${formatUri(server)}>`,
    headers: [
      ['Contact', `<${formatUri(connection.contact)}>`],
      ['Accept', 'application/sdp'],
    ],
  });
}

function optionsEnd(answer: SipAnswer, connection: SipConnection): StepEnd<OptionsFacts> {
  if (answer.kind === 'response') return optionsAnswered(answer.response);
  const diagnosis =
    notSip(connection) ??
    (answer.kind === 'failure' ? answer.diagnosis : (connection.closedBy ?? noAnswer(connection)));
  // Who says nothing may only dislike the question; who hangs up or sends something else is no SIP server for us.
  const severity = diagnosis.code === 'sip.timeout' ? ('warning' as const) : ('error' as const);
  return {
    outcome: severity === 'error' ? 'failed' : 'warning',
    text: diagnosis.summary,
    findings: [{ severity, ...diagnosis }],
    value: NO_FACTS,
  };
}

function optionsAnswered(response: SipResponse): StepEnd<OptionsFacts> {
  const { status, reason, headers } = response;
  const server = headers.get('Server') ?? headers.get('User-Agent');
  const value: OptionsFacts = {
    options: status,
    server: server?.slice(0, LONGEST_VALUE) ?? null,
    allow: listOf(response, 'Allow'),
    supported: listOf(response, 'Supported'),
    date: headers.get('Date')?.slice(0, LONGEST_VALUE) ?? null,
  };
  const text = `${status} ${reason}${value.server === null ? '' : `, ${value.server}`}`;
  const evidence = { status, allow: value.allow, supported: value.supported };
  if (status < 300) return { outcome: 'ok', text, value, evidence };
  // It answers, which is what a keep-alive by OPTIONS needs; the answer itself is no news to an account.
  const severity = EXPECTED_REFUSALS.has(status) ? ('info' as const) : ('warning' as const);
  const findings = [{ severity, ...statusDiagnosis(response), ...refused(status) }];
  return { outcome: severity === 'info' ? 'ok' : 'warning', text, value, evidence, findings };
}

/** Servers that want to know who asks, or have nobody of that name. */
const EXPECTED_REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 405, 407]);

function refused(status: number): Pick<Diagnosis, 'summary' | 'cure' | 'code'> {
  return {
    code: `sip.status.${status}`,
    summary: `The server answers OPTIONS with ${status}.`,
    cure: 'Nothing to do for calls; let the server answer OPTIONS with 200 where monitoring depends on it.',
  };
}

function listOf({ headers }: SipResponse, name: string): readonly string[] {
  const values = headers.getAll(name).flatMap((value) => splitList(value));
  return values.slice(0, MOST_VALUES).map((value) => value.trim().slice(0, LONGEST_VALUE));
}

function noAnswer({ flow }: SipConnection): Diagnosis {
  return {
    code: 'sip.timeout',
    side: 'there',
    summary: 'The server did not answer OPTIONS.',
    cure: 'Check that a SIP server listens on this port, and that it answers OPTIONS.',
    evidence: { remote: formatSocketAddress(flow.remote), transport: flow.protocol, waitedMs: OPTIONS_MS },
  };
}

/** The connection is good, but something else than SIP talks on it. */
function notSip({ spoken, flow }: SipConnection): Diagnosis | undefined {
  if (spoken !== 'http') return undefined;
  return {
    code: 'tls.peer-speaks-http',
    side: 'here',
    summary: 'A web server answers where SIP was expected.',
    cure: 'Check host and port: SIP over TLS is usually on 5061.',
    evidence: { remote: formatSocketAddress(flow.remote), transport: flow.protocol },
  };
}

function noPong({ flow }: SipConnection): Diagnosis {
  return {
    code: 'conn.no-pong',
    side: 'there',
    summary: 'The server does not answer keep-alives (double CRLF, RFC 5626): a dead connection is noticed late.',
    cure: 'Switch RFC 5626 keep-alives on at the server, or let it send OPTIONS; shorten the registration to a few minutes.',
    evidence: { remote: formatSocketAddress(flow.remote), waitedMs: PONG_MS },
  };
}
