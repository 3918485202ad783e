import { describe, expect, it } from 'vitest';
import { DialPlan, ruleSchema } from '../../../core/pbx/dial-plan.ts';

const isUser = (user: string): boolean => ['1000', '1001', 'alice'].includes(user);
const plan = new DialPlan([], isUser);
const inside = (number: string): unknown => plan.find('default', number);
const outside = (number: string): unknown => plan.find('public', number);

describe('the dial plan, with the numbers of FreeSWITCH', () => {
  it.each([
    ['0', { application: 'transfer', number: '1000' }],
    ['operator', { application: 'transfer', number: '1000' }],
    ['*8', { application: 'intercept' }],
    ['886', { application: 'intercept', everywhere: true }],
    ['**1001', { application: 'intercept', user: '1001' }],
    ['*69', { application: 'call-return' }],
    ['869', { application: 'call-return' }],
    ['870', { application: 'redial' }],
    ['*98', { application: 'voicemail' }],
    ['4000', { application: 'voicemail' }],
    ['1000', { application: 'bridge', user: '1000' }],
    ['1019', { application: 'bridge', user: '1019' }],
    ['alice', { application: 'bridge', user: 'alice' }],
    ['2000', { application: 'group', group: 'sales', order: 'simultaneous' }],
    ['2001', { application: 'group', group: 'support', order: 'simultaneous' }],
    ['2002', { application: 'group', group: 'billing', order: 'simultaneous' }],
    ['3000', { application: 'conference', room: '3000' }],
    ['3399', { application: 'conference', room: '3399' }],
    ['5900', { application: 'park' }],
    ['5901', { application: 'unpark' }],
    ['6000', { application: 'park', slot: 'any' }],
    ['6001', { application: 'park', slot: '6001' }],
    ['6099', { application: 'park', slot: '6099' }],
    ['8001', { application: 'group-member', group: '01', member: false }],
    ['8101', { application: 'group-member', group: '01', member: true }],
    ['8201', { application: 'group', group: '01', order: 'simultaneous' }],
    ['8301', { application: 'group', group: '01', order: 'sequential' }],
    ['81001', { application: 'bridge', user: '1001', intercom: true }],
    ['9170', { application: 'say', what: 'time' }],
    ['9172', { application: 'say', what: 'both' }],
    ['9180', { application: 'playback', sound: 'milliwatt', before: { status: 180, seconds: 20 } }],
    ['9184', { application: 'playback', sound: 'hold-music' }],
    ['9195', { application: 'echo', delay: 5 }],
    ['9196', { application: 'echo', delay: 0 }],
    ['9197', { application: 'playback', sound: 'milliwatt' }],
    ['9198', { application: 'playback', sound: 'melody' }],
    ['9664', { application: 'playback', sound: 'hold-music', security: true }],
  ])('%s is reached in the context default', (number, action) => {
    expect(inside(number)).toEqual(action);
  });

  it.each(['', '1', '100', '10000', '1020', '91960', '09196', '9196 ', '9196\n', 'ALICE', 'bob', '999', '%31000', '3400', '6100', '**', '$0'])(
    '%j leads nowhere',
    (number) => {
      expect(inside(number)).toBeUndefined();
    },
  ); // prettier-ignore

  it('public reaches the extensions and nothing else: nobody uses the switch from outside', () => {
    expect(outside('1000')).toEqual({ application: 'bridge', user: '1000' });
    for (const number of ['9196', '9197', 'alice', '', '3000', '*98', '**1000', '2000', '5900', '81000']) {
      expect(outside(number)).toBeUndefined();
    }
  });

  it('a rule of the configuration comes first, and its action has what the groups hold', () => {
    const rule = (destination_number: string, action: unknown) =>
      ruleSchema.parse({ name: 'own', destination_number, action });
    const own = new DialPlan(
      [
        rule('^9196$', { application: 'playback', sound: 'melody' }),
        rule('^7(\\d{3})-(\\w+)$', { application: 'transfer', number: '$2$1' }),
      ],
      isUser,
    );
    expect(own.find('default', '9196')).toEqual({ application: 'playback', sound: 'melody' });
    expect(own.find('default', '7123-a')).toEqual({ application: 'transfer', number: 'a123' });
    expect(own.find('public', '7123-a')).toBeUndefined();
    expect(own.find('default', '9197')).toEqual({ application: 'playback', sound: 'milliwatt' });
  });
});
