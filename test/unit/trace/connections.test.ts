import { describe, expect, it } from 'vitest';
import { connectionsOf } from '../../../core/trace/connections.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';

let seq = 0;
const event = (mono: number, kind: string, fields: Record<string, unknown> = {}): TraceEvent => ({
  seq: ++seq,
  mono,
  time: new Date(0).toISOString(),
  level: 5,
  component: 'tport',
  kind,
  ...fields,
});

const [LOCAL, REMOTE] = ['127.0.0.1:40000', '127.0.0.1:5061'];
const NAME = 'phone-tls-1';

const dialling = (at: number): TraceEvent[] => [
  event(at, 'dns.located', { uri: 'sip:example.org', targets: [{ address: '127.0.0.1', port: 5061 }] }),
  event(at, 'connection.dialling', { protocol: 'tls', remote: REMOTE, serverName: 'example.org' }),
];
const leaf = {
  subject: 'CN=example.org',
  issuer: 'CN=Authority',
  san: ['DNS:example.org'],
  keyType: 'EC P-256',
  keyBits: 256,
};
const handshake = (at: number, tree: Record<string, unknown> = {}): TraceEvent =>
  event(at, 'tls.handshake', {
    connection: NAME,
    role: 'client',
    remote: REMOTE,
    tree: {
      outcome: 'secured',
      times: { connected: 2, clientHello: 3, serverHello: 6, secured: 9 },
      clientHello: { versions: ['TLSv1.3'], groups: ['x25519'] },
      serverHello: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
      serverChain: [leaf],
      ...tree,
    },
  });
const steps = (events: readonly TraceEvent[]): string[][] =>
  connectionsOf(events).map((connection) => connection.steps.map(({ step, verdict }) => `${step} ${verdict}`));

describe('the connections of a trace', () => {
  it('are timelines from the name to the first message, with a verdict for each step', () => {
    const events = [
      ...dialling(100),
      handshake(110),
      event(111, 'connection.opened', {
        connection: NAME,
        protocol: 'tls',
        opened: 'here',
        local: LOCAL,
        remote: REMOTE,
      }),
      event(111, 'tls.verified', {
        connection: NAME,
        security: { peerVerified: true, peerName: 'example.org', rules: ['chain'] },
      }),
      event(112, 'sip.sent', { connection: NAME, text: 'OPTIONS sip:example.org SIP/2.0\r\n\r\n' }),
      event(115, 'sip.received', { connection: NAME, text: 'SIP/2.0 200 OK\r\n\r\n' }),
      event(120, 'connection.closed', { connection: NAME }),
    ];
    expect(steps(events)).toEqual([
      ['dns ok', 'connected ok', 'client-hello ok', 'server-hello ok', 'certificate ok', 'secured ok', 'verified ok', 'first-message ok', 'closed ok'],
    ]); // prettier-ignore
    const [connection] = connectionsOf(events);
    expect(connection).toMatchObject({ name: NAME, protocol: 'tls', dialled: true, state: 'closed', local: LOCAL, messages: 2, expectedName: 'example.org' }); // prettier-ignore
    expect(connection?.serverChain).toMatchObject([{ subject: 'CN=example.org', names: ['DNS:example.org'] }]);
    expect(connection?.steps.find(({ step }) => step === 'server-hello')?.atMs).toBe(6);
  });

  it('of a dial that fails before it has a name, and of one that is refused by policy, carry their diagnosis', () => {
    const refused = { code: 'tcp.refused' };
    const unknown = { code: 'cert.unknown-ca' };
    const events = [
      ...dialling(0),
      event(1, 'diagnosis', { remote: REMOTE, diagnosis: refused }),
      ...dialling(10),
      handshake(20),
      event(21, 'diagnosis', { remote: REMOTE, diagnosis: unknown }),
    ];
    const [first, second] = connectionsOf(events);
    expect(first).toMatchObject({ name: REMOTE, state: 'failed', diagnosis: refused });
    expect(second).toMatchObject({ name: NAME, state: 'failed', diagnosis: unknown });
  });

  it('that a server turned away show the alert', () => {
    const alerts = [{ direction: 'received', level: 'fatal', alert: 'unknown_ca', atMs: 8 }];
    expect(steps([...dialling(0), handshake(9, { outcome: 'failed', alerts })])[0]).toContain('alert failed');
  });

  it('that a server took have nothing to verify where it asks for no certificate', () => {
    const events = [
      event(0, 'connection.opened', {
        connection: 'internal-tls-1',
        protocol: 'tls',
        opened: 'there',
        local: REMOTE,
        remote: LOCAL,
      }),
      event(0, 'tls.verified', { connection: 'internal-tls-1', security: { peerVerified: false } }),
    ];
    expect(steps(events)).toEqual([['connected ok']]);
  });

  it('of a foreign file are read as far as they make sense', () => {
    const odd = [null, 7, 'x', [], {}, { serverChain: 'x', alerts: [null], times: 3, clientHello: 5, serverHello: [] }];
    for (const tree of odd) {
      const connections = connectionsOf([event(0, 'tls.handshake', { connection: 'a', tree, remote: 5 })]);
      expect(connections).toHaveLength(1);
    }
    const odds = [event(0, 'diagnosis', { diagnosis: 3 }), event(0, 'sip.sent', { connection: 'b', text: {} })];
    expect(connectionsOf(odds)).toMatchObject([{ name: 'b', messages: 1 }]);
  });
});
