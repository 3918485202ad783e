import { describe, expect, it } from 'vitest';
import {
  autoAnswerDelay,
  formatAnswerMode,
  readAnswerMode,
  readInfoValues,
} from '../../../../core/sip/message/answer-mode.ts';
import { identityHeader, readIdentities } from '../../../../core/sip/message/asserted-identity.ts';
import { diversionCount, diversionHeader, readDiversions } from '../../../../core/sip/message/diversion.ts';
import { createRequest } from '../../../../core/sip/message/factory.ts';
import { readHistory } from '../../../../core/sip/message/history-info.ts';
import { privacyHeaders, readPrivacy } from '../../../../core/sip/message/privacy.ts';
import { formatUri, sipUri } from '../../../../core/sip/message/uri.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const invite = (...headers: (readonly [string, string])[]) =>
  createRequest({ method: 'INVITE', uri: sipUri({ host: 'b' }), headers });

describe('RFC 3325 identities', () => {
  it('§9.1 reads one SIP and one tel URI, in one field or two', () => {
    const both = readIdentities(
      invite(['P-Asserted-Identity', '"Cullen, J." <sip:fluffy@cisco.example>, <tel:+14085264000>']),
      'P-Asserted-Identity',
    );
    expect(both.sip?.displayName).toBe('Cullen, J.');
    expect(both.tel?.uri).toMatchObject({ scheme: 'tel', number: '+14085264000' });
    expect(readIdentities(invite(), 'P-Asserted-Identity')).toEqual({ sip: undefined, tel: undefined });
  });

  it('§9.1 of several of a kind the first counts, and what cannot be read does not', () => {
    const { sip } = readIdentities(
      invite(['P-Preferred-Identity', '<sip:>, <sip:a@b>, <sip:c@d>']),
      'P-Preferred-Identity',
    );
    expect(sip && formatUri(sip.uri)).toBe('sip:a@b');
  });

  it('§9.2 writes what it reads', () => {
    const [name, value] = identityHeader('P-Preferred-Identity', {
      displayName: 'A',
      uri: sipUri({ user: 'a', host: 'b' }),
    });
    expect(readIdentities(invite([name, value]), 'P-Preferred-Identity').sip?.displayName).toBe('A');
  });
});

describe('RFC 3323 Privacy', () => {
  it('§4.2 reads values between semicolons or commas, without those that nobody knows', () => {
    expect(readPrivacy(invite(['Privacy', 'ID; user,teleportation']))).toEqual(new Set(['user', 'id']));
    expect(readPrivacy(invite())).toEqual(new Set());
  });

  it('§4.2 none MUST stand alone', () => {
    expect(readPrivacy(invite(['Privacy', 'none;id']))).toEqual(new Set(['none']));
  });

  it('§4.2 writes values between semicolons', () => {
    expect(privacyHeaders(['id', 'critical'])).toEqual([['Privacy', 'id;critical']]);
    expect(privacyHeaders([])).toEqual([]);
  });
});

describe('RFC 5806 Diversion', () => {
  it('§4 reads reason, counter and privacy, the last station first', () => {
    const message = invite(
      ['Diversion', '<sip:wilma@b>;reason=No-Answer;counter=2;privacy=full'],
      ['Diversion', '"Barney" <sip:barney@b>;reason="user-busy"'],
    );
    expect(readDiversions(message)).toMatchObject([
      { reason: 'no-answer', count: 2, isPrivate: true },
      { displayName: 'Barney', reason: 'user-busy', count: 1, isPrivate: false },
    ]);
    expect(diversionCount(message)).toBe(3);
  });

  it.each(['-1', '0', '1e9', '99999999999', 'x'])('§7 a counter of %s counts as one', (counter) => {
    expect(diversionCount(invite(['Diversion', `<sip:a@b>;counter=${counter}`]))).toBe(1);
  });

  it('§4 writes what it reads', () => {
    const diversion = {
      uri: sipUri({ user: 'a', host: 'b' }),
      displayName: undefined,
      reason: 'unconditional',
      count: 3,
      isPrivate: true,
    };
    expect(readDiversions(invite(diversionHeader(diversion)))).toEqual([diversion]);
  });
});

