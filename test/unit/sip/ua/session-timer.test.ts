import { describe, expect, it } from 'vitest';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest, SipResponse } from '../../../../core/sip/message/message.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import {
  DEFAULT_SESSION_TIMER,
  SessionTimer,
  tooShort,
  type SessionTimerSettings,
  type TimerAnswer,
} from '../../../../core/sip/ua/session-timer.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

type Fields = readonly (readonly [string, string])[];

const request = (headers: Fields): SipRequest =>
  createRequest({ method: 'INVITE', uri: sipUri({ host: 'a' }), headers });
const response = (status: number, headers: Fields): SipResponse => createResponse(request([]), status, { headers });

interface Bench {
  readonly clock: VirtualClock;
  readonly timer: SessionTimer;
  readonly events: string[];
  accepts: boolean;
}

function bench(settings: SessionTimerSettings = DEFAULT_SESSION_TIMER): Bench {
  const clock = new VirtualClock();
  const events: string[] = [];
  const made: Bench = {
    clock,
    events,
    accepts: true,
    timer: new SessionTimer({
      clock,
      settings,
      onRefresh: () => {
        events.push(`refresh at ${clock.now() / 1000}`);
        return Promise.resolve(made.accepts);
      },
      onExpired: () => void events.push(`expired at ${clock.now() / 1000}`),
    }),
  };
  return made;
}

function headersOf(answer: TimerAnswer): string {
  if ('refused' in answer) return `422 ${answer.refused.map((field) => field.join(': ')).join(', ')}`;
  return answer.headers.map((field) => field.join(': ')).join(', ');
}

const SUPPORTED: Fields = [['Supported', 'timer, 100rel']];

describe('RFC 4028 session timers: the server side', () => {
  it.each([
    ['N', 'none', [['Session-Expires', '1800']], 'Session-Expires: 1800;refresher=uas'],
    ['N', 'uac, which is not applicable', [['Session-Expires', '1800;refresher=uac']], 'Session-Expires: 1800;refresher=uas'],
    ['N', 'uas', [['Session-Expires', '1800;refresher=uas']], 'Session-Expires: 1800;refresher=uas'],
    ['Y', 'none', [...SUPPORTED, ['Session-Expires', '1800']], 'Require: timer, Session-Expires: 1800;refresher=uac'],
    ['Y', 'uac', [...SUPPORTED, ['Session-Expires', '1800;refresher=uac']], 'Require: timer, Session-Expires: 1800;refresher=uac'],
    ['Y', 'uas', [...SUPPORTED, ['Session-Expires', '1800;refresher=uas']], 'Session-Expires: 1800;refresher=uas'],
    ['N', 'no Session-Expires', [], 'Session-Expires: 1800;refresher=uas'],
    ['Y', 'no Session-Expires', SUPPORTED, 'Require: timer, Session-Expires: 1800;refresher=uac'],
  ] as const)('§9 table 2: UAC supports timers: %s, refresher asked for: %s', (_, _asked, headers, expected) => {
    expect(headersOf(bench().timer.answer(request(headers)))).toBe(expected);
  }); // prettier-ignore

  it('§9 MUST NOT increase the interval, MAY reduce it, and not below Min-SE', () => {
    const { timer } = bench();
    const answer = (interval: number, least?: number): string =>
      headersOf(
        timer.answer(
          request([
            ...SUPPORTED,
            ['Session-Expires', `${interval};refresher=uas`],
            ...(least === undefined ? [] : ([['Min-SE', String(least)]] as const)),
          ]),
        ),
      );
    expect(answer(600)).toBe('Session-Expires: 600;refresher=uas');
    expect(answer(7200)).toBe('Session-Expires: 1800;refresher=uas');
    expect(answer(7200, 3600)).toBe('Session-Expires: 3600;refresher=uas');
  });

  it('§9 too short an interval MAY be refused with 422 and Min-SE; not that of a UAC without timers', () => {
    const { timer } = bench();
    expect(headersOf(timer.answer(request([...SUPPORTED, ['Session-Expires', '60']])))).toBe('422 Min-SE: 90');
    expect(tooShort(request([...SUPPORTED, ['Session-Expires', '60']]))).toEqual([['Min-SE', '90']]);
    expect(tooShort(request([...SUPPORTED, ['x', '90']]))).toBeUndefined();
    expect(headersOf(timer.answer(request([['Session-Expires', '60']])))).toBe('Session-Expires: 90;refresher=uas');
    const strict = bench({ intervalS: 1800, leastS: 300 }).timer;
    expect(headersOf(strict.answer(request([...SUPPORTED, ['x', '299;refresher=uac']])))).toBe('422 Min-SE: 300');
    expect(headersOf(strict.answer(request([...SUPPORTED, ['x', '300;refresher=uac']])))).toContain('300');
  });

  it('§5 90 seconds is the least, whatever was set', () => {
    expect(tooShort(request([...SUPPORTED, ['Session-Expires', '89']]), { intervalS: 90, leastS: 10 })).toEqual([
      ['Min-SE', '90'],
    ]);
  });

  it('§7.4 within a session the one who refreshes stays the same where the request leaves it open', () => {
    const { timer } = bench();
    timer.start({ intervalS: 600, refresher: 'here' });
    expect(headersOf(timer.answer(request([...SUPPORTED, ['Session-Expires', '600']])))).toBe(
      'Session-Expires: 600;refresher=uas',
    );
  });

  it.each(['', 'abc', '-1', '1800;refresher=nobody', '1800;;', '99999999999'])(
    'does not stumble over Session-Expires: %j',
    (value) => {
      expect('headers' in bench().timer.answer(request([...SUPPORTED, ['Session-Expires', value]]))).toBe(true);
    },
  );
});

