import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../core/pbx/configuration-file.ts';
import {
  EXTERNAL_PROFILE,
  INITIAL_USERS,
  initialConfiguration,
  INTERNAL_PROFILE,
} from '../../../core/pbx/initial-configuration.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const GOOD = `domain: example.com
profiles:
  internal:
    sip-ip: 127.0.0.1
    sip-port: 5060
    tls: false
users:
  1000:
    password: secret-of-1000
`;

function problems(text: string): string[] {
  const read = parseConfiguration(text);
  return read.ok ? [] : read.error.map(({ code, line, path, message }) => `${line} ${code} ${path}: ${message}`);
}

describe('sotto-pbx.yaml', () => {
  it('is valid as it is written by init, with a different password for each user', () => {
    const { text, users } = initialConfiguration({
      domain: 'example.com',
      bind: '127.0.0.1',
      profiles: [INTERNAL_PROFILE, EXTERNAL_PROFILE],
      users: INITIAL_USERS,
      random: new SeededRandom(1),
    });
    const read = parseConfiguration(text);
    if (!read.ok) throw new Error(read.error.map(({ message }) => message).join());
    expect(Object.keys(read.value.users)).toHaveLength(20);
    expect(new Set(users.map(({ password }) => password)).size).toBe(20);
    expect(read.value.users['1000']?.password).toBe(users[0]?.password);
    expect(read.value.profiles.internal).toMatchObject({
      'sip-port': 5060,
      'tls-sip-port': 5061,
      'auth-calls': true,
    });
    expect(read.value.profiles.external).toMatchObject({
      'sip-port': 5080,
      'tls-sip-port': 5081,
      'auth-calls': false,
    });
  });

  it('takes user names that YAML reads as numbers', () => {
    const read = parseConfiguration(GOOD);
    expect(read.ok && read.value.users['1000']?.password).toBe('secret-of-1000');
  });

  it.each([
    ['a broken line', GOOD.replace('profiles:', 'profiles: ]'), /^2 config\.invalid/],
    ['a port that is none', GOOD.replace('5060', '99999'), /^5 config\.invalid profiles\.internal\.sip-port/],
    ['an address that is none', GOOD.replace('127.0.0.1', 'localhost'), /^4 config\.invalid profiles\.internal\.sip-ip/],
    ['an unknown key, with the nearest one', GOOD.replace('sip-port', 'sip-prt'), /^5 config\.unknown-key profiles\.internal\.sip-prt: .*did you mean sip-port/],
    ['a key of another place', GOOD.replace('sip-port: 5060', 'sip-port: 5060\n    password: x'), /unknown key password$/],
    ['a key deep inside', GOOD.replace('tls: false', 'tls: false\n    gateways: { a: { proxy: x, username: y, regster: true } }'), /gateways\.a\.regster: .*did you mean register\?/],
    ['a gateway that is no server', GOOD.replace('tls: false', 'tls: false\n    gateways: { a: { proxy: "sip:x@y", username: y } }'), /gateways\.a\.proxy: expected a host/],
    ['a key at the top', GOOD.replace('users:', 'confernces: {}\nusers:'), /did you mean conferences\?/],
    ['TLS without a certificate folder', GOOD.replace('tls: false', 'tls-sip-port: 5061'), /config\.conflict profiles\.internal: tls needs tls-cert-dir/],
    ['profiles that listen nowhere', GOOD.replace('    sip-port: 5060\n', ''), /^3 config\.conflict profiles: no profile listens/],
    ['two profiles on one port', GOOD.replace('users:', '  other:\n    sip-ip: 127.0.0.1\n    sip-port: 5060\n    tls: false\nusers:'), /config\.conflict profiles\.other\.sip-port: port 5060 is taken/],
  ])('says where %s is', (_, text, expected) => {
    expect(problems(text).join('\n')).toMatch(expected);
  }); // prettier-ignore

  it('never repeats a password in a complaint', () => {
    for (const text of [
      GOOD.replace('secret-of-1000', '{ a: planted-secret }'),
      GOOD.replace('profiles:', 'profiles: ]').replace('secret-of-1000', '"planted-secret"'),
      GOOD.replace('secret-of-1000', '"first" "planted-secret"'),
      GOOD.replace('secret-of-1000', '*planted-secret'),
      GOOD.replace('secret-of-1000', '| planted-secret'),
      GOOD.replace('secret-of-1000', '@planted-secret'),
      GOOD.replace('secret-of-1000', '"\\planted-secret"'),
      GOOD.replace('    password: secret-of-1000', 'planted-secret'),
    ]) {
      expect(problems(text)).not.toEqual([]);
      expect(problems(text).join()).not.toContain('planted-secret');
    }
  });

  it('reports a line that breaks the YAML alone, without the echoes of it further down', () => {
    expect(problems(GOOD.replace('profiles:', 'profiles: ]'))).toHaveLength(1);
  });

  it('survives an alias bomb and an empty file', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(problems(bomb)).not.toEqual([]);
    expect(problems('')).not.toEqual([]);
  });
});

describe('the TLS words of FreeSWITCH in a profile', () => {
  const withProfile = (...lines: readonly string[]): string =>
    GOOD.replace('    tls: false\n', `    tls: false\n${lines.map((line) => `    ${line}\n`).join('')}`);
  const profileOf = (...lines: readonly string[]) => {
    const read = parseConfiguration(withProfile(...lines));
    return read.ok ? read.value.profiles.internal : undefined;
  };

  it('tls-verify-policy is read by direction, tls-version as a range with notices', () => {
    expect(profileOf('tls-verify-policy: out|subjects_in', 'tls-verify-in-subjects: [a.example.com]')).toMatchObject({
      'tls-verify-policy': { in: 'subjects', out: 'chain' },
    });
    expect(profileOf('tls-version: sslv23')?.['tls-version']).toMatchObject({
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      notices: [expect.stringContaining('SSL 2 and 3 only')],
    });
  });

  it.each([
    [['tls-verify-policy: inn'], /7 config.invalid profiles.internal.tls-verify-policy: .*did you mean in\?/],
    [['tls-verify-policy: ""'], /7 config.invalid .*a word is missing/],
    [['tls-verify-policy: subjects_in'], /7 config.conflict .*tls-verify-in-subjects/],
    [['tls-verify-policy: none', 'tls-client-certificate: required'], /8 config.conflict .*tls-client-certificate/],
    [['tls-version: tlsv9'], /7 config.invalid .*is no version/],
    [['tls-verify-dept: 2'], /7 config.unknown-key .*did you mean tls-verify-depth\?/],
    [['tls-passphrase: 17'], /7 config.invalid .*a passphrase is text/],
  ] as const)('%j is a mistake, told with its line', (lines, message) => {
    expect(problems(withProfile(...lines)).join()).toMatch(message);
  });

  it('a client certificate is tied to a user by "required" or its SHA-256', () => {
    const tied = (value: string): string =>
      GOOD.replace('secret-of-1000\n', `secret-of-1000\n    client-certificate: ${value}\n`);
    expect(problems(tied('required'))).toEqual([]);
    expect(problems(tied(`"${'AB:'.repeat(31)}AB"`))).toEqual([]);
    expect(problems(tied('perhaps')).join()).toMatch(/10 config.invalid users.1000.client-certificate/);
  });
});
