import { beforeEach, describe, expect, it } from 'vitest';
import { Registrar } from '../../../core/pbx/registrar.ts';
import type { Binding } from '../../../core/pbx/location-service.ts';
import { parseMessage } from '../../../core/sip/message/parser.ts';
import { formatUri, isSipUri, parseUri } from '../../../core/sip/message/uri.ts';
import { MemoryFlow } from '../../support/memory-flow.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const LIMITS = { min: 30, max: 3600, usual: 1800, contacts: 10 };
const INSTANCE = 'urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF';
const OUTBOUND = ['Supported: path, outbound, gruu'];

let clock: VirtualClock;
let registrar: Registrar;
let changes: string[];
let sequence: number;

beforeEach(() => {
  clock = new VirtualClock();
  changes = [];
  registrar = new Registrar({
    domain: 'example.com',
    limits: LIMITS,
    clock,
    random: new SeededRandom(1),
    onChange: (change, { contact }) => changes.push(`${change} ${contact.user ?? ''}`),
  });
  sequence = 0;
});

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
}

/** The answer to a REGISTER of user 1000 with these header lines. */
function send(
  lines: readonly string[],
  options: { readonly callId?: string; readonly cseq?: number; readonly flow?: MemoryFlow } = {},
): Answer {
  const text = [
    'REGISTER sip:example.com SIP/2.0',
    'Via: SIP/2.0/TLS 192.0.2.2:5061;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:1000@example.com>;tag=1',
    'To: <sip:1000@example.com>',
    `Call-ID: ${options.callId ?? 'call-1'}`,
    `CSeq: ${options.cseq ?? ++sequence} REGISTER`,
    'User-Agent: Phone/1',
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  const request = parseMessage(new TextEncoder().encode(text));
  if (!request.ok || request.value.kind !== 'request') throw new Error('not a request');
  const flow = options.flow ?? new MemoryFlow({ protocol: 'tls' });
  const answers: Answer[] = [];
  registrar.register({ request: request.value, flow }, 'internal', '1000', (status, headers) => {
    const usual = headers.filter(([name]) => name !== 'Date' && name !== 'Supported');
    answers.push({ status, headers: usual.map((header) => header.join(': ')) });
    if (status === 200) expect(headers).toContainEqual(['Date', new Date(clock.wall()).toUTCString()]);
  });
  const [answer] = answers;
  if (answer === undefined || answers.length > 1) throw new Error(`${answers.length} answers`);
  return answer;
}

const bindings = (): readonly Binding[] => registrar.all();
const bound = (): string[] => bindings().map(({ contact, expires }) => `${formatUri(contact)} ${expires}`);

describe('REGISTER (RFC 3261)', () => {
  it('§10.3 step 8: the 200 lists every binding with the time it was granted', () => {
    expect(send(['Contact: <sip:a@192.0.2.2>;expires=600'])).toEqual({
      status: 200,
      headers: ['Contact: <sip:a@192.0.2.2>;expires=600'],
    });
    expect(send(['Contact: <sip:b@192.0.2.3>', 'Expires: 120']).headers).toEqual([
      'Contact: <sip:a@192.0.2.2>;expires=600',
      'Contact: <sip:b@192.0.2.3>;expires=120',
    ]);
  });

  it('§10.2.3: without Contact it asks, and changes nothing', () => {
    send(['Contact: <sip:a@192.0.2.2>;expires=600']);
    expect(send([])).toEqual({ status: 200, headers: ['Contact: <sip:a@192.0.2.2>;expires=600'] });
    expect(bound()).toEqual(['sip:a@192.0.2.2 600']);
  });

  it('§10.2.1.1: the parameter goes before the header, and without either the usual time is granted', () => {
    send(['Contact: <sip:a@192.0.2.2>;expires=100', 'Expires: 200']);
    send(['Contact: <sip:b@192.0.2.2>']);
    expect(bound()).toEqual(['sip:a@192.0.2.2 100', 'sip:b@192.0.2.2 1800']);
  });

  it('§10.3 step 7: grants less than asked for, never more than its own limit', () => {
    send(['Contact: <sip:a@192.0.2.2>;expires=9999999999']);
    expect(bound()).toEqual(['sip:a@192.0.2.2 3600']);
  });

  it('§10.3 step 7: too short a time gets 423 with Min-Expires, and nothing is bound', () => {
    expect(send(['Contact: <sip:a@192.0.2.2>;expires=29'])).toEqual({ status: 423, headers: ['Min-Expires: 30'] });
    expect(bound()).toEqual([]);
  });

  it('§10.2.2: expires=0 takes away that contact alone', () => {
    send(['Contact: <sip:a@192.0.2.2>, <sip:b@192.0.2.2>']);
    expect(send(['Contact: <sip:a@192.0.2.2>;expires=0']).headers).toEqual(['Contact: <sip:b@192.0.2.2>;expires=1800']);
  });

  it('§10.2.2: * with Expires: 0 takes away all of them', () => {
    send(['Contact: <sip:a@192.0.2.2>, <sip:b@192.0.2.2>']);
    expect(send(['Contact: *', 'Expires: 0'])).toEqual({ status: 200, headers: [] });
    expect(bound()).toEqual([]);
  });

  it.each([
    ['§10.3 step 6: * without Expires', ['Contact: *']],
    ['§10.3 step 6: * with another Expires', ['Contact: *', 'Expires: 60']],
    ['§10.3 step 6: * beside another contact', ['Contact: *', 'Contact: <sip:a@192.0.2.2>', 'Expires: 0']],
    ['an Expires that is no number', ['Contact: <sip:a@192.0.2.2>', 'Expires: soon']],
    ['a contact that is no SIP address', ['Contact: <mailto:a@example.com>']],
    ['more contacts than anybody has', Array.from({ length: 11 }, (_, index) => `Contact: <sip:${index}@192.0.2.2>`)],
  ])('%s gets 400, and nothing changes', (_, lines) => {
    send(['Contact: <sip:old@192.0.2.2>']);
    expect(send(lines).status).toBe(400);
    expect(bound()).toEqual(['sip:old@192.0.2.2 1800']);
  });

  it('§10.3: MUST ignore Record-Route, and MUST NOT send one', () => {
    const plain = send(['Contact: <sip:a@192.0.2.2>']);
    expect(send(['Record-Route: <sip:proxy@192.0.2.9;lr>', 'Contact: <sip:a@192.0.2.2>'])).toEqual(plain);
    expect(plain.headers).toEqual(['Contact: <sip:a@192.0.2.2>;expires=1800']);
  });

  it('§10.2.1.1: an expires parameter that cannot be read counts as 3600', () => {
    send(['Contact: <sip:a@192.0.2.2>;expires=soon', 'Expires: 60']);
    expect(bound()).toEqual(['sip:a@192.0.2.2 3600']);
  });

  it('§10.3 step 7: an older CSeq of the same Call-ID does not undo a newer one', () => {
    send(['Contact: <sip:a@192.0.2.2>'], { cseq: 5 });
    expect(send(['Contact: <sip:a@192.0.2.2>;expires=0'], { cseq: 4 }).status).toBe(500);
    expect(bound()).toHaveLength(1);
    expect(send(['Contact: <sip:a@192.0.2.2>;expires=0'], { cseq: 1, callId: 'after-a-restart' }).status).toBe(200);
    expect(bound()).toEqual([]);
  });

  it('§10.3 step 7: all contacts of a request take effect or none', () => {
    send(['Contact: <sip:b@192.0.2.2>'], { cseq: 5 });
    expect(send(['Contact: <sip:a@192.0.2.2>, <sip:b@192.0.2.2>'], { cseq: 4 }).status).toBe(500);
    expect(send(['Contact: <sip:a@192.0.2.2>, <sip:c@192.0.2.2>;expires=1']).status).toBe(423);
    expect(bound()).toEqual(['sip:b@192.0.2.2 1800']);
  });

  it('§10.3 step 7: a contact is the same however its host is spelled', () => {
    send(['Contact: <sip:a@phone.example.com>']);
    send(['Contact: <sip:a@PHONE.Example.COM>;expires=60']);
    expect(bound()).toHaveLength(1);
  });

  it('keeps what the client calls itself, for the console', () => {
    send(['Contact: <sip:a@192.0.2.2>']);
    expect(bindings()[0]?.agent).toBe('Phone/1');
  });

  it('§10.3 step 8: each binding is listed with the time that is left to it', () => {
    send(['Contact: <sip:a@192.0.2.2>;expires=600;q=0.7']);
    clock.advance(100_500);
    expect(send([]).headers).toEqual(['Contact: <sip:a@192.0.2.2>;expires=500;q=0.7']);
  });

  it('§10.3 step 6: * by an older REGISTER of the same Call-ID takes nothing away', () => {
    send(['Contact: <sip:a@192.0.2.2>'], { cseq: 5 });
    expect(send(['Contact: *', 'Expires: 0'], { cseq: 5 }).status).toBe(500);
    expect(bound()).toHaveLength(1);
    expect(send(['Contact: *', 'Expires: 0'], { cseq: 6 }).status).toBe(200);
    expect(bound()).toEqual([]);
  });

  it('has so many contacts of a user: the oldest makes room', () => {
    for (let index = 0; index < 11; index++) send([`Contact: <sip:${index}@192.0.2.2>`]);
    expect(bindings()).toHaveLength(10);
    expect(changes.at(-2)).toBe('removed 0');
  });
});

describe('RFC 3327 Path', () => {
  const PATH = ['Path: <sip:p1.example.com;lr>', 'Path: <sip:edge.example.com;lr;ob>'];

  it('§5.3 MUST keep the Path with the binding, and MUST give it back', () => {
    const { headers } = send(['Contact: <sip:a@192.0.2.2>', 'Supported: path', ...PATH]);
    expect(headers.slice(0, 2)).toEqual(PATH);
    expect(bindings()[0]?.path).toEqual(['<sip:p1.example.com;lr>', '<sip:edge.example.com;lr;ob>']);
  });

  it('§5.3 a phone that does not support path SHOULD be refused with 420', () => {
    expect(send(['Contact: <sip:a@192.0.2.2>', ...PATH])).toEqual({ status: 420, headers: ['Unsupported: path'] });
    expect(bound()).toEqual([]);
  });

  it('a Path that cannot be read gets 400', () => {
    expect(send(['Contact: <sip:a@192.0.2.2>', 'Supported: path', 'Path: <sip:']).status).toBe(400);
  });
});

describe('RFC 5626 §6 outbound at the registrar', () => {
  const contact = (user: string, regId: number, more = ''): string =>
    `Contact: <sip:${user}@192.0.2.2>;reg-id=${regId};+sip.instance="<${INSTANCE}>"${more}`;

  it('§6 MUST say Require: outbound where it bound the flow, with the instance and the flow in the Contact', () => {
    expect(send([contact('a', 1), ...OUTBOUND.map((line) => line.replace(', gruu', ''))]).headers).toEqual([
      `Contact: <sip:a@192.0.2.2>;expires=1800;+sip.instance="<${INSTANCE}>";reg-id=1`,
      'Require: outbound',
      'Flow-Timer: 120',
    ]);
  });

  it('§6 a REGISTER of the same instance and flow replaces the older, though its contact is another', () => {
    const old = new MemoryFlow({ protocol: 'tls' });
    send([contact('a', 1), ...OUTBOUND], { flow: old });
    send([contact('b', 1), ...OUTBOUND], { callId: 'call-2' });
    send([contact('c', 2), ...OUTBOUND]);
    expect(bindings().map(({ contact: { user }, regId }) => [user, regId])).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
    old.close();
    expect(bindings()).toHaveLength(2);
  });

  it('§6 MUST ignore a reg-id without outbound in Supported, or without an instance', () => {
    expect(send([contact('a', 1)]).headers.join()).not.toContain('outbound');
    send(['Contact: <sip:b@192.0.2.2>;reg-id=1', ...OUTBOUND]);
    expect(bindings().map(({ regId }) => regId)).toEqual([undefined, undefined]);
  });

  it('§6 several flows in one REGISTER get 400; taking another one away does not count', () => {
    const lines = [contact('a', 1), contact('b', 2), ...OUTBOUND];
    expect(send(lines).status).toBe(400);
    expect(bound()).toEqual([]);
    expect(send([contact('a', 1), contact('b', 2, ';expires=0'), ...OUTBOUND]).status).toBe(200);
    expect(bindings()).toHaveLength(1);
  });

  const VIA = 'Via: SIP/2.0/TLS edge.example.com;branch=z9hG4bK2';

  it('§6 over a first proxy without outbound the answer MUST be 439', () => {
    expect(send([VIA, contact('a', 1), ...OUTBOUND]).status).toBe(439);
    expect(send([VIA, contact('a', 1), ...OUTBOUND, 'Path: <sip:edge.example.com;lr>']).status).toBe(439);
    expect(bound()).toEqual([]);
    expect(send([VIA, 'Contact: <sip:a@192.0.2.2>', ...OUTBOUND]).status).toBe(200);
  });

  it('§6 the last Path names the first proxy: with ob it keeps the flow', () => {
    const path = 'Path: <sip:p1.example.com;lr>, <sip:token@edge.example.com;lr;ob>';
    expect(send([VIA, contact('a', 1), ...OUTBOUND, path]).status).toBe(200);
    expect(bindings()[0]).toMatchObject({
      regId: 1,
      path: ['<sip:p1.example.com;lr>', '<sip:token@edge.example.com;lr;ob>'],
    });
  });

  it('§5.3 a device is called over its newest flow alone', () => {
    send([contact('a', 1), ...OUTBOUND]);
    clock.advance(1000);
    send([contact('b', 2), ...OUTBOUND]);
    expect(registrar.targets('1000').map(({ contact: { user } }) => user)).toEqual(['b']);
  });
});

describe('RFC 5627 GRUU at the registrar', () => {
  const line = `Contact: <sip:a@192.0.2.2>;+sip.instance="<${INSTANCE}>"`;

  function gruus(options?: Parameters<typeof send>[1]): { readonly pub: string; readonly temp: string } {
    const text = send([line, 'Supported: gruu'], options).headers.join('\n');
    return { pub: /pub-gruu="([^"]*)"/.exec(text)?.[1] ?? '', temp: /temp-gruu="([^"]*)"/.exec(text)?.[1] ?? '' };
  }

  const ownerOf = (text: string): string | undefined => {
    const uri = parseUri(text);
    if (!uri.ok || !isSipUri(uri.value)) throw new Error(text);
    const found = registrar.resolve(uri.value);
    return found && `${found.user} ${found.bindings.map(({ contact }) => contact.user).join()}`;
  };

  it('§5.4 the public GRUU is the address of record with the instance, always the same', () => {
    expect(gruus().pub).toBe(`sip:1000@example.com;gr=${INSTANCE}`);
    expect(gruus().pub).toBe(`sip:1000@example.com;gr=${INSTANCE}`);
  });

  it('§5.4 each registration MUST get a temporary GRUU that was not there before and shows neither user nor device', () => {
    const made = [gruus().temp, gruus().temp, gruus().temp];
    expect(new Set(made).size).toBe(3);
    for (const text of made) {
      expect(text).toMatch(/^sip:[^@]{20,}@example\.com;gr$/);
      expect(text).not.toContain('1000');
    }
  });

  it('§5.2 without gruu in Supported none is handed out, nor to a contact without instance', () => {
    expect(send([line]).headers.join()).not.toContain('gruu');
    expect(send(['Contact: <sip:b@192.0.2.2>', 'Supported: gruu']).headers[1]).toBe(
      'Contact: <sip:b@192.0.2.2>;expires=1800',
    );
  });

  it('§5.5 both lead to the device and to no other contact of the user', () => {
    send(['Contact: <sip:other@192.0.2.9>']);
    const { pub, temp } = gruus();
    expect(ownerOf(pub)).toBe('1000 a');
    expect(ownerOf(temp)).toBe('1000 a');
  });

  it('§3.2 temporary GRUUs stay good while the Call-ID stays, and end with another one', () => {
    const first = gruus().temp;
    const second = gruus().temp;
    expect([ownerOf(first), ownerOf(second)]).toEqual(['1000 a', '1000 a']);
    const third = gruus({ callId: 'after-a-restart' }).temp;
    expect([ownerOf(first), ownerOf(second), ownerOf(third)]).toEqual([undefined, undefined, '1000 a']);
  });

  it('§3.2 without a contact the temporary one is unknown (404), the public one leads to nobody (480)', () => {
    const { pub, temp } = gruus();
    send([line.replace('>"', '>";expires=0')]);
    expect(bindings()).toEqual([]);
    expect([ownerOf(temp), ownerOf(pub)]).toEqual([undefined, '1000 ']);
  });

  it('the memory of temporary GRUUs is bounded: the oldest ends', () => {
    const first = gruus().temp;
    for (let round = 0; round < 15; round++) gruus();
    expect(ownerOf(first)).toBe('1000 a');
    gruus();
    expect(ownerOf(first)).toBeUndefined();
  });

  it('§5.1 a contact that is a GRUU of the domain itself gets 403', () => {
    const { pub } = gruus();
    expect(send([`Contact: <${pub}>`]).status).toBe(403);
  });

  it('an address of another domain, or a made-up one, is nobody', () => {
    gruus();
    expect(ownerOf('sip:gr.madeup@example.com;gr')).toBeUndefined();
    expect(ownerOf(`sip:1000@example.net;gr=${INSTANCE}`)).toBeUndefined();
    expect(ownerOf('sip:1000@example.com')).toBeUndefined();
  });
});