describe('RFC 4028 session timers: the client side', () => {
  it('§7.1 asks for 1800 seconds, and leaves open who refreshes', () => {
    expect(bench().timer.requestHeaders()).toEqual([['Session-Expires', '1800']]);
  });

  it('§7.4 within a session says who refreshes, as it is', () => {
    const { timer } = bench();
    timer.start({ intervalS: 600, refresher: 'here' });
    expect(timer.requestHeaders()).toEqual([['Session-Expires', '600;refresher=uac']]);
    timer.start({ intervalS: 600, refresher: 'there' });
    expect(timer.requestHeaders()).toEqual([['Session-Expires', '600;refresher=uas']]);
  });

  it('§7.3 after a 422 MUST ask for Min-SE at least, and say it; a 422 that teaches nothing is final', () => {
    const { timer } = bench();
    expect(timer.raise(response(422, [['Min-SE', '3600']]))).toBe(true);
    expect(timer.requestHeaders()).toEqual([['Session-Expires', '3600'], ['Min-SE', '3600']]); // prettier-ignore
    expect(timer.raise(response(422, [['Min-SE', '3600']]))).toBe(false);
    expect(timer.raise(response(422, []))).toBe(false);
  });

  it.each([
    ['uac', 'Require', '600;refresher=uac', { intervalS: 600, refresher: 'here' }],
    ['uas', 'Require', '600;refresher=uas', { intervalS: 600, refresher: 'there' }],
    ['nobody, which is wrong', 'Require', '600', { intervalS: 600, refresher: 'here' }],
    [
      'uac, added by a proxy for a UAS without timers',
      'Organization',
      '600;refresher=uac',
      { intervalS: 600, refresher: 'here' },
    ],
    ['uac, with an interval that must not be', 'Require', '20;refresher=uac', { intervalS: 90, refresher: 'here' }],
  ])('§7.2 takes a 2xx that names %s', (_, header, value, agreed) => {
    const { timer } = bench();
    timer.accepted(response(200, [[header, 'timer'], ['Session-Expires', value]])); // prettier-ignore
    expect(timer.agreed).toEqual(agreed);
    timer.stop();
  });

  it('§7.2 a 2xx without Session-Expires: the session does not expire', () => {
    const { timer, clock } = bench();
    timer.start({ intervalS: 600, refresher: 'there' });
    timer.accepted(response(200, [['Supported', 'timer']]));
    expect(timer.agreed).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('§7.2 who refreshes for a peer without timers goes on', () => {
    const { timer } = bench();
    timer.start({ intervalS: 600, refresher: 'here' });
    timer.accepted(response(200, []));
    expect(timer.agreed).toEqual({ intervalS: 600, refresher: 'here' });
  });
});

describe('RFC 4028 §10 refreshes and the end', () => {
  it('§10 the refresher refreshes at half the interval', async () => {
    const { timer, clock, events } = bench();
    timer.start({ intervalS: 600, refresher: 'here' });
    await clock.advanceAsync(301_000);
    expect(events).toEqual(['refresh at 300']);
    timer.stop();
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['32 seconds', 1800, 1768],
    ['a third of the interval', 90, 60],
  ])('§10 SHOULD give up before the end by the lesser of 32 seconds and a third: %s', async (_, intervalS, at) => {
    const { timer, clock, events } = bench();
    timer.start({ intervalS, refresher: 'there' });
    await clock.advanceAsync(intervalS * 1000);
    expect(events).toEqual([`expired at ${at}`]);
    expect(timer.agreed).toBeUndefined();
  });

  it('§10 a refresh that comes in time starts the interval anew', async () => {
    const { timer, clock, events } = bench();
    timer.start({ intervalS: 600, refresher: 'there' });
    await clock.advanceAsync(500_000);
    timer.start({ intervalS: 600, refresher: 'there' });
    await clock.advanceAsync(500_000);
    expect(events).toEqual([]);
    timer.stop();
  });

  it('§10 a refresh that is refused is tried again until the session expires', async () => {
    const made = bench();
    made.accepts = false;
    made.timer.start({ intervalS: 90, refresher: 'here' });
    await made.clock.advanceAsync(90_000);
    expect(made.events).toEqual(['refresh at 45', 'refresh at 52.5', 'refresh at 56.25', 'expired at 60']);
    expect(made.clock.pending).toBe(0);
  });
});
