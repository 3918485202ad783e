import { describe, expect, it } from 'vitest';
import {
  EMPTY_DRAFT,
  differsFromDefault,
  problemsOf,
  toRequest,
  withAddress,
} from '../../../renderer/features/accounts/account-draft.ts';
import {
  initials,
  outcomeOf,
  plainAddress,
  qualityOf,
  remoteLabel,
} from '../../../renderer/features/call/call-words.ts';
import { isNameLike } from '../../../renderer/features/dialer/dial-reading.ts';
import {
  daysLeft,
  firstHop,
  registrationProtection,
  serverName,
  whoCouldListen,
} from '../../../renderer/features/security/security-facts.ts';
import { formatDuration } from '../../../renderer/i18n/format.ts';
import type { SecurityView } from '../../../core/api/state.ts';
import { CHECKING, ENCRYPTED, NAME_MISMATCH, OPEN, SIGNALLING, account, call } from '../../support/snapshots.ts';

const UNVERIFIED: SecurityView = {
  ...ENCRYPTED,
  state: 'open',
  reasons: ['unverified-server', 'keys-to-unverified-server'],
  signalling: ENCRYPTED.signalling === null ? null : { ...ENCRYPTED.signalling, peerVerified: false, peerName: null },
};
const KEYS_IN_CLEAR: SecurityView = {
  ...ENCRYPTED,
  state: 'open',
  reasons: ['plain-signalling', 'keys-in-clear'],
  signalling: OPEN.signalling,
};

describe('what is known of the hop to the server', () => {
  it.each([
    ['nothing', CHECKING, 'unknown', 'unknown', 'checking'],
    ['plain SIP and RTP', OPEN, 'readable', 'readable', 'open'],
    ['verified TLS before media', SIGNALLING, 'protected', 'unknown', 'signalling'],
    ['verified TLS and SRTP', ENCRYPTED, 'protected', 'encrypted', 'encrypted'],
    ['TLS without verification is never called protected', UNVERIFIED, 'unproved', 'unproved', 'openUnverified'],
    ['SRTP whose keys went in the clear is readable', KEYS_IN_CLEAR, 'readable', 'readable', 'open'],
  ])('%s', (_, security, details, voice, who) => {
    expect(firstHop(security)).toEqual({ details, voice });
    expect(whoCouldListen(security)).toBe(who);
  });

  it('a registration is protected by verified TLS only', () => {
    const protection = (security: SecurityView): string => registrationProtection(account({ security }));
    expect([CHECKING, OPEN, UNVERIFIED, SIGNALLING].map(protection)).toEqual([
      'checking',
      'open',
      'openUnverified',
      'protected',
    ]);
  });

  it('names the server without its port, and counts days down past zero', () => {
    expect(serverName(ENCRYPTED)).toBe('sotto.localhost');
    expect(serverName(CHECKING)).toBeNull();
    expect([daysLeft(2 * 86_400_000, 0), daysLeft(0, 1)]).toEqual([2, -1]);
  });
});

describe('the dial field', () => {
  it.each([
    ['bob', true],
    ['bob baker', true],
    ['1001', false],
    ['bob@example.com', false],
    ['sip:bob', false],
  ])('takes %j for a name: %s', (text, name) => {
    expect(isNameLike(text)).toBe(name);
  });
});

