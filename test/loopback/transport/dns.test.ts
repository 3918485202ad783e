import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/io/node-clock.ts';
import { NodeResolver } from '../../../core/io/node-dns.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import { systemRandom } from '../../../core/io/node-random.ts';
import { Locator } from '../../../core/sip/locate/locator.ts';
import { sipUri } from '../../../core/sip/message/uri.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { LOOPBACK, until, valueOf } from './stations.ts';

const hasDnsmasq = spawnSync('dnsmasq', ['--version']).status === 0;

describe.skipIf(!hasDnsmasq)('RFC 3263 with a real name server (dnsmasq)', () => {
  let server: ChildProcess;
  let resolver: NodeResolver;
  let locator: Locator;

  beforeAll(async () => {
    const socket = valueOf(await nodeNetwork.bindDatagram({ address: LOOPBACK, port: 0 }, () => undefined));
    const { port } = socket.local;
    await socket.close();
    server = spawn(
      'dnsmasq',
      [
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--no-resolv',
        '--no-hosts',
        '--pid-file=',
        `--user=${process.env.USER ?? 'root'}`,
        `--port=${port}`,
        `--listen-address=${LOOPBACK}`,
        '--bind-interfaces',
        '--local=/example.org/',
        '--naptr-record=example.org,20,50,S,SIP+D2T,,_sip._tcp.example.org',
        '--naptr-record=example.org,10,50,S,SIPS+D2T,,_sips._tcp.example.org',
        '--srv-host=_sips._tcp.example.org,b.example.org,5062,20',
        '--srv-host=_sips._tcp.example.org,a.example.org,5061,10',
        '--srv-host=_sip._tcp.example.org,a.example.org,5060',
        '--host-record=a.example.org,192.0.2.1,2001:db8::1',
        '--host-record=b.example.org,192.0.2.2',
      ],
      { stdio: 'ignore' },
    );
    resolver = new NodeResolver({ servers: [`${LOOPBACK}:${port}`], timeoutMs: 500, tries: 2 });
    locator = new Locator({ resolver, random: systemRandom, tracer: new Tracer(systemClock) });
    let ready = false;
    void (async () => {
      while (!ready) ready = (await resolver.addresses('b.example.org')).ok;
    })();
    await until(() => ready, 'the name server');
  });

  afterAll(() => {
    server.kill();
  });

  it('follows NAPTR by its order, SRV by its priority, and takes addresses of both families', async () => {
    const targets = valueOf(await locator.locate(sipUri({ host: 'example.org' })));
    expect(targets.map(({ protocol, address, port, serverName }) => [protocol, address, port, serverName])).toEqual([
      ['tls', '2001:db8::1', 5061, 'example.org'],
      ['tls', '192.0.2.1', 5061, 'example.org'],
      ['tls', '192.0.2.2', 5062, 'example.org'],
    ]);
  });

  it('tells a name that does not exist from servers that do not answer', async () => {
    const unknown = await locator.locate(sipUri({ host: 'nowhere.example.org' }));
    expect(unknown.ok ? '' : unknown.error.code).toBe('dns.not-found');
    const mute = valueOf(await nodeNetwork.bindDatagram({ address: LOOPBACK, port: 0 }, () => undefined));
    const silent = new NodeResolver({ servers: [`${LOOPBACK}:${mute.local.port}`], timeoutMs: 200, tries: 1 });
    const lost = await new Locator({ resolver: silent, random: systemRandom, tracer: new Tracer(systemClock) }).locate(
      sipUri({ host: 'example.org', scheme: 'sips' }),
    );
    expect(lost.ok ? '' : lost.error.code).toBe('dns.timeout');
    await mute.close();
  });
});

it('RFC 6761 §6.3 localhost is this machine, whatever the name servers say', async () => {
  const { records } = valueOf(await new NodeResolver().addresses('localhost'));
  expect(records).toEqual([LOOPBACK, '::1']);
});
