import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../core/api/state.ts';
import { DEFAULT_SETTINGS, decideIncoming } from '../../../core/phone/settings.ts';

const decide = (over: Partial<Settings>, busy = false): unknown =>
  decideIncoming({ ...DEFAULT_SETTINGS, ...over }, 'one', busy, 1_000);
const forward = DEFAULT_SETTINGS.forward;

describe('what becomes of a call that comes in', () => {
  it.each([
    ['rings where nothing was chosen', {}, false, { kind: 'ring', forwardTo: '' }],
    ['rings as a second call', {}, true, { kind: 'ring' }],
    [
      'RFC 3261 §21.4.18 do not disturb is 480',
      { doNotDisturb: { on: true, until: null } },
      false,
      { kind: 'refuse', status: 480 },
    ],
    ['do not disturb ends with its time', { doNotDisturb: { on: true, until: 1_000 } }, false, { kind: 'ring' }],
    ['busy without call waiting is 486', { callWaiting: false }, true, { kind: 'refuse', status: 486 }],
    [
      'busy is forwarded',
      { callWaiting: false, forward: { ...forward, busy: '2' } },
      true,
      { kind: 'forward', to: '2' },
    ],
    [
      'everything is forwarded before all else',
      { doNotDisturb: { on: true, until: null }, forward: { ...forward, always: '3' } },
      false,
      { kind: 'forward', to: '3' },
    ],
    [
      'no answer is forwarded later',
      { forward: { ...forward, noAnswer: '4' } },
      false,
      { kind: 'ring', forwardTo: '4', forwardAfter: 20 },
    ],
    ['is answered by itself', { autoAnswer: { one: 3 } }, false, { kind: 'answer', after: 3 }],
    ['is not answered by itself while somebody speaks', { autoAnswer: { one: 3 } }, true, { kind: 'ring' }],
    ['is not answered by itself for another account', { autoAnswer: { two: 3 } }, false, { kind: 'ring' }],
  ] as const)('%s', (_, settings, busy, expected) => {
    expect(decide(settings, busy)).toMatchObject(expected);
  });
});
