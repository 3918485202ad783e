import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../core/phone/target-address.ts';
import { formatUri } from '../../../core/sip/message/uri.ts';

describe('what a person types', () => {
  it.each([
    ['1001', 'sip:1001@example.com'],
    ['+49 30 123-45', 'sip:+493012345@example.com'],
    ['(030) 12.34', 'sip:0301234@example.com'],
    ['*98', 'sip:*98@example.com'],
    ['alice', 'sip:alice@example.com'],
    ['alice@other.example', 'sip:alice@other.example'],
    ['sip:alice@other.example:5070', 'sip:alice@other.example:5070'],
    ['SIPS:alice@other.example', 'sips:alice@other.example'],
    ['"Alice" <sip:alice@other.example>', 'sip:alice@other.example'],
    ['tel:+49-30-12345', 'sip:+493012345@example.com'],
    ['callto:1001', 'sip:1001@example.com'],
    ['  1001  ', 'sip:1001@example.com'],
    ['sip:alice@other.example;method=BYE?Subject=x', 'sip:alice@other.example'],
    ['+49 (0)30 901 820', 'sip:+4930901820@example.com'],
    ['callto://1001', 'sip:1001@example.com'],
    ['callto:bob@other.example', 'sip:bob@other.example'],
    ['tel:+49-30-901;phone-context=evil.example', 'sip:+4930901@example.com'],
    ['Please call me at +49 (0) 30 / 901 820 today.', 'sip:+4930901820@example.com'],
    ['Room 12, 14:30, phone 030-901820', 'sip:030901820@example.com'],
    ['Bob <bob@other.example>', 'sip:bob@other.example'],
    ['mail or call bob@other.example, thanks', 'sip:bob@other.example'],
    ['1001\r\n', 'sip:1001@example.com'],
  ])('%s means %s', (text, expected) => {
    const target = parseTarget(text, 'example.com');
    expect(target.ok ? formatUri(target.value) : target.error).toBe(expected);
  });

  it.each([
    '',
    '   ',
    'a b c',
    'sip:1\r\nVia: x@y',
    '1001\r\n1002',
    'sip:a%0d%0ab@example.com',
    '$(reboot)',
    'a;reboot',
    'a|b',
    '`id`',
    '030 901820 or 030 901821',
    'x'.repeat(5_000),
    'mailto:x@y',
    'sip:',
    '<>',
    'sip:a b@c',
    'alice@',
  ])('%j cannot be called', (text) => {
    expect(parseTarget(text, 'example.com').ok).toBe(false);
  });
});
