import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientHello, type ClientHello } from '../../../core/tls/client-hello.ts';
import { diagnoseTlsError } from '../../../core/tls/handshake-diagnosis.ts';
import { recognizeProtocol } from '../../../core/sip/transport/first-octets.ts';
import { HandshakeInspector } from '../../../core/tls/handshake-inspector.ts';
import type { HandshakeTree } from '../../../core/tls/handshake-tree.ts';
import { readServerHello } from '../../../core/tls/server-hello.ts';
import { TlsRecordReader } from '../../../core/tls/tls-records.ts';
import { Tracer, type TraceEvent, type TraceLevel } from '../../../core/trace/tracer.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const u16 = (value: number): number[] => [value >> 8, value & 0xff];
const vector16 = (content: readonly number[]): number[] => [...u16(content.length), ...content];
const extension = (id: number, content: readonly number[]): number[] => [...u16(id), ...vector16(content)];
const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const handshake = (type: number, body: readonly number[]): number[] => [type, 0, ...u16(body.length), ...body];
const record = (type: number, content: readonly number[]): number[] => [type, 3, 1, ...vector16(content)];

function clientHello({
  ciphers = [0x0a0a, 0x1301, 0xc02b],
  versions = [0x3a3a, 0x0304, 0x0303],
  schemes = [0x0403, 0x0804],
} = {}): number[] {
  const name = ascii('pbx.example.com');
  const extensions = [
    ...extension(0, vector16([0, ...vector16(name)])),
    ...extension(10, vector16([0x6a6a, 0x11ec, 29, 23].flatMap(u16))),
    ...(schemes.length === 0 ? [] : extension(13, vector16(schemes.flatMap(u16)))),
    ...extension(16, vector16([3, ...ascii('sip')])),
    ...(versions.length === 0 ? [] : extension(43, [versions.length * 2, ...versions.flatMap(u16)])),
  ];
  return [3, 3, ...Array<number>(32).fill(7), 0, ...vector16(ciphers.flatMap(u16)), 1, 0, ...vector16(extensions)];
}

const HELLO = Uint8Array.from(record(22, handshake(1, clientHello())));

const inspect = (options: Partial<ConstructorParameters<typeof HandshakeInspector>[0]> = {}): HandshakeInspector =>
  new HandshakeInspector({
    role: 'server',
    watched: 'records',
    recognize: recognizeProtocol,
    now: () => 0,
    connection: 'c1',
    ...options,
  });

/** The tree after these octets came from the other end, in one read each. */
const heard = (...reads: readonly ArrayLike<number>[]): HandshakeTree => {
  const inspector = inspect();
  for (const octets of reads) inspector.feed('received', Uint8Array.from(octets));
  return inspector.tree;
};
const helloIn = (...reads: readonly ArrayLike<number>[]): ClientHello | undefined => heard(...reads).clientHello;

describe('a ClientHello', () => {
  const offered = {
    versions: ['TLSv1.3', 'TLSv1.2'],
    ciphers: ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    groups: ['X25519MLKEM768', 'x25519', 'secp256r1'],
    signatureSchemes: ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256'],
    serverName: 'pbx.example.com',
    alpn: ['sip'],
    keyShares: [],
    resumption: 'none',
    sessionId: '',
    secureRenegotiation: false,
    extensions: [
      'server_name',
      'supported_groups',
      'signature_algorithms',
      'application_layer_protocol_negotiation',
      'supported_versions',
    ],
  };

  it('§4.1.2 tells what the client offers, without the noise of RFC 8701', () => {
    expect(helloIn(HELLO)).toEqual(offered);
  });

  it('§4.2.1 without supported_versions offers its legacy version', () => {
    const hello = readClientHello(Uint8Array.from(clientHello({ versions: [] })));
    expect(hello).toMatchObject({ value: { versions: ['TLSv1.2'] } });
  });

  it('is found at whatever octet a read ends, and only when it is complete', () => {
    for (let end = 0; end < HELLO.length; end++) {
      expect(helloIn(HELLO.subarray(0, end))).toBeUndefined();
    }
  });

  it('§5.1 is found when spread over several records', () => {
    const message = handshake(1, clientHello());
    const octets = [message.slice(0, 3), message.slice(3, 50), message.slice(50)].flatMap((part) => record(22, part));
    expect(helloIn(octets)).toEqual(offered);
  });

  it.each([
    ['plain SIP', ascii('REGISTER sip:example.com SIP/2.0\r\n')],
    ['an alert', record(21, [2, 40])],
    ['a record too long', [22, 3, 1, 0xff, 0xff, 1, 2, 3]],
    ['a message too long', record(22, [1, 0xff, 0, 0])],
    ['nothing but a header', record(22, handshake(1, []))],
  ])('is not %s', (_, octets) => {
    expect(helloIn(octets)).toBeUndefined();
  });

  it('survives any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        readClientHello(octets);
        readServerHello(octets);
        heard(octets);
        for (const type of [1, 2, 11, 12, 13]) heard(HELLO, record(22, handshake(type, [...octets])));
      }),
    );
  });

  it('explains why a server found no cipher: its kind of key', () => {
    const seen = heard(
      record(22, handshake(1, clientHello({ ciphers: [0xc02f, 0x009c], versions: [0x0303], schemes: [0x0401] }))),
    );
    const failure = { role: 'server', code: 'ERR_SSL_NO_SHARED_CIPHER', seen } as const;
    expect(diagnoseTlsError({ ...failure, ownKeyType: 'EC' }).code).toBe('tls.certificate-type-mismatch');
    expect(diagnoseTlsError({ ...failure, ownKeyType: 'RSA' })).toMatchObject({
      code: 'tls.no-shared-cipher',
      evidence: { offeredCiphers: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_AES_128_GCM_SHA256'] },
    });
  });
});

