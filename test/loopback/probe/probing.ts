import { systemClock } from '../../../core/io/node-clock.ts';
import { nodeDigestHash } from '../../../core/io/node-digest-hash.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import { systemRandom } from '../../../core/io/node-random.ts';
import { attemptTls } from '../../../core/io/probe-tls-attempt.ts';
import { ok } from '../../../core/base/result.ts';
import { probe } from '../../../core/probe/probe.ts';
import type { ProbePorts, ProbeRequest } from '../../../core/probe/probe-ports.ts';
import type { ProbeReport, ProbeStep } from '../../../core/probe/probe-report.ts';
import { parseProbeTarget } from '../../../core/probe/probe-target.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsClientSettings } from '../../../core/tls/tls-settings.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { good } from '../../support/test-authority.ts';

/** What a probe told, and the steps on the way. */
export interface Probed extends ProbeReport {
  readonly steps: readonly ProbeStep[];
  /** The worst finding, as `error cert.expired`; empty where there is none but infos. */
  readonly worst: string;
}

/** How a probe differs from the usual one. */
export interface Probing extends Partial<Omit<ProbeRequest, 'tls' | 'text' | 'uri'>> {
  readonly tls?: Partial<TlsClientSettings>;
  readonly ports?: Partial<ProbePorts>;
}

/** Tests a target from here. Every name leads to 127.0.0.1. */
export async function probing(text: string, { tls, ports, onStep, ...more }: Probing = {}): Promise<Probed> {
  const steps: ProbeStep[] = [];
  const report = await probe(
    {
      network: nodeNetwork,
      clock: systemClock,
      random: systemRandom,
      tracer: new Tracer(systemClock),
      hash: nodeDigestHash,
      resolver: {
        naptr: async () => ({ ok: false, error: 'not-found' }),
        srv: async () => ({ ok: false, error: 'not-found' }),
        addresses: async () => ok({ records: ['127.0.0.1'] }),
      },
      userAgent: 'probe under test',
      attemptTls,
      ...ports,
    },
    {
      text,
      uri: good(parseProbeTarget(text)),
      tls: { ...DEFAULT_TLS_CLIENT_SETTINGS, ...tls },
      limitMs: 50_000,
      signal: new AbortController().signal,
      ...more,
      onStep: (step) => {
        steps.push(step);
        onStep?.(step);
      },
    },
  );
  const [worst] = report.findings.filter(({ severity }) => severity !== 'info');
  return { ...report, steps, worst: worst === undefined ? '' : `${worst.severity} ${worst.code}` };
}
