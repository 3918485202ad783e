import { describe, expect, it } from 'vitest';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest, SipResponse } from '../../../../core/sip/message/message.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import {
  ProvisionalOrder,
  readRAck,
  reliabilityOf,
  reliableSequence,
  ReliableProvisionals,
} from '../../../../core/sip/ua/reliable-provisional.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { settle, VirtualClock } from '../../../support/virtual-clock.ts';

type Fields = readonly (readonly [string, string])[];

const request = (method: string, headers: Fields = []): SipRequest =>
  createRequest({ method, uri: sipUri({ host: 'a' }), headers: [['CSeq', `7 ${method}`], ...headers] });
const INVITE = request('INVITE');
const ringing = (): SipResponse => createResponse(INVITE, 180);

interface Bench {
  readonly clock: VirtualClock;
  readonly provisionals: ReliableProvisionals;
  /** RSeq and time of everything that was sent, milliseconds. */
  readonly sent: (readonly [rseq: number, atMs: number])[];
  missing: number;
}

function bench(seed = 1): Bench {
  const clock = new VirtualClock();
  const made: Bench = {
    clock,
    sent: [],
    missing: 0,
    provisionals: new ReliableProvisionals({
      clock,
      random: new SeededRandom(seed),
      invite: INVITE,
      send: (response) => made.sent.push([reliableSequence(response) ?? 0, clock.now()]),
      onMissing: () => made.missing++,
    }),
  };
  return made;
}

const prack = (rseq: number, rest = '7 INVITE'): SipRequest => request('PRACK', [['RAck', `${rseq} ${rest}`]]);
const NOTHING = (): void => undefined;

describe('RFC 3262 reliable provisional responses, sent', () => {
  it('§3 MUST have Require: 100rel and an RSeq of 1 to 2**31 - 1', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { provisionals, sent } = bench(seed);
      const response = ringing();
      provisionals.send(response, false, NOTHING);
      expect(response.headers.get('Require')).toBe('100rel');
      expect(sent[0]?.[0]).toBeGreaterThanOrEqual(1);
      expect(sent[0]?.[0]).toBeLessThan(2 ** 31);
      provisionals.stop();
    }
  });

  it('§3 MUST be repeated from T1 on in doubling intervals, and given up after 64 × T1', () => {
    const { provisionals, sent, clock } = bench();
    provisionals.send(ringing(), false, NOTHING);
    clock.advance(31_900);
    expect(sent.map(([, at]) => at)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  });

  it('§3 without a PRACK for 64 × T1 the INVITE is to be refused', () => {
    const made = bench();
    made.provisionals.send(ringing(), false, NOTHING);
    made.clock.advance(31_999);
    expect(made.missing).toBe(0);
    made.clock.advance(1);
    expect(made.missing).toBe(1);
    expect(made.clock.pending).toBe(0);
  });

  it('§3 a PRACK stops them, once', () => {
    const { provisionals, sent, clock } = bench();
    let acknowledged = 0;
    provisionals.send(ringing(), false, () => acknowledged++);
    const rseq = sent[0]?.[0] ?? 0;
    expect(provisionals.receive(prack(rseq))).toBe(true);
    expect(clock.pending).toBe(0);
    expect(provisionals.receive(prack(rseq))).toBe(false);
    expect(acknowledged).toBe(1);
  });

  it.each([
    ['another RSeq', (rseq: number) => prack(rseq + 1)],
    ['another CSeq', (rseq: number) => prack(rseq, '8 INVITE')],
    ['another method', (rseq: number) => prack(rseq, '7 UPDATE')],
    ['no RAck', () => request('PRACK')],
    ['an RAck that is none', () => request('PRACK', [['RAck', 'x']])],
  ])('§3 a PRACK with %s matches nothing', (_, make) => {
    const { provisionals, sent } = bench();
    provisionals.send(ringing(), false, NOTHING);
    expect(provisionals.receive(make(sent[0]?.[0] ?? 0))).toBe(false);
    provisionals.stop();
  });

  it('§3 MUST NOT send a second one before the first is acknowledged; it has an RSeq one higher', () => {
    const { provisionals, sent } = bench();
    provisionals.send(ringing(), false, NOTHING);
    provisionals.send(ringing(), false, NOTHING);
    expect(sent).toHaveLength(1);
    const first = sent[0]?.[0] ?? 0;
    provisionals.receive(prack(first));
    expect(sent.map(([rseq]) => rseq)).toEqual([first, first + 1]);
    provisionals.stop();
  });

  it('§3 a 2xx has to wait for the PRACK of what has a description, and for nothing else', async () => {
    const { provisionals, sent } = bench();
    let free = 0;
    provisionals.send(ringing(), false, NOTHING);
    await provisionals.described();
    provisionals.send(ringing(), true, NOTHING);
    void provisionals.described().then(() => free++);
    provisionals.receive(prack(sent[0]?.[0] ?? 0));
    await settle();
    expect(free).toBe(0);
    provisionals.receive(prack((sent[0]?.[0] ?? 0) + 1));
    await settle();
    expect(free).toBe(1);
  });

  it('§3 after the final response nothing is sent, and the PRACK that is under way is still good', () => {
    const { provisionals, sent, clock } = bench();
    provisionals.send(ringing(), false, NOTHING);
    provisionals.send(ringing(), false, NOTHING);
    provisionals.stop();
    provisionals.send(ringing(), false, NOTHING);
    clock.advance(100_000);
    expect(sent).toHaveLength(1);
    expect(provisionals.receive(prack(sent[0]?.[0] ?? 0))).toBe(true);
    expect(sent).toHaveLength(1);
  });
});

describe('RFC 3262 reliable provisional responses, received', () => {
  const reliable = (status: number, headers: Fields): number | undefined =>
    reliableSequence(createResponse(INVITE, status, { headers }));

  it('§4 are those of 101 to 199 with Require: 100rel and RSeq', () => {
    const both: Fields = [['Require', '100rel'], ['RSeq', '988789']]; // prettier-ignore
    expect(reliable(183, both)).toBe(988_789);
    expect(reliable(100, both)).toBeUndefined();
    expect(reliable(200, both)).toBeUndefined();
    expect(reliable(183, [['RSeq', '1']])).toBeUndefined();
    expect(reliable(183, [['Require', '100rel']])).toBeUndefined();
    expect(reliable(183, [['Require', '100rel'], ['RSeq', 'x']])).toBeUndefined(); // prettier-ignore
    expect(reliable(183, [['Require', '100rel'], ['RSeq', '4294967296']])).toBeUndefined(); // prettier-ignore
  });

  it('§4 MUST be taken in order: repeats and gaps are ignored, the first may have any number', () => {
    const order = new ProvisionalOrder();
    expect([5, 5, 7, 6, 6, 7].map((rseq) => order.isNext(rseq, 1))).toEqual([true, false, false, true, false, true]);
    expect(order.isNext(100, 2)).toBe(true);
  });

  it('§7.2 RAck names RSeq, CSeq and method', () => {
    expect(readRAck(request('PRACK', [['RAck', '776656 1 INVITE']]))).toEqual({
      rseq: 776_656,
      sequence: 1,
      method: 'INVITE',
    });
  });

  it('§3 a UAC may insist on them or only know them', () => {
    expect(reliabilityOf(request('INVITE', [['Require', '100rel']]))).toBe('required');
    expect(reliabilityOf(request('INVITE', [['Supported', 'timer, 100REL']]))).toBe('supported');
    expect(reliabilityOf(request('INVITE'))).toBe('unknown');
  });
});