describe('the record reader', () => {
  it('RFC 5246 §7.1 reads nothing more in clear after ChangeCipherSpec', () => {
    const octets = [...record(20, [1]), ...record(22, [1, 2, 3, 4, 5]), ...record(21, [9, 9, 9])];
    expect(new TlsRecordReader().push(Uint8Array.from(octets))).toEqual([
      { contentType: 20 },
      { contentType: 'encrypted', recordType: 22, length: 5 },
      { contentType: 'encrypted', recordType: 21, length: 3 },
    ]);
  });

  it('§D.4 of TLS 1.3 ignores it: the second ClientHello after a retry is in clear', () => {
    const reader = new TlsRecordReader();
    reader.push(HELLO);
    reader.expectTls13();
    const after = reader.push(Uint8Array.from([...record(20, [1]), ...HELLO, ...record(23, [1, 2])]));
    expect(after.map(({ contentType }) => contentType)).toEqual([20, 22, 'encrypted']);
  });

  it('gives nothing more behind a handshake message that is too large, in the same read either', () => {
    const reader = new TlsRecordReader();
    const octets = [...record(22, [1, 0xff, 0xff, 0xff]), ...record(21, [2, 40])];
    expect(reader.push(Uint8Array.from(octets))).toEqual([]);
    expect(reader.failure).toBe('a handshake message too large');
  });

  it('gives the same messages however the octets are cut', () => {
    const octets = Uint8Array.from([...HELLO, ...record(21, [1, 0]), ...record(23, [1, 2, 3])]);
    const whole = new TlsRecordReader().push(octets);
    fc.assert(
      fc.property(fc.array(fc.nat(octets.length), { maxLength: 8 }), (cuts) => {
        const reader = new TlsRecordReader();
        const ends = [...cuts.sort((a, b) => a - b), octets.length];
        let start = 0;
        const messages = ends.flatMap((end) => {
          const part = reader.push(octets.subarray(start, end));
          start = end;
          return part;
        });
        expect(messages).toEqual(whole);
      }),
    );
  });
});

