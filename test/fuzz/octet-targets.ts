import { nodeSrtpCrypto } from '../../core/io/node-srtp-crypto.ts';
import { parseCompound } from '../../core/rtp/rtcp-packet.ts';
import { isRtcp, RtpPacket } from '../../core/rtp/rtp-packet.ts';
import { TelephoneEventReceiver } from '../../core/rtp/telephone-event.ts';
import { decodeResponse } from '../../core/sip/locate/dns-message.ts';
import { recognizeProtocol } from '../../core/sip/transport/first-octets.ts';
import { bindingResponse, parseStun } from '../../core/sip/transport/stun.ts';
import { SrtpReceiver } from '../../core/srtp/srtp-receiver.ts';
import { SRTP_SUITES } from '../../core/srtp/suites.ts';
import { examineChain } from '../../core/tls/certificate-findings.ts';
import { readCertificate, readCertificates, readSubject } from '../../core/tls/certificate-reader.ts';
import { readRevocationList } from '../../core/tls/certificate-revocation-list.ts';
import { readClientHello } from '../../core/tls/client-hello.ts';
import { recognizeFile } from '../../core/tls/file-kind.ts';
import { HandshakeReader } from '../../core/tls/handshake-reader.ts';
import { readServerHello } from '../../core/tls/server-hello.ts';
import { BrokenPromise, expectSame, latin1, type FuzzTarget } from './fuzz-target.ts';

const OIDS = ['\x06\x03\x55\x1d\x11', '\x06\x03\x55\x1d\x13', '\x06\x03\x55\x1d\x0f', '\x06\x03\x55\x1d\x25', '\x06\x03\x55\x04\x03', '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b']; // prettier-ignore
const TAGS = ['\x30\x80', '\x30\x82\xff\xff', '\x02\x01\x00', '\x04\x02\x30\x00', '\x05\x00', '\x01\x01\xff', '\x17\x0d260101000000Z', '\x18\x0f20500101000000Z', '\x82\x01a', '\x87\x04\x7f\x00\x00\x01', '\xa0\x03', '\xa3\x02\x30\x00', '\x1f\x81\x80', '\x84\xff\xff\xff\xff']; // prettier-ignore

/** What reads octets that are no text. */
export const OCTET_TARGETS: readonly FuzzTarget[] = [
  { name: 'stun', tokens: ['\x21\x12\xa4\x42', '\x00\x20\x00\x08\x00\x01', '\x00\x20\x00\x14\x00\x02', '\x80\x22'], run: readStun },
  { name: 'dns', tokens: ['\xc0\x0c', '\xc0\x00', '\x00\x21\x00\x01', '\x00\x23\x00\x01', '\x01a\x00', '\x3f', '\x40', '\xff\xff'], run: decodeResponse }, // prettier-ignore
  { name: 'tls', tokens: ['\x16\x03\x01', '\x16\x03\x03', '\x15\x03\x03\x00\x02\x02\x28', '\x14\x03\x03\x00\x01\x01', '\x17\x03\x03', '\x0b\x00', '\x0d\x00', '\x0c\x00', '\x00\x2b', '\x00\x33', '\x00\x00', '\x00\x10', '\xff\x01', '\x03\x04', '\x0a\x0a'], run: readHandshake }, // prettier-ignore
  { name: 'tls-hello', tokens: ['\x00\x2b\x00\x03\x02\x03\x04', '\x00\x33', '\x00\x00', '\x00\x10', '\x00\x29', '\xff\x01'], run: (octets) => [readClientHello(octets), readServerHello(octets)] }, // prettier-ignore
  { name: 'certificate', tokens: [...OIDS, ...TAGS], run: readCertificateFile },
  { name: 'revocation-list', tokens: [...OIDS, ...TAGS, '\x06\x03\x55\x1d\x15', '\x06\x03\x55\x1d\x14'], run: readRevocationList },
  { name: 'rtp', tokens: ['\x80\x00', '\x90\x00', '\xb0\x65', '\x80\xc8', '\x81\xc9', '\x81\xca', '\xbe\xde', '\xff\xff'], run: readPacket },
]; // prettier-ignore

function readStun(octets: Uint8Array): unknown {
  const message = parseStun(octets);
  if (message?.kind === 'request') {
    const answer = parseStun(bindingResponse(message, { address: '192.0.2.1', port: 5060 }));
    if (answer?.kind !== 'response') throw new BrokenPromise('our answer cannot be read');
    expectSame('the transaction', message.transactionId, answer.transactionId);
  }
  return [message, recognizeProtocol(octets)];
}

/** Octets of a piece of a piece: no multiple of any length that TLS has. */
const CUT = 101;

/** Pieces of a connection, each behind its length and, in the highest bit, its direction. How they are cut changes nothing. */
function readHandshake(octets: Uint8Array): unknown {
  const whole = new HandshakeReader();
  const pieces = new HandshakeReader();
  for (let at = 0; at + 2 <= octets.length;) {
    const head = ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
    const direction = head >= 0x8000 ? 'sent' : 'received';
    const piece = octets.subarray(at + 2, at + 2 + (head & 0x7fff));
    whole.feed(direction, piece, 0);
    for (let from = 0; from < piece.length; from += CUT) pieces.feed(direction, piece.subarray(from, from + CUT), 0);
    at += 2 + (head & 0x7fff);
  }
  expectSame('a handshake in pieces', seen(whole), seen(pieces));
  return seen(whole);
}

function seen(reader: HandshakeReader): unknown {
  return [Object.entries(reader), reader.failure('sent'), reader.failure('received')];
}

function readCertificateFile(octets: Uint8Array): unknown {
  const view = readCertificate(octets);
  const findings = view.ok
    ? examineChain({
        chain: [view.value],
        role: 'server',
        name: 'a.example',
        trusted: [view.value],
        anchored: true,
        now: 0,
      })
    : [];
  return [view, findings, readSubject(octets), recognizeFile(octets), readCertificates(latin1(octets))];
}

/** A packet in the clear and, under every suite, as somebody who has no key may send it. */
function readPacket(octets: Uint8Array): unknown {
  const packet = new RtpPacket();
  const isRtp = packet.attach(octets, octets.length);
  if (isRtp && packet.payloadOffset + packet.payloadLength > octets.length)
    throw new BrokenPromise('payload beyond the end');
  const digits = new TelephoneEventReceiver(8000);
  const digit = isRtp
    ? digits.receive(packet.timestamp, octets, packet.payloadOffset, packet.payloadLength, 0)
    : undefined;
  const csrcs = isRtp ? Array.from({ length: packet.csrcCount }, (_, index) => packet.csrc(index)) : [];
  return [
    isRtcp(octets, octets.length),
    digit,
    csrcs,
    packet.extensionProfile,
    parseCompound(octets, octets.length),
    refusals(octets),
  ];
}

/** Only genuine packets change a receiver, and nobody has these keys. */
const RECEIVERS = SRTP_SUITES.map(
  (suite) => new SrtpReceiver(nodeSrtpCrypto, suite, new Uint8Array(suite.keyLength + suite.saltLength)),
);

/** A forged packet is refused and stays as it was. */
function refusals(octets: Uint8Array): readonly number[] {
  return RECEIVERS.flatMap((receiver) => {
    const copy = new Uint8Array(octets);
    const outcomes = [receiver.unprotectRtp(copy, copy.length), receiver.unprotectRtcp(copy, copy.length)];
    if (outcomes.every((outcome) => outcome < 0)) expectSame('a refused packet', octets, copy);
    return outcomes;
  });
}
