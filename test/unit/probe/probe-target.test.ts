import { describe, expect, it } from 'vitest';
import { parseProbeTarget } from '../../../core/probe/probe-target.ts';
import { formatUri } from '../../../core/sip/message/uri.ts';

describe('the target of a probe', () => {
  it.each([
    ['pbx.example.com', 'sip:pbx.example.com;transport=tls'],
    ['PBX.example.com:5061', 'sip:pbx.example.com:5061;transport=tls'],
    ['1000@example.com', 'sip:1000@example.com;transport=tls'],
    ['192.0.2.1:5061', 'sip:192.0.2.1:5061;transport=tls'],
    ['2001:db8::1', 'sip:[2001:db8::1];transport=tls'],
    ['[2001:db8::1]:5061', 'sip:[2001:db8::1]:5061;transport=tls'],
    ['sips:example.com', 'sips:example.com'],
    ['sip:example.com', 'sip:example.com'],
    ['sip:example.com;transport=tcp', 'sip:example.com;transport=tcp'],
  ])('%s is %s', (text, expected) => {
    const parsed = parseProbeTarget(text);
    expect(parsed.ok && formatUri(parsed.value)).toBe(expected);
  });

  it('a transport that is asked for goes before', () => {
    const parsed = parseProbeTarget('sip:example.com;transport=tcp', 'udp');
    expect(parsed.ok && formatUri(parsed.value)).toBe('sip:example.com;transport=udp');
    expect(parseProbeTarget('sips:example.com', 'udp').ok).toBe(false);
  });

  it.each([
    '',
    ' ',
    'http://example.com',
    'a b',
    'x:99999',
    'x:0',
    'sip:',
    'u:secret@example.com',
    '<x>',
    'x'.repeat(2000),
  ])('"%s" is none', (text) => {
    expect(parseProbeTarget(text).ok).toBe(false);
  });
});