describe('the inspector', () => {
  const traced = (level: TraceLevel): { readonly tracer: Tracer; readonly events: TraceEvent[] } => {
    const tracer = new Tracer(new VirtualClock(), level);
    const events: TraceEvent[] = [];
    tracer.subscribe((event) => events.push(event));
    return { tracer, events };
  };
  const treeOf = (events: readonly TraceEvent[]): HandshakeTree =>
    JSON.parse(JSON.stringify(events.find(({ kind }) => kind === 'tls.handshake')?.tree)) as HandshakeTree;

  it('tells a failed handshake once, as a tree with the alert that ended it', () => {
    const { tracer, events } = traced(5);
    let now = 100;
    const inspector = inspect({ role: 'client', tracer, now: () => now });
    inspector.connected();
    now = 102;
    inspector.feed('sent', HELLO);
    now = 105.126;
    inspector.feed('received', Uint8Array.from(record(21, [2, 70])));
    now = 106;
    inspector.failed({ error: 'EPROTO' });
    inspector.feed('received', HELLO);
    inspector.failed({ error: 'ECONNRESET' });
    expect(events.map(({ kind, connection, alert }) => [kind, connection, alert])).toEqual([
      ['tls.alert', 'c1', 'protocol_version'],
      ['tls.handshake', 'c1', undefined],
    ]);
    expect(treeOf(events)).toMatchObject({
      outcome: 'failed',
      times: { connected: 0, clientHello: 2, alert: 5.13, failed: 6 },
      octets: { sent: HELLO.length, received: 7 },
      clientHello: { serverName: 'pbx.example.com' },
      alerts: [{ direction: 'received', level: 'fatal', alert: 'protocol_version', encrypted: false }],
      messages: [
        { direction: 'sent', message: 'client_hello' },
        { direction: 'received', message: 'alert' },
      ],
      error: 'EPROTO',
    });
  });

  it('§4.1.4 tells a HelloRetryRequest and the second ClientHello from the first', () => {
    const inspector = inspect();
    const retry = [
      0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
      0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ]; // prettier-ignore
    const serverHello = (random: readonly number[], group: readonly number[]): Uint8Array =>
      Uint8Array.from(
        record(
          22,
          handshake(2, [
            3,
            3,
            ...random,
            0,
            0x13,
            1,
            0,
            ...vector16([...extension(43, [3, 4]), ...extension(51, group)]),
          ]),
        ),
      );
    inspector.feed('received', HELLO);
    inspector.feed('sent', serverHello(retry, u16(23)));
    inspector.feed('received', HELLO);
    inspector.feed('sent', serverHello(Array<number>(32).fill(9), [...u16(23), ...vector16([4])]));
    expect(inspector.tree).toMatchObject({
      helloRetryRequest: { retry: true, group: 'secp256r1' },
      secondClientHello: { serverName: 'pbx.example.com' },
      serverHello: { retry: false, version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
      group: 'secp256r1',
      resumption: { offered: 'none', accepted: false },
    });
  });

  it('names the alert that only the TLS library could decrypt', () => {
    const { tracer, events } = traced(3);
    inspect({ tracer }).failed({ error: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', alert: 'unknown_ca' });
    expect(events).toMatchObject([{ kind: 'tls.alert', alert: 'unknown_ca', encrypted: true }]);
  });

  it('tells each record as it passes only where the trace takes everything', () => {
    for (const [level, kinds] of [
      [9, ['tls.record', 'tls.record']],
      [7, []],
    ] as const) {
      const { tracer, events } = traced(level);
      const inspector = inspect({ tracer });
      inspector.feed('received', HELLO);
      inspector.feed('sent', Uint8Array.from(record(23, [1, 2, 3])));
      expect(events.map(({ kind }) => kind)).toEqual(kinds);
    }
  });

  it('reads nothing of a good handshake before somebody looks at it', () => {
    const { tracer, events } = traced(5);
    let asked = 0;
    const facts = { version: 'TLSv1.3', cipher: '', group: 'x25519', alpn: undefined, resumed: true, peerChain: [] };
    for (const listened of [undefined, tracer]) {
      const inspector = inspect({ tracer: listened, recognize: () => (asked++, 'tls') });
      inspector.feed('received', HELLO);
      inspector.secured(facts);
    }
    expect(asked).toBe(0);
    expect(events).toHaveLength(1);
    expect(treeOf(events)).toMatchObject({
      outcome: 'secured',
      clientHello: { serverName: 'pbx.example.com' },
      version: 'TLSv1.3',
      group: 'x25519',
      resumption: { accepted: true },
    });
    expect(asked).toBe(1);
  });

  it('keeps the first octets of a peer that does not speak TLS', () => {
    const tree = heard(ascii('SIP/2.0 400 '), ascii('Bad Request\r\n'), ascii('x'.repeat(2000)));
    expect(tree).toMatchObject({ spoken: 'sip', invalid: { received: 'not a TLS record' } });
    expect(tree.firstOctets).toHaveLength(512);
    expect(diagnoseTlsError({ role: 'client', seen: tree }).code).toBe('tls.peer-speaks-plain-sip');
  });

  it('keeps no more than it needs of what a peer never stops sending', () => {
    const inspector = inspect();
    for (let count = 0; count < 5000; count++) inspector.feed('received', Uint8Array.from(record(22, [0, 0, 0, 0])));
    const { tree } = inspector;
    expect(tree.octets.received).toBe(45_000);
    expect(tree.messages).toHaveLength(64);
    expect(JSON.stringify(tree).length).toBeLessThan(10_000);
  });
});
