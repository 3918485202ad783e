import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../../core/cli/main.ts';
import { ExternalProgram, installed } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';

const DOMAIN = 'example.org';

afterEach(() => {
  vi.restoreAllMocks();
});

interface End {
  readonly code: number;
  readonly stdout: string;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly result: Readonly<Record<string, unknown>> | undefined;
}

/** Runs `sotto` in this process. */
async function run(...args: readonly string[]): Promise<End> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = await main(args);
  vi.restoreAllMocks();
  const lines = args.includes('--json') ? stdout.split('\n').filter((line) => line !== '') : [];
  const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { code, stdout, events, result: events.at(-1) };
}

/** The zone that `sotto dns records` writes, as options of dnsmasq: read by the grammar of RFC 1035 §5.1, not by our code. */
function dnsmasqOptions(lines: readonly string[]): string[] {
  const addresses = new Map<string, string[]>();
  const options = lines.flatMap((line) => {
    const [name = '', , , type, ...data] = (line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map(unquoted);
    const owner = withoutDot(name);
    if (type === 'NAPTR') {
      const [order = '', preference = '', flags = '', service = '', regexp = '', replacement = ''] = data;
      return [
        `--naptr-record=${[owner, order, preference, flags, service, regexp, withoutDot(replacement)].join(',')}`,
      ];
    }
    if (type === 'SRV') {
      const [priority = '', weight = '', port = '', target = ''] = data;
      return [`--srv-host=${[owner, withoutDot(target), port, priority, weight].join(',')}`];
    }
    addresses.set(owner, [...(addresses.get(owner) ?? []), data[0] ?? '']);
    return [];
  });
  return [...options, ...[...addresses].map(([owner, list]) => `--host-record=${[owner, ...list].join(',')}`)];
}

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
}

function withoutDot(name: string): string {
  if (!name.endsWith('.')) throw new Error(`${name} is relative`);
  return name.slice(0, -1);
}

async function recordsFor(...options: readonly string[]): Promise<string[]> {
  const end = await run('dns', 'records', DOMAIN, ...options, '--json');
  expect(end.code).toBe(0);
  return end.result?.lines as string[];
}

describe('sotto dns records', () => {
  it('writes NAPTR with quoted fields, SRV with four fields, A and AAAA', async () => {
    const addresses = ['--ip', '192.0.2.1', '--ip', '2001:db8::1'];
    const lines = await recordsFor('--host', 'sip', ...addresses, '--tls-port', '5071', '--udp-port', '5060');
    expect(lines).toEqual([
      'example.org. 3600 IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.example.org.',
      'example.org. 3600 IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.example.org.',
      '_sips._tcp.example.org. 3600 IN SRV 10 10 5071 sip.example.org.',
      '_sip._udp.example.org. 3600 IN SRV 10 10 5060 sip.example.org.',
      'sip.example.org. 3600 IN A 192.0.2.1',
      'sip.example.org. 3600 IN AAAA 2001:db8::1',
    ]);
  });

  it('with no port at all it is TLS on 5061; a server elsewhere keeps its name', async () => {
    expect(
      await recordsFor('--host', 'sip.provider.example', '--priority', '1', '--weight', '0', '--ttl', '60'),
    ).toEqual([
      'example.org. 60 IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.example.org.',
      '_sips._tcp.example.org. 60 IN SRV 1 0 5061 sip.provider.example.',
    ]);
  });

  it.each([
    [[DOMAIN]],
    [['--host', 'sip']],
    [[DOMAIN, '--host', 'a b']],
    [[DOMAIN, '--host', '192.0.2.1']],
    [['exa mple.org', '--host', 'sip']],
    [[DOMAIN, '--host', 'sip', '--ip', '192.0.2.256']],
    [[DOMAIN, '--host', 'sip', '--tls-port', '0']],
    [[DOMAIN, '--host', 'sip', '--weight', '1.5']],
    [[DOMAIN, '--host', 'sip', '--ttl', '-1']],
  ])('%j is wrong usage', async (args) => {
    const end = await run('dns', 'records', ...args);
    expect([end.code, end.stdout]).toEqual([2, '']);
  });
});

describe('sotto dns resolve', () => {
  it('a numeric address needs no question', async () => {
    const end = await run('dns', 'resolve', 'sips:127.0.0.1', '--json');
    expect(end.events.map(({ event, step, rule }) => [event, step, rule])).toEqual([
      ['step', 'decision', '4.1'],
      ['step', 'decision', '4.2'],
      ['result', undefined, undefined],
    ]);
    expect(end.result).toMatchObject({
      ok: true,
      targets: [{ protocol: 'tls', address: '127.0.0.1', port: 5061, host: '127.0.0.1', serverName: '127.0.0.1' }],
    });
  });

  it.each([[[]], [['a', 'b']], [['sip:a b']], [['sip:a@b', '--server-dns', 'localhost']]])(
    '%j is wrong usage',
    async (args) => {
      expect((await run('dns', 'resolve', ...args)).code).toBe(2);
    },
  );
});

