import { createRequest } from '../../core/sip/message/factory.ts';
import type { SipMessage } from '../../core/sip/message/message.ts';
import { parseMessage } from '../../core/sip/message/parser.ts';
import { serializeMessage } from '../../core/sip/message/serializer.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import type { BenchRow } from './bench-row.ts';
import { loadSipStacks, type InviteParts } from './sip-parse-references.ts';

/** The name on the command line. */
export const name = 'sip-parse';

const ROUNDS = 15;
/** Enough for the compiler, or as much of it as the slowest manage in this time. */
const WARM_UP_CALLS = 20_000;
const WARM_UP_MS = 1500;
const SLICE_MS = 25;

const SDP = [
  'v=0', 'o=- 3724394400 3724394405 IN IP4 192.0.2.17', 's=-', 'c=IN IP4 192.0.2.17', 't=0 0',
  'm=audio 49170 RTP/SAVP 9 8 0 101', 'a=rtpmap:9 G722/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16', 'a=ptime:20', 'a=sendrecv',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj', '',
].join('\r\n'); // prettier-ignore

const PARTS: InviteParts = {
  target: 'sip:bob@biloxi.example.com',
  from: 'sip:alice@atlanta.example.com',
  fromTag: '9fxced76sl',
  callId: '2xTb9vxSit55XU7p8@atlanta.example.com',
  via: 'SIP/2.0/TLS client.atlanta.example.com:5061;branch=z9hG4bK74bf9;rport',
  extraHeaders: [
    'Contact: <sip:alice@192.0.2.17:5061;transport=tls>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"',
    'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, UPDATE, PRACK',
  ],
  contentType: 'application/sdp',
  body: SDP,
};

/** Through one proxy, as a callee gets it. */
const INVITE = [
  'INVITE sip:bob@192.0.2.4:5061;transport=tls SIP/2.0',
  'Via: SIP/2.0/TLS ss1.example.com:5061;branch=z9hG4bK2d4790.1',
  'Via: SIP/2.0/TLS client.atlanta.example.com:5061;branch=z9hG4bK74bf9;received=192.0.2.17;rport=49152',
  'Record-Route: <sip:ss1.example.com;lr;transport=tls>',
  'Max-Forwards: 69',
  'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
  'To: "Bob" <sip:bob@biloxi.example.com>',
  'Call-ID: 2xTb9vxSit55XU7p8@atlanta.example.com',
  'CSeq: 1 INVITE',
  ...PARTS.extraHeaders,
  'Supported: outbound, 100rel, replaces, timer',
  'User-Agent: Sotto/0.1',
  'Content-Type: application/sdp',
  `Content-Length: ${SDP.length}`,
  '',
  SDP,
].join('\r\n');

/** The response to it, with the same headers. */
const RESPONSE = INVITE.replace(/^.*/, 'SIP/2.0 200 OK')
  .replace('biloxi.example.com>', 'biloxi.example.com>;tag=314159')
  .replace(/Max-Forwards: 69\r\n/, '');

const encoder = new TextEncoder();

interface Contest {
  readonly case: string;
  readonly ours: () => unknown;
  readonly theirs: readonly { readonly name: string; readonly version: string; readonly work: () => unknown }[];
}

/**
 * Messages parsed and serialized in a second of processor time, beside three other stacks. Ours starts and ends with octets and
 * checks the mandatory headers; theirs start with text that is decoded already, and their output is encoded.
 */
export async function run(): Promise<BenchRow[]> {
  await Promise.resolve();
  return contests().flatMap(hold);
}

function contests(): readonly Contest[] {
  const stacks = loadSipStacks(PARTS);
  const parsing = (label: string, text: string): Contest => {
    const octets = encoder.encode(text);
    return {
      case: label,
      ours: () => parse(octets),
      theirs: stacks.map((stack) => ({ ...stack, work: () => stack.parse(text) })),
    };
  };
  const octets = encoder.encode(INVITE);
  const request = buildInvite();
  return [
    parsing('parse INVITE', INVITE),
    {
      case: 'parse INVITE, every typed value read',
      ours: () => parseAll(octets),
      theirs: stacks.map((stack) => ({ ...stack, work: () => stack.parseAll(INVITE) })),
    },
    parsing('parse 200', RESPONSE),
    {
      case: 'serialize INVITE',
      ours: () => serializeMessage(request),
      theirs: stacks.map((stack) => ({ ...stack, work: stack.serialize })),
    },
  ];
}

function parse(octets: Uint8Array): SipMessage {
  const result = parseMessage(octets);
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}

function parseAll(octets: Uint8Array): unknown {
  const { vias, from, to, cseq, contacts, routes, recordRoutes, callId, contentType } = parse(octets);
  return [vias, from, to, cseq, contacts, routes, recordRoutes, callId, contentType];
}

/** The INVITE that the others send, with as many headers. */
function buildInvite(): ReturnType<typeof createRequest> {
  return createRequest({
    method: 'INVITE',
    uri: sipUri({ user: 'bob', host: 'biloxi.example.com' }),
    headers: [
      ['Via', PARTS.via],
      ['Max-Forwards', '70'],
      ['From', `<${PARTS.from}>;tag=${PARTS.fromTag}`],
      ['To', `<${PARTS.target}>`],
      ['Call-ID', PARTS.callId],
      ['CSeq', '1 INVITE'],
      ...PARTS.extraHeaders.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
      ['Supported', 'outbound'],
      ['User-Agent', 'sip.js'],
    ],
    contentType: PARTS.contentType,
    body: encoder.encode(PARTS.body),
  });
}

/** One row for each reference. */
function hold(contest: Contest): BenchRow[] {
  const works = [contest.ours, ...contest.theirs.map((reference) => reference.work)];
  for (const work of works) warmUp(work);
  const rates: number[][] = works.map(() => []);
  // Turn by turn, so that a busy machine is unfair to none.
  for (let round = 0; round < ROUNDS; round++) {
    works.forEach((work, index) => rates[index]?.push(rate(work, SLICE_MS)));
  }
  // The quietest round of each: what others do on the machine only ever slows down.
  const [ours = 0, ...theirs] = rates.map((values) => Math.max(...values));
  return contest.theirs.map((reference, index) => {
    const value = theirs[index] ?? 0;
    return {
      bench: name,
      case: contest.case,
      value: Math.round(ours),
      unit: 'messages/s',
      higherIsBetter: true,
      reference: { name: reference.name, version: reference.version, value: Math.round(value) },
      ratio: Number((ours / value).toFixed(2)),
    };
  });
}

let sink: unknown;

/**
 * How often `work` runs in a second of processor time, tried for about `milliseconds`. Time that other processes took from
 * us does not count; that of our garbage collector does.
 */
function rate(work: () => unknown, milliseconds: number): number {
  const start = process.cpuUsage();
  let count = 0;
  let spent = 0;
  while (spent < milliseconds) {
    for (let repeat = 0; repeat < 50; repeat++) sink = work();
    count += 50;
    const { user, system } = process.cpuUsage(start);
    spent = (user + system) / 1000;
  }
  if (sink === undefined) throw new Error('nothing came out');
  return (count * 1000) / spent;
}

function warmUp(work: () => unknown): void {
  const end = performance.now() + WARM_UP_MS;
  for (let calls = 0; calls < WARM_UP_CALLS && performance.now() < end; calls++) sink = work();
}