describe('RFC 7044 History-Info', () => {
  it('§10.1 reads target, index, change and the reason hidden in the URI', () => {
    const entries = readHistory(
      invite(
        [
          'History-Info',
          '<sip:bob@example.com?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1, <sip:b@192.0.2.3>;index=1.2;mp=1.1',
        ],
        ['History-Info', '<sip:v@example.com?Privacy=history>;index=1.3'],
      ),
    );
    expect(entries).toMatchObject([
      { index: '1.1', reason: 'SIP;cause=302', change: { kind: 'rc', from: '1' }, isPrivate: false },
      { index: '1.2', reason: undefined, change: { kind: 'mp', from: '1.1' } },
      { index: '1.3', change: undefined, isPrivate: true },
    ]);
    expect(entries[0] && formatUri(entries[0].uri)).toBe('sip:bob@example.com');
  });

  it.each(['', 'index', 'index=', 'index=1.', 'index=a', 'index=1.2.3.99999'])(
    '§10.1 leaves an entry with %j out',
    (part) => {
      expect(readHistory(invite(['History-Info', `<sip:a@b>;${part}`]))).toEqual([]);
    },
  );
});

describe('RFC 5373 Answer-Mode', () => {
  it('§4 reads mode and require', () => {
    expect(readAnswerMode(invite(['Answer-Mode', 'Auto;require']))).toEqual({ mode: 'auto', required: true });
    expect(readAnswerMode(invite(['Answer-Mode', 'Manual']))).toEqual({ mode: 'manual', required: false });
    expect(readAnswerMode(invite(['Answer-Mode', 'Later']))).toBeUndefined();
    expect(formatAnswerMode({ mode: 'auto', required: true })).toBe('Auto;require');
    expect(formatAnswerMode({ mode: 'manual', required: false })).toBe('Manual');
  });

  it.each([
    [[['Answer-Mode', 'Auto']], 0],
    [[['Priv-Answer-Mode', 'Auto'], ['Answer-Mode', 'Manual']], 0],
    [[['Answer-Mode', 'Manual'], ['Call-Info', '<sip:b>;answer-after=0']], undefined],
    [[['Call-Info', '<sip:b>; answer-after=3']], 3],
    [[['Call-Info', '<http://b/x.png>;purpose=icon, <sip:b>;answer-after=2']], 2],
    [[['Call-Info', '<sip:b>;answer-after=soon']], undefined],
    [[['Alert-Info', '<http://www.notused.com>;info=alert-autoanswer;delay=1']], 1],
    [[['Alert-Info', 'Auto Answer']], 0],
    [[['Alert-Info', '<http://b/bell.wav>']], undefined],
    [[], undefined],
  ] as const)('%j asks for an answer after %j seconds', (headers, delay) => {
    expect(autoAnswerDelay(invite(...headers))).toBe(delay);
  }); // prettier-ignore
});

describe('headers of others', () => {
  it('never make a reader throw', () => {
    const random = new SeededRandom(3);
    const names = [
      'Alert-Info',
      'Call-Info',
      'Answer-Mode',
      'Diversion',
      'History-Info',
      'P-Asserted-Identity',
      'Privacy',
    ];
    for (let round = 0; round < 2000; round++) {
      const noise = Array.from({ length: random.below(60) }, () =>
        random.pick(Array.from('<>"sip:@;=?%&0d\\ü, index1.')),
      ).join('');
      const message = invite([random.pick(names), noise]);
      expect(() => [
        autoAnswerDelay(message),
        readDiversions(message),
        readHistory(message),
        readIdentities(message, 'P-Asserted-Identity'),
        readInfoValues(message, 'Call-Info'),
        readPrivacy(message),
      ]).not.toThrow();
    }
  });
});