describe.skipIf(!installed('dnsmasq'))('RFC 3263 what we write for a zone is what we find in it (dnsmasq)', () => {
  let server: ExternalProgram;
  let nameServer: string;

  beforeAll(async () => {
    const port = await freePort();
    nameServer = `127.0.0.1:${port}`;
    const addresses = ['--ip', '192.0.2.1', '--ip', '2001:db8::1'];
    const ports = ['--tls-port', '5071', '--tcp-port', '5070', '--udp-port', '5072'];
    const lines = await recordsFor('--host', 'sip', ...addresses, ...ports, '--ttl', '77');
    server = new ExternalProgram('dnsmasq', [
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--pid-file=',
      '--log-facility=-',
      `--user=${process.env.USER ?? 'root'}`,
      `--port=${port}`,
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      '--local-ttl=77',
      `--local=/${DOMAIN}/`,
      '--naptr-record=sctp.example.org,10,10,S,SIP+D2S,,_sip._sctp.example.org',
      ...dnsmasqOptions(lines),
    ]);
    await server.until(
      'the name server',
      () => server.errors.some((line) => line.includes('started, version')) || undefined,
    );
  });

  afterAll(async () => {
    await server.stop();
  });

  const resolve = (target: string): Promise<End> => run('dns', 'resolve', target, '--server-dns', nameServer, '--json');

  it.each([
    ['sip:1000@example.org', 'tls', 5071],
    ['sips:example.org', 'tls', 5071],
    ['example.org;transport=tcp', 'tcp', 5070],
    ['example.org;transport=udp', 'udp', 5072],
  ])('%s leads to %s, port %i, both addresses', async (target, protocol, port) => {
    const { code, result } = await resolve(target);
    expect(code).toBe(0);
    expect(result?.targets).toEqual(
      ['2001:db8::1', '192.0.2.1'].map((address) => {
        return { protocol, address, port, host: 'sip.example.org', serverName: DOMAIN };
      }),
    );
  });

  it('shows each question with answer and TTL, what was passed over and why, and the order', async () => {
    const { events } = await resolve(DOMAIN);
    expect(events[0]).toMatchObject({ event: 'step', step: 'answer', type: 'NAPTR', name: DOMAIN, ttl: 77 });
    expect(events[0]?.records).toHaveLength(3);
    expect(events.filter(({ step }) => step === 'skipped')).toMatchObject([
      {
        record: expect.stringContaining('SIP+D2T') as string,
        reason: 'order 10 led somewhere already (RFC 3403 §4.1)',
      },
      { record: expect.stringContaining('SIP+D2U') as string },
    ]);
    expect(events.find(({ type }) => type === 'SRV')).toMatchObject({
      records: ['10 10 5071 sip.example.org.'],
      ttl: 77,
    });
    expect(events.find(({ type }) => type === 'A/AAAA')).toMatchObject({ records: ['2001:db8::1', '192.0.2.1'] });
  });

  it('passes over SCTP, and says why it found nothing', async () => {
    const end = await resolve('sctp.example.org');
    expect(end.code).toBe(1);
    expect(end.result).toMatchObject({ ok: false, diagnosis: [{ code: 'dns.not-found' }] });
    expect(end.events.find(({ step }) => step === 'skipped')).toMatchObject({ reason: 'SCTP is not spoken here' });
  });

  it('without --json it can be read', async () => {
    const { stdout, code } = await run('dns', 'resolve', DOMAIN, '--server-dns', nameServer);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    // The order within an answer is the name server's.
    expect(lines.slice(1, 4).sort()).toEqual([
      '  10 10 "s" "SIPS+D2T" "" _sips._tcp.example.org.',
      '  20 10 "s" "SIP+D2T" "" _sip._tcp.example.org.',
      '  30 10 "s" "SIP+D2U" "" _sip._udp.example.org.',
    ]);
    expect([...lines.slice(0, 1), ...lines.slice(4)]).toEqual([
      '? NAPTR example.org, 77 s',
      '- NAPTR 20 10 "s" "SIP+D2T" "" _sip._tcp.example.org.',
      '  passed over: order 10 led somewhere already (RFC 3403 §4.1)',
      '- NAPTR 30 10 "s" "SIP+D2U" "" _sip._udp.example.org.',
      '  passed over: order 10 led somewhere already (RFC 3403 §4.1)',
      '? SRV _sips._tcp.example.org, 77 s',
      '  10 10 5071 sip.example.org.',
      '? A/AAAA sip.example.org, 77 s',
      '  2001:db8::1',
      '  192.0.2.1',
      '1. TLS [2001:db8::1]:5071 (sip.example.org)',
      '2. TLS 192.0.2.1:5071 (sip.example.org)',
      '',
    ]);
  });
});
