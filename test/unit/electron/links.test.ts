import { expect, it } from 'vitest';
import { linkIn } from '../../../electron/links.ts';

it.each([
  [['--data', '/tmp/x', 'sip:1000@example.com'], 'sip:1000@example.com'],
  [['SIPS:1000@example.com;transport=tls?Replaces=x'], 'SIPS:1000@example.com;transport=tls?Replaces=x'],
  [['tel:+49-30-901820'], 'tel:+49-30-901820'],
  [['callto://1000'], '1000'],
  [['sip:one@example.com', 'sip:two@example.com'], 'sip:two@example.com'],
])('%j leads to the dial field', (args, text) => {
  expect(linkIn(args)).toBe(text);
});

it.each([
  ['no link', ['--data', '/tmp/x']],
  ['another scheme', ['https://example.com', 'javascript:alert(1)', 'file:///etc/passwd']],
  ['a line break', ['sip:1000@example.com\r\nInjected: yes']],
  ['what turns text around', ['sip:1000\u202e@example.com']],
  ['a hundred thousand characters', [`sip:${'1'.repeat(100_000)}`]],
])('%s leads nowhere', (_what, args) => {
  expect(linkIn(args)).toBeUndefined();
});
