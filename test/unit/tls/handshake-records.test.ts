import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findClientHello, readClientHello } from '../../../core/tls/client-hello.ts';
import { diagnoseTlsError } from '../../../core/tls/handshake-diagnosis.ts';
import { HandshakeInspector } from '../../../core/tls/handshake-inspector.ts';
import { readServerHello } from '../../../core/tls/server-hello.ts';
import { TlsRecordReader } from '../../../core/tls/tls-records.ts';
import { Tracer, type TraceEvent } from '../../../core/trace/tracer.ts';
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

describe('a ClientHello', () => {
  const offered = {
    versions: ['TLSv1.3', 'TLSv1.2'],
    ciphers: ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    groups: ['X25519MLKEM768', 'x25519', 'secp256r1'],
    signatureSchemes: ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256'],
    serverName: 'pbx.example.com',
    alpn: ['sip'],
    resumes: false,
  };

  it('§4.1.2 tells what the client offers, without the noise of RFC 8701', () => {
    expect(findClientHello(HELLO)).toEqual({ ok: true, value: offered });
  });

  it('§4.2.1 without supported_versions offers its legacy version', () => {
    const hello = readClientHello(Uint8Array.from(clientHello({ versions: [] })));
    expect(hello).toMatchObject({ value: { versions: ['TLSv1.2'] } });
  });

  it('is found at whatever octet a read ends, and only when it is complete', () => {
    for (let end = 0; end < HELLO.length; end++) {
      expect(findClientHello(HELLO.subarray(0, end))).toEqual({ ok: true, value: undefined });
    }
  });

  it('§5.1 is found when spread over several records', () => {
    const message = handshake(1, clientHello());
    const octets = [message.slice(0, 3), message.slice(3, 50), message.slice(50)].flatMap((part) => record(22, part));
    expect(findClientHello(Uint8Array.from(octets))).toEqual({ ok: true, value: offered });
  });

  it.each([
    ['plain SIP', ascii('REGISTER sip:example.com SIP/2.0\r\n')],
    ['an alert', record(21, [2, 40])],
    ['a record too long', [22, 3, 1, 0xff, 0xff, 1, 2, 3]],
    ['a message too long', record(22, [1, 0xff, 0, 0])],
    ['nothing but a header', record(22, handshake(1, []))],
  ])('is not %s', (_, octets) => {
    expect(findClientHello(Uint8Array.from(octets)).ok).toBe(false);
  });

  it('survives any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        readClientHello(octets);
        readServerHello(octets);
        findClientHello(octets);
        findClientHello(Uint8Array.from(record(22, handshake(1, [...octets]))));
      }),
    );
  });

  it('explains why a server found no cipher: its kind of key', () => {
    const firstBytes = Uint8Array.from(
      record(22, handshake(1, clientHello({ ciphers: [0xc02f, 0x009c], versions: [0x0303], schemes: [0x0401] }))),
    );
    const failure = { role: 'server', code: 'ERR_SSL_NO_SHARED_CIPHER', firstBytes } as const;
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
  it('writes handshakes and alerts of both directions to the trace', () => {
    const tracer = new Tracer(new VirtualClock());
    const events: TraceEvent[] = [];
    tracer.subscribe((event) => events.push(event));
    const inspector = new HandshakeInspector(tracer, 'c1');
    inspector.feed('sent', HELLO);
    inspector.feed('received', Uint8Array.from(record(21, [2, 70])));
    expect(
      events.map(({ kind, connection, direction, message, alert }) => [kind, connection, direction, message ?? alert]),
    ).toEqual([
      ['tls.handshake', 'c1', 'sent', 'client_hello'],
      ['tls.alert', 'c1', 'received', 'protocol_version'],
    ]);
    expect(inspector.view).toMatchObject({
      alertReceived: 'protocol_version',
      clientHello: { serverName: 'pbx.example.com' },
    });
  });

  it('keeps the first octets of a peer that does not speak TLS, and says so once', () => {
    const tracer = new Tracer(new VirtualClock());
    const events: TraceEvent[] = [];
    tracer.subscribe((event) => events.push(event));
    const inspector = new HandshakeInspector(tracer, 'c1');
    for (const text of ['SIP/2.0 400 ', 'Bad Request\r\n', 'x'.repeat(2000)])
      inspector.feed('received', Uint8Array.from(ascii(text)));
    expect(events.map(({ kind, invalid }) => [kind, invalid])).toEqual([['tls.record', 'not a TLS record']]);
    expect(inspector.view.firstBytes).toHaveLength(512);
    expect(diagnoseTlsError({ role: 'client', firstBytes: inspector.view.firstBytes }).code).toBe(
      'tls.peer-speaks-plain-sip',
    );
  });
});
