import { describe, expect, it } from 'vitest';
import { ok, type Result } from '../../../core/base/result.ts';
import { asksForCertificate } from '../../../core/probe/certificate-request.ts';
import { probe } from '../../../core/probe/probe.ts';
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import { parseProbeTarget } from '../../../core/probe/probe-target.ts';
import type { AttemptTls, TlsAttempt, TlsAttemptOutcome } from '../../../core/probe/tls-attempt.ts';
import type { Answer, LookupFailure, Resolver } from '../../../core/sip/locate/resolver.ts';
import { HandshakeInspector } from '../../../core/tls/handshake-inspector.ts';
import type { HandshakeTree } from '../../../core/tls/handshake-tree.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../../core/tls/tls-settings.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { good } from '../../support/test-authority.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';

const NOTHING = async (): Promise<Result<never, LookupFailure>> => ({ ok: false, error: 'not-found' });
const records = async <T>(...found: T[]): Promise<Result<Answer<T>, LookupFailure>> => ok({ records: found });

/** A handshake in which nothing was seen but that the server is connected; what else is known comes on top. */
function treeWith(more: Partial<HandshakeTree> = {}): HandshakeTree {
  const inspector = new HandshakeInspector({
    role: 'client',
    watched: 'records',
    recognize: () => undefined,
    now: () => 0,
  });
  return { ...inspector.failed({ error: undefined }), ...more };
}

const serverHello = (version: string): HandshakeTree['serverHello'] => ({
  version,
  cipher: 'TLS_AES_128_GCM_SHA256',
  group: undefined,
  retry: false,
  alpn: undefined,
  takesPreSharedKey: false,
  sessionId: '',
  extensions: [],
});

const refused = (alert: string): TlsAttemptOutcome => ({
  kind: 'failed',
  tree: treeWith({
    alerts: [{ direction: 'received', level: 'fatal', alert, encrypted: false, atMs: 1 }],
    octets: { sent: 500, received: 7 },
  }),
});
const silent: TlsAttemptOutcome = {
  kind: 'failed',
  code: 'ERR_TLS_HANDSHAKE_TIMEOUT',
  tree: treeWith({ octets: { sent: 500, received: 0 } }),
};
const helloed = (version: string): TlsAttemptOutcome => ({
  kind: 'failed',
  code: 'ECONNRESET',
  tree: treeWith({ serverHello: serverHello(version), octets: { sent: 500, received: 100 } }),
});
const unreachable = ({ remote }: TlsAttempt): TlsAttemptOutcome => ({
  kind: 'unreachable',
  diagnosis: { code: 'tcp.refused', side: 'there', summary: 's', cure: 'c', evidence: { remote: remote.address } },
});

interface Probed {
  readonly report: ProbeReport;
  readonly attempts: readonly TlsAttempt[];
  readonly worst: readonly string[];
}

/** Probes with a TLS side that is only told, and a network in which nobody listens. */
async function probed(
  text: string,
  resolver: Partial<Resolver>,
  answer: (attempt: TlsAttempt) => TlsAttemptOutcome = unreachable,
): Promise<Probed> {
  const clock = new VirtualClock();
  const attempts: TlsAttempt[] = [];
  const attemptTls: AttemptTls = async (attempt) => {
    attempts.push(attempt);
    return answer(attempt);
  };
  let report: ProbeReport | undefined;
  const running = probe(
    {
      network: new VirtualNetwork(clock).host('192.0.2.99'),
      clock,
      random: new SeededRandom(1),
      tracer: new Tracer(clock),
      hash: { hex: () => '' },
      resolver: { naptr: NOTHING, srv: NOTHING, addresses: NOTHING, ...resolver },
      userAgent: 'test',
      attemptTls,
    },
    {
      text,
      uri: good(parseProbeTarget(text)),
      tls: DEFAULT_TLS_CLIENT_SETTINGS,
      limitMs: 100_000,
      signal: new AbortController().signal,
      onStep: () => undefined,
    },
  ).then((done) => (report = done));
  // One second a turn, until it has an end.
  for (let second = 0; second < 200 && report === undefined; second++) await clock.advanceAsync(1000);
  await running;
  if (report === undefined) throw new Error('no report');
  return { report, attempts, worst: report.findings.map(({ severity, code }) => `${severity} ${code}`) };
}

