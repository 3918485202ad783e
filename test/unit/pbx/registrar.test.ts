import { beforeEach, describe, expect, it } from 'vitest';
import { LocationService } from '../../../core/pbx/location-service.ts';
import { register } from '../../../core/pbx/registrar.ts';
import { parseMessage } from '../../../core/sip/message/parser.ts';
import { formatUri } from '../../../core/sip/message/uri.ts';
import type { ServerTransaction } from '../../../core/sip/transaction/transaction-user.ts';
import { MemoryFlow } from '../../support/memory-flow.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const LIMITS = { min: 30, max: 3600 };

let clock: VirtualClock;
let locations: LocationService;
let sequence: number;

beforeEach(() => {
  clock = new VirtualClock();
  locations = new LocationService(clock, () => undefined);
  sequence = 0;
});

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
}

/** The answer to a REGISTER of user 1000 with these header lines. */
function send(lines: readonly string[], options: { readonly callId?: string; readonly cseq?: number } = {}): Answer {
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
  const transaction: ServerTransaction = {
    request: request.value,
    flow: new MemoryFlow({ protocol: 'tls' }),
    answered: false,
    respond: () => undefined,
    onCancel: () => undefined,
    onFailure: () => undefined,
  };
  const answers: Answer[] = [];
  register(transaction, '1000', locations, LIMITS, (status, headers = []) => {
    answers.push({ status, headers: headers.map((header) => header.join(': ')) });
  });
  const [answer] = answers;
  if (answer === undefined || answers.length > 1) throw new Error(`${answers.length} answers`);
  return answer;
}

const bound = (): string[] =>
  locations.lookup('1000').map(({ contact, expires }) => `${formatUri(contact)} ${expires}`);

describe('REGISTER', () => {
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

  it('§10.2.1.1: the parameter goes before the header, and without either the longest time is granted', () => {
    send(['Contact: <sip:a@192.0.2.2>;expires=100', 'Expires: 200']);
    send(['Contact: <sip:b@192.0.2.2>']);
    expect(bound()).toEqual(['sip:a@192.0.2.2 100', 'sip:b@192.0.2.2 3600']);
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
    expect(send(['Contact: <sip:a@192.0.2.2>;expires=0']).headers).toEqual(['Contact: <sip:b@192.0.2.2>;expires=3600']);
  });

  it('§10.2.2: * with Expires: 0 takes away all of them', () => {
    send(['Contact: <sip:a@192.0.2.2>, <sip:b@192.0.2.2>']);
    expect(send(['Contact: *', 'Expires: 0'])).toEqual({ status: 200, headers: [] });
    expect(bound()).toEqual([]);
  });

  it.each([
    ['§10.3 step 6: * without Expires', ['Contact: *']],
    ['§10.3 step 6: * with another Expires', ['Contact: *', 'Expires: 60']],
    ['an Expires that is no number', ['Contact: <sip:a@192.0.2.2>', 'Expires: soon']],
    ['a contact that is no SIP address', ['Contact: <mailto:a@example.com>']],
    ['more contacts than anybody has', Array.from({ length: 11 }, (_, index) => `Contact: <sip:${index}@192.0.2.2>`)],
  ])('%s gets 400, and nothing changes', (_, lines) => {
    send(['Contact: <sip:old@192.0.2.2>']);
    expect(send(lines).status).toBe(400);
    expect(bound()).toEqual(['sip:old@192.0.2.2 3600']);
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
    expect(bound()).toEqual(['sip:b@192.0.2.2 3600']);
  });

  it('§10.3 step 7: a contact is the same however its host is spelled', () => {
    send(['Contact: <sip:a@phone.example.com>']);
    send(['Contact: <sip:a@PHONE.Example.COM>;expires=60']);
    expect(bound()).toHaveLength(1);
  });

  it('keeps what the client calls itself, for the console', () => {
    send(['Contact: <sip:a@192.0.2.2>']);
    expect(locations.lookup('1000')[0]?.agent).toBe('Phone/1');
  });
});
