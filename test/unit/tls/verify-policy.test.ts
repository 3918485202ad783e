import { describe, expect, it } from 'vitest';
import { translateTlsVersions } from '../../../core/tls/tls-version-words.ts';
import { parseVerifyPolicy } from '../../../core/tls/verify-policy.ts';

describe('tls-verify-policy', () => {
  it.each([
    ['none', 'none', 'none'],
    ['in', 'chain', 'none'],
    ['OUT', 'none', 'chain'],
    ['all', 'chain', 'chain'],
    ['subjects_in', 'subjects', 'none'],
    ['subjects_out', 'none', 'subjects'],
    ['subjects_all', 'subjects', 'subjects'],
    ['out|subjects_in', 'subjects', 'chain'],
    ['in | out', 'chain', 'chain'],
    ['subjects_in|in', 'subjects', 'none'],
  ])('"%s" asks %s of who connects and %s of whom we dial', (text, accepted, dialled) => {
    expect(parseVerifyPolicy(text)).toEqual({ ok: true, value: { in: accepted, out: dialled } });
  });

  it.each([
    ['', 'none', 'demand certificates of all clients'],
    ['out|', 'none', 'demand certificates of all clients'],
    ['subjects', 'subjects_in', 'take it for "subjects_in"'],
    ['o', 'out', 'take it for "out"'],
    ['subject_in', 'subjects_in', 'ignore it'],
    ['subjects-all', 'subjects_all', 'ignore it'],
    ['in,out', 'out', 'ignore it'],
    ['constructor', undefined, 'ignore it'],
    ['none|in', undefined, 'drop the other words'],
  ])('"%s" is a mistake; nearest is %s, and FreeSWITCH would %s', (text, nearest, there) => {
    const parsed = parseVerifyPolicy(text);
    if (parsed.ok) throw new Error('accepted');
    expect(parsed.error.nearest).toBe(nearest);
    expect(parsed.error.message).toContain(there);
  });
});

describe('tls-version', () => {
  it.each([
    ['tlsv1.2', 'TLSv1.2', 'TLSv1.3', ['tls-max-version']],
    ['tlsv1.2,tlsv1.3', 'TLSv1.2', 'TLSv1.3', []],
    ['tlsv1.3', 'TLSv1.3', 'TLSv1.3', []],
    ['tlsv1,tlsv1.1,tlsv1.2', 'TLSv1', 'TLSv1.3', ['tls-max-version', 'RFC 8996']],
    ['TLSv1', 'TLSv1', 'TLSv1.3', ['tls-max-version', 'RFC 8996']],
    ['tlsv1, tlsv1.2', 'TLSv1', 'TLSv1.3', ['TLSv1.1 is not in the list', 'tls-max-version', 'RFC 8996']],
    ['sslv23', 'TLSv1.2', 'TLSv1.3', ['turns most phones away']],
    ['sslv3', 'TLSv1.2', 'TLSv1.3', ['no effect']],
    ['sslv23,tlsv1.2,tlsv1.3', 'TLSv1.2', 'TLSv1.3', ['turns most phones away']],
  ])('"%s" means %s to %s', (list, minVersion, maxVersion, told) => {
    const translated = translateTlsVersions(list);
    if (!translated.ok) throw new Error(translated.error);
    expect(translated.value).toMatchObject({ minVersion, maxVersion });
    expect(translated.value.notices).toHaveLength(told.length);
    for (const [index, word] of told.entries()) expect(translated.value.notices[index]).toContain(word);
  });

  it.each([
    ['', 'TLS 1.3 alone'],
    ['tlsv1.2,', 'TLS 1.3 alone'],
    ['tlsv1.4', 'would ignore it'],
    ['tls1.2', 'would ignore it'],
  ])('"%s" is a mistake: %s', (list, there) => {
    const translated = translateTlsVersions(list);
    expect(translated.ok ? '' : translated.error).toContain(there);
  });
});
