import { describe, expect, it } from 'vitest';
import { readDtmfInfo, writeDtmfInfo } from '../../../core/media/dtmf-info.ts';

const info = (contentType: string, text: string): ReturnType<typeof readDtmfInfo> =>
  readDtmfInfo({ contentType, content: new TextEncoder().encode(text) });

describe('digits by INFO', () => {
  it.each(['0', '9', '*', '#', 'A', 'D'])('%s comes out as it went in', (digit) => {
    expect(readDtmfInfo(writeDtmfInfo(digit))).toEqual({ digit, durationMs: 160 });
  });

  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=100\r\n', { digit: '5', durationMs: 100 }],
    ['application/dtmf-relay', 'Signal= 5\nDuration= 100', { digit: '5', durationMs: 100 }],
    ['Application/DTMF-Relay; charset=utf-8', 'signal=d', { digit: 'D', durationMs: 160 }],
    ['application/dtmf-relay', 'Signal=10\r\nDuration=250', { digit: '*', durationMs: 250 }],
    ['application/dtmf-relay', 'Signal=11\r\n', { digit: '#', durationMs: 160 }],
    ['application/dtmf-relay', 'Signal=1\r\nDuration=999999', { digit: '1', durationMs: 5000 }],
    ['application/dtmf', '7\r\n', { digit: '7', durationMs: 160 }],
  ])('%s %j', (type, text, digit) => {
    expect(info(type, text)).toEqual(digit);
  });

  it.each([
    ['text/plain', '5'],
    ['application/dtmf-relay', ''],
    ['application/dtmf-relay', 'Duration=100'],
    ['application/dtmf-relay', 'Signal=55'],
    ['application/dtmf-relay', 'Signal=E'],
    ['application/dtmf', ''],
    ['application/dtmf', '12'],
  ])('%s %j holds no digit', (type, text) => {
    expect(info(type, text)).toBeUndefined();
  });
});