describe('RFC 3263 in a probe', () => {
  it('a name that is not there', async () => {
    const { worst, report } = await probed('nowhere.example.com', {});
    expect(worst).toEqual(['error dns.not-found']);
    expect(report.dns.length).toBeGreaterThan(0);
    expect(report).toMatchObject({ address: null, tls: null, sip: null });
  });

  it('name servers that never answer', async () => {
    const { worst } = await probed('slow.example.com', { srv: () => new Promise(() => undefined) });
    expect(worst).toEqual(['error dns.timeout']);
  });

  it('the next address is taken where one refuses, and the refusal is a warning', async () => {
    const { worst, report, attempts } = await probed(
      'two.example.com',
      { addresses: () => records('192.0.2.1', '192.0.2.2') },
      (attempt) => (attempt.remote.address === '192.0.2.1' ? unreachable(attempt) : refused('internal_error')),
    );
    expect(worst).toEqual(['error tls.alert.internal_error', 'warning tcp.refused']);
    expect(report.address).toBe('192.0.2.2:5061');
    expect(attempts.every(({ serverName }) => serverName === 'two.example.com')).toBe(true);
  });

  it('where all refuse the first is the error, and no more than three are tried', async () => {
    const { worst, attempts } = await probed('many.example.com', {
      addresses: () => records('192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'),
    });
    expect(worst).toEqual(['error tcp.refused']);
    expect(attempts).toHaveLength(3);
  });

  it('NAPTR records that lead from SIPS+D2T to another service are a warning', async () => {
    const { worst } = await probed('sips:naptr.example.com', {
      naptr: () =>
        records({
          order: 1,
          preference: 1,
          flags: 's',
          service: 'SIPS+D2T',
          regexp: '',
          replacement: '_sip._tcp.naptr.example.com',
        }),
      srv: () => records({ priority: 1, weight: 1, port: 5061, target: 'a.example.com' }),
      addresses: () => records('192.0.2.1'),
    });
    expect(worst).toEqual(['error tcp.refused', 'warning dns.service-mismatch']);
  });
});

describe('a failed handshake in a probe', () => {
  const resolver = { addresses: () => records('192.0.2.1') };

  it('a server that is silent only to TLS 1.3 has a version problem', async () => {
    const { worst, report } = await probed('old.example.com', resolver, ({ settings }) =>
      settings.maxVersion === 'TLSv1.3' ? silent : helloed('TLSv1.2'),
    );
    expect(worst).toEqual(['error tls.version-mismatch']);
    expect(report.tls?.versions).toEqual({ 'TLSv1.2': 'accepted' });
  });

  it('a server that is silent to all is silent', async () => {
    expect((await probed('dead.example.com', resolver, () => silent)).worst).toEqual(['error tls.handshake-timeout']);
  });

  it('a server that shares no cipher with anybody has no certificate', async () => {
    const { worst, attempts } = await probed('bare.example.com', resolver, ({ settings }) =>
      refused(settings.maxVersion === 'TLSv1.3' ? 'protocol_version' : 'handshake_failure'),
    );
    expect(worst).toEqual(['error tls.server-without-certificate']);
    expect(attempts).toHaveLength(6);
  });

  it('a version that our TLS library does not have is untestable, and no finding', async () => {
    const { report } = await probed('new.example.com', resolver, ({ settings }) =>
      settings.maxVersion === 'TLSv1'
        ? {
            kind: 'untestable',
            diagnosis: { code: 'config.invalid', side: 'here', summary: '', cure: '', evidence: {} },
          }
        : refused('internal_error'),
    );
    expect(report.tls?.versions).toMatchObject({ TLSv1: 'untestable', 'TLSv1.3': 'refused:internal_error' });
    expect(report.findings.map(({ code }) => code)).not.toContain('config.invalid');
  });
});

describe('RFC 8446 §4.4.2: a client that is asked for a certificate sends a Certificate message', () => {
  const secured = (cipher: string, ...sent: number[]): HandshakeTree =>
    treeWith({
      outcome: 'secured',
      version: 'TLSv1.3',
      cipher,
      messages: sent.map((length) => ({ direction: 'sent', message: 'encrypted', length, atMs: 0 })),
    });

  it.each([
    ['Finished alone', secured('TLS_AES_128_GCM_SHA256', 53), false],
    ['Finished alone, SHA-384', secured('TLS_AES_256_GCM_SHA384', 69), false],
    ['an empty Certificate in a record of its own', secured('TLS_AES_128_GCM_SHA256', 25, 53), true],
    ['both in one record', secured('TLS_AES_256_GCM_SHA384', 77), true],
    ['nothing seen', secured('TLS_AES_128_GCM_SHA256'), undefined],
    ['TLS 1.2, without a request', treeWith({ outcome: 'secured', version: 'TLSv1.2' }), undefined],
  ])('%s', (_, tree, asked) => {
    expect(asksForCertificate(tree)).toBe(asked);
  });
});
