import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendCallRecord } from '../../../core/io/call-record-file.ts';
import { CallRecorder, csvLine, type CallRecord } from '../../../core/pbx/call-records.ts';
import type { LegView, SwitchCallView } from '../../../core/pbx/switch-call.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const PLAIN: LegView = { transport: 'udp', security: 'open', suite: null };
const SRTP: LegView = { transport: 'tls', security: 'encrypted', suite: 'AEAD_AES_256_GCM' };

let clock: VirtualClock;
let records: CallRecord[];
let recorder: CallRecorder;

beforeEach(() => {
  clock = new VirtualClock();
  records = [];
  recorder = new CallRecorder(clock, (record) => records.push(record));
});

function call(state: SwitchCallView['state'], over: Partial<SwitchCallView> = {}): void {
  const created = '2026-01-01T00:00:00.000Z';
  recorder.follow({ id: 'one', profile: 'internal', created, from: '1000', to: '1001', state, legs: [SRTP], ...over });
}

describe('call detail records', () => {
  it('come once, at the end, with the seconds from the answer and what protected both legs', () => {
    call('ringing');
    clock.advance(5000);
    call('answered', { legs: [SRTP, PLAIN] });
    clock.advance(61_000);
    call('answered', { legs: [SRTP, SRTP] });
    clock.advance(1000);
    call('ended', { legs: [] });
    expect(records).toMatchObject([{ from: '1000', to: '1001', seconds: 62, legs: [SRTP, SRTP] }]);
    expect(Date.parse(records[0]?.ended ?? '') - Date.parse(records[0]?.answered ?? '')).toBe(62_000);
  });

  it('of a call that nobody answered have no answer and no seconds', () => {
    call('ringing');
    clock.advance(5000);
    call('ended');
    expect(records).toMatchObject([{ answered: null, seconds: 0, legs: [SRTP] }]);
  });
});

describe('as CSV', () => {
  const record: CallRecord = {
    id: '-one',
    profile: 'external',
    from: '=cmd|calc',
    to: 'a"b,c',
    created: 'c',
    answered: null,
    ended: 'e',
    seconds: 0,
    legs: [SRTP],
  };

  it('RFC 4180: fields are quoted where they must be, and none is a formula', () => {
    expect(csvLine(record)).toBe(`-one,external,'=cmd|calc,"a""b,c",c,,e,0,tls,encrypted,AEAD_AES_256_GCM,,,`);
  });

  describe('in a file', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'sotto-cdr-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it('there is one head, and nobody else may read it', () => {
      appendCallRecord(folder, 'csv', record);
      appendCallRecord(folder, 'csv', record);
      const lines = readFileSync(join(folder, 'cdr.csv'), 'utf8').trim().split('\r\n');
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatch(/^id,profile,from,to/);
      expect(statSync(join(folder, 'cdr.csv')).mode & 0o777).toBe(0o600);
    });

    it('a folder that is not there is a diagnosis', () => {
      expect(appendCallRecord(join(folder, 'no'), 'json', record)?.code).toBe('file.missing');
    });
  });
});
