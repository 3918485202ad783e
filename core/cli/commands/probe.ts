import { systemClock } from '../../io/node-clock.ts';
import { nodeDigestHash } from '../../io/node-digest-hash.ts';
import { NodeResolver } from '../../io/node-dns.ts';
import { nodeNetwork } from '../../io/node-network.ts';
import { systemRandom } from '../../io/node-random.ts';
import { attemptTls } from '../../io/probe-tls-attempt.ts';
import { Secret } from '../../base/secret.ts';
import { probe } from '../../probe/probe.ts';
import type { ProbeAccount, ProbePorts } from '../../probe/probe-ports.ts';
import type { ProbeReport, ProbeStep } from '../../probe/probe-report.ts';
import { parseProbeTarget } from '../../probe/probe-target.ts';
import { productToken } from '../../shell/core-ports.ts';
import { VERSION } from '../../shell/version.ts';
import { sipUri, type SipUri } from '../../sip/message/uri.ts';
import type { Tracer } from '../../trace/tracer.ts';
import { AGENT_HELP, AGENT_OPTIONS, targetUri, tlsSettings } from '../agent.ts';
import { findingText } from '../certificate-text.ts';
import { choice, EXIT, openTrace, text, UsageError, type Command, type CommandContext } from '../command.ts';

/** Longer than any server that works needs, with an account and a call. */
const LIMIT_MS = 120_000;

const OPTIONS = ['user', 'password', 'domain', 'transport', 'ca', 'cert', 'key', 'passphrase', 'verify'] as const;

/** Tests a SIP server from outside. */
export const probeCommand: Command = {
  name: 'probe',
  arguments: 'TARGET [--user U --password P [--domain D]] [--call NUMBER]',
  summary: 'tests a SIP server: DNS, TLS, certificates, SIP, registration; says what to change',
  options: {
    ...Object.fromEntries(OPTIONS.map((name) => [name, AGENT_OPTIONS[name] ?? { type: 'string' as const }])),
    call: { type: 'string' },
  },
  help: {
    ...AGENT_HELP,
    transport: 'udp, tcp or tls; tls where the target has no scheme',
    call: 'number to call, once for each kind of sound: it rings there for a moment',
  },
  async run(context) {
    const [word, ...more] = context.positionals;
    if (word === undefined || more.length > 0) throw new UsageError('one TARGET is needed');
    const uri = parseProbeTarget(word, choice(context, 'transport', ['udp', 'tcp', 'tls']));
    if (!uri.ok) throw new UsageError(`"${word}" cannot be tested: ${uri.error}`);
    const account = accountOf(context, uri.value);
    const call = callOf(context, account?.address ?? uri.value);
    const tls = await tlsSettings(context);
    const { tracer, stopLog } = openTrace(context);
    const report = await probe(portsWith(tracer), {
      text: word,
      uri: uri.value,
      tls,
      account,
      call,
      limitMs: LIMIT_MS,
      signal: context.signal,
      onStep: (step) => {
        context.output.event('step', { ...step }, stepText(step));
      },
    });
    stopLog();
    return show(context, report);
  },
};

function portsWith(tracer: Tracer): ProbePorts {
  return {
    network: nodeNetwork,
    clock: systemClock,
    random: systemRandom,
    tracer,
    hash: nodeDigestHash,
    resolver: new NodeResolver(),
    userAgent: productToken(VERSION),
    attemptTls,
  };
}

function accountOf(context: CommandContext, target: SipUri): ProbeAccount | undefined {
  const user = text(context, 'user');
  const password = text(context, 'password') ?? process.env.SOTTO_PASSWORD;
  if (user === undefined) {
    if (text(context, 'password') === undefined) return undefined;
    throw new UsageError('--password needs --user');
  }
  if (password === undefined || password === '')
    throw new UsageError('--user needs --password, or the variable SOTTO_PASSWORD');
  const host = text(context, 'domain') ?? target.host;
  const { scheme } = target;
  return { address: sipUri({ scheme, user, host }), authorizationUser: user, password: new Secret(password) };
}

function callOf(context: CommandContext, { host }: SipUri): SipUri | undefined {
  const given = text(context, 'call');
  if (given === undefined) return undefined;
  const number = targetUri(given, host);
  if (number === undefined) throw new UsageError(`--call: "${given}" cannot be called`);
  return number;
}

function show({ output, signal }: CommandContext, report: ProbeReport): number {
  for (const finding of report.findings) output.event('finding', { ...finding }, findingText(finding));
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  const diagnosis = errors.map(({ severity: _severity, ...one }) => one);
  if (signal.aborted) output.failure(diagnosis, { ...report });
  else if (errors.length > 0) {
    const text = `✗ ${report.target}: ${errors.length === 1 ? 'one error' : `${errors.length} errors`}`;
    output.event('result', { ok: false, ...report, diagnosis }, text);
  } else {
    const warnings = report.findings.filter(({ severity }) => severity === 'warning').length;
    const but = warnings === 0 ? '' : `, ${warnings === 1 ? 'one warning' : `${warnings} warnings`}`;
    output.success({ ...report }, `✓ ${report.target} works${but}`);
  }
  return errors.length > 0 || signal.aborted ? EXIT.failed : EXIT.done;
}

function stepText({ step, outcome, ms, text: what }: ProbeStep): string {
  const sign = { ok: '✓', warning: '!', failed: '✗', skipped: '·' }[outcome];
  return `${sign} ${step.padEnd(20)} ${what}${outcome === 'skipped' ? '' : ` (${Math.round(ms)} ms)`}`;
}