describe('the account form', () => {
  it('takes a pasted SIP URI apart and loses nothing of it', () => {
    expect(withAddress(EMPTY_DRAFT, ' sip:alice@pbx.example.com:5080;transport=TCP ')).toMatchObject({
      address: 'alice@pbx.example.com',
      server: 'pbx.example.com:5080',
      transport: 'tcp',
    });
    expect(withAddress(EMPTY_DRAFT, 'sips:a@[2001:db8::1]:5061')).toMatchObject({
      address: 'a@[2001:db8::1]',
      server: '[2001:db8::1]:5061',
      transport: 'tls',
    });
  });
  it('RFC 3261 §26.2.2: sips means TLS, whatever the transport parameter says', () => {
    expect(withAddress(EMPTY_DRAFT, 'sips:a@b;transport=tcp').transport).toBe('tls');
  });
  it('leaves what is being typed as it is', () => {
    for (const text of ['al', 'alice@', 'alice@example.com', 'sip:', 'sip:alice']) {
      expect(withAddress(EMPTY_DRAFT, text)).toEqual({ ...EMPTY_DRAFT, address: text });
    }
  });
  it('knows what differs from the safe choices', () => {
    expect(differsFromDefault({ ...EMPTY_DRAFT, address: 'a@b', password: 'x', displayName: 'A' })).toBe(false);
    expect(differsFromDefault({ ...EMPTY_DRAFT, verify: false })).toBe(true);
  });
  it('finds what cannot be sent, and trims all but the password', () => {
    expect([...problemsOf({ ...EMPTY_DRAFT, address: 'alice', trust: 'x' })]).toEqual(['address', 'trust']);
    const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
    expect(problemsOf({ ...EMPTY_DRAFT, address: 'a@b', trust: pem }).size).toBe(0);
    expect(toRequest({ ...EMPTY_DRAFT, address: ' a@b ', password: ' p ' })).toMatchObject({
      address: 'a@b',
      password: ' p ',
    });
  });
});

describe('words for calls', () => {
  it('addresses lose scheme and parameters', () => {
    expect(plainAddress('sips:bob@example.com;transport=tls?x=y')).toBe('bob@example.com');
  });
  it('a call is with the name, else the user, else the address', () => {
    expect(remoteLabel({ remoteName: ' Bob ', remoteAddress: 'sip:1@x' })).toBe('Bob');
    expect(remoteLabel({ remoteName: '', remoteAddress: 'sip:1@x' })).toBe('1');
    expect(remoteLabel({ remoteName: '', remoteAddress: 'sip:x.example' })).toBe('x.example');
  });
  it.each([
    ['Bob Baker', 'BB'],
    ['carla de la cruz', 'CC'],
    ['Ökonom', 'Ö'],
    ['+4930', null],
  ])('%s has the initials %s', (label, letters) => {
    expect(initials(label)).toBe(letters);
  });
  const over = { state: 'ended', connectedAt: null } as const;
  it.each([
    ['outgoing', call({ state: 'ended' })],
    ['incoming', call({ state: 'ended', direction: 'incoming' })],
    ['missed', call({ ...over, direction: 'incoming' })],
    ['declined', call({ ...over, direction: 'incoming', diagnosis: { ...NAME_MISMATCH, code: 'sip.declined' } })],
    ['cancelled', call(over)],
    ['failed', call({ ...over, diagnosis: NAME_MISMATCH })],
  ])('an ended call was %s', (outcome, ended) => {
    expect(outcomeOf(ended)).toBe(outcome);
  });
  it('a call that another phone took was not missed', () => {
    const elsewhere = { direction: 'incoming', state: 'ended', connectedAt: null, answeredElsewhere: true } as const;
    expect(outcomeOf(call(elsewhere))).toBe('elsewhere');
  });
  it('quality goes by the opinion score, else by the loss', () => {
    const quality = (mos: number | null, lossPercent = 0): string =>
      qualityOf({ mos, lossPercent, jitterMs: 1, roundTripMs: null });
    expect([quality(4.3), quality(3.6), quality(2), quality(null), quality(null, 2), quality(null, 9)]).toEqual(['good', 'fair', 'poor', 'good', 'fair', 'poor']); // prettier-ignore
    expect(qualityOf(null)).toBe('unknown');
  });
  it.each([
    [-5, '0:00'],
    [7_999, '0:07'],
    [754_000, '12:34'],
    [3_723_000, '1:02:03'],
  ])('%i ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
