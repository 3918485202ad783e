import { describe, expect, it } from 'vitest';
import type { FaultBehaviour, FaultValues } from '../../../core/faults/fault.ts';
import { SipMeddler, type Passage } from '../../../core/faults/sip-meddler.ts';
import { parseMessage } from '../../../core/sip/message/parser.ts';
import type { SipMessage } from '../../../core/sip/message/message.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 40000 RTP/SAVP 8',
  'a=rtpmap:8 PCMA/8000',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz',
  '',
].join('\r\n');

function message(firstLine: string, cseq: string, body = ''): Uint8Array {
  const head = [
    firstLine,
    'Via: SIP/2.0/TLS 192.0.2.9:5061;branch=z9hG4bK1',
    'From: <sip:1000@example.org>;tag=1',
    'To: <sip:9196@example.org>',
    'Call-ID: one',
    `CSeq: ${cseq}`,
    'Contact: <sip:9196@192.0.2.1:5061;transport=tls>',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
  ];
  return new TextEncoder().encode(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const INVITE = message('INVITE sip:9196@example.org SIP/2.0', '1 INVITE');
const ACK = message('ACK sip:9196@example.org SIP/2.0', '1 ACK');
const ANSWER = message('SIP/2.0 200 OK', '1 INVITE', SDP);
const REGISTERED = message('SIP/2.0 200 OK', '1 REGISTER');

function read(octets: Uint8Array): SipMessage {
  const parsed = parseMessage(octets, { framing: 'stream' });
  if (!parsed.ok) throw new Error('not a message');
  return parsed.value;
}

function meddler(behaviour: FaultBehaviour, values: FaultValues = {}) {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const network = new VirtualNetwork(clock).host('192.0.2.5');
  let answered = 0;
  const between = new SipMeddler({ network, clock, random }, { behaviour, values }, '192.0.2.5', () => answered++);
  return {
    clock,
    between,
    answered: () => answered,
    fromClient: (octets: Uint8Array): Promise<Passage> => between.fromClient(read(octets), octets),
    fromSwitch: (octets: Uint8Array): Promise<Passage> => between.fromSwitch(read(octets), octets),
  };
}

const textOf = ([octets]: readonly Uint8Array[]): string => new TextDecoder().decode(octets);
const GOOD: FaultBehaviour = { kind: 'tls', certificate: 'good' };

describe('the middle of a connection that does one thing wrong', () => {
  it('passes on, octet by octet, what is not concerned', async () => {
    const { fromClient, fromSwitch, answered, between } = meddler(GOOD);
    expect(await fromClient(INVITE)).toEqual({ onward: [INVITE], back: [] });
    expect(await fromSwitch(ANSWER)).toEqual({ onward: [ANSWER], back: [] });
    expect([answered(), between.passesPongs]).toEqual([1, true]);
  });

  it('refuses requests of one method in the place of the switch', async () => {
    const { fromClient } = meddler({ kind: 'status' }, { status: 486, method: 'INVITE' });
    const { onward, back } = await fromClient(INVITE);
    expect(onward).toEqual([]);
    expect(read(back[0] ?? new Uint8Array(0))).toMatchObject({ status: 486, callId: 'one', toTag: expect.any(String) as string });
    expect((await fromClient(ACK)).onward).toEqual([ACK]);
  }); // prettier-ignore

  it('swallows requests: those of its own method, else those of the parameter', async () => {
    const never = meddler({ kind: 'no-answer', method: 'ACK' });
    expect(await never.fromClient(ACK)).toEqual({ onward: [], back: [] });
    expect((await never.fromClient(INVITE)).onward).toEqual([INVITE]);
    const silent = meddler({ kind: 'no-answer' }, { method: 'INVITE' });
    expect((await silent.fromClient(INVITE)).onward).toEqual([]);
  });

  it('lets the switch speak late', async () => {
    const { fromSwitch, clock } = meddler({ kind: 'late' }, { seconds: 2 });
    let passed = false;
    const waiting = fromSwitch(ANSWER).then(() => (passed = true));
    clock.advance(1999);
    await Promise.resolve();
    expect(passed).toBe(false);
    clock.advance(1);
    await waiting;
    expect(passed).toBe(true);
  });

  it('asks for keep-alives and swallows the answers to them', async () => {
    const { fromSwitch, between } = meddler({ kind: 'no-pong' }, { seconds: 5 });
    expect(textOf((await fromSwitch(REGISTERED)).onward)).toContain('\r\nFlow-Timer: 5\r\n');
    expect(between.passesPongs).toBe(false);
  });

  it('leads the Contact astray, and spoils the length', async () => {
    const astray = meddler({ kind: 'wrong-contact' });
    expect(textOf((await astray.fromSwitch(ANSWER)).onward)).toContain('Contact: <sip:192.0.2.5:1;transport=tcp>');
    const spoiled = meddler({ kind: 'unreadable' });
    expect(textOf((await spoiled.fromSwitch(ANSWER)).onward)).toContain('\r\nContent-Length: much\r\n');
  });

  it.each([
    ['no-srtp', (text: string) => !text.includes('crypto') && text.includes('RTP/AVP 8')],
    ['other-key', (text: string) => /inline:(?!WVNf)[A-Za-z0-9]{40}\r\n/.test(text)],
    ['broken-key', (text: string) => text.includes('inline:WVNfX19z\r\n')],
    ['unreachable-address', (text: string) => text.includes('c=IN IP4 media.invalid\r\n')],
    ['unknown-codec', (text: string) => text.includes('RTP/SAVP 126\r\n') && !text.includes('rtpmap')],
  ] as const)('edits descriptions of the switch: %s', async (edit, holds) => {
    const { fromSwitch } = meddler({ kind: 'description', edit });
    const [octets = new Uint8Array(0)] = (await fromSwitch(ANSWER)).onward;
    const answer = read(octets);
    const text = new TextDecoder().decode(answer.body);
    expect(holds(text), text).toBe(true);
    expect(answer.headers.get('Content-Length') ?? String(answer.body.length)).toBe(String(answer.body.length));
  });

  it('leads media through ports of its own, RTCP by RFC 3605', async () => {
    const { fromSwitch, between } = meddler({ kind: 'media', act: 'silence' });
    const text = textOf((await fromSwitch(ANSWER)).onward);
    expect(text).toMatch(/c=IN IP4 192\.0\.2\.5\r\n/);
    expect(text).toMatch(/m=audio (?!40000)\d+ RTP\/SAVP 8\r\n/);
    expect(text).toMatch(/\r\na=rtcp:\d+\r\n$/);
    await between.close();
  });
});
