import { describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { logLine, readTrace, traceLine, withoutCapture } from '../../../core/trace/trace-file.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';

const event: TraceEvent = {
  seq: 1,
  time: '2026-01-01T00:00:00.000Z',
  mono: 1.5,
  level: 5,
  component: 'tls',
  kind: 'tls.verified',
  connection: 'phone-tls-1',
};

describe('a saved trace', () => {
  it('is one event a line, and comes back as it was', () => {
    expect(readTrace(traceLine(event) + traceLine({ ...event, seq: 2 }))).toEqual({
      ok: true,
      value: [event, { ...event, seq: 2 }],
    });
  });

  it('holds no secret', () => {
    expect(traceLine({ ...event, password: new Secret('hunter2') })).not.toContain('hunter2');
  });

  it('loses only a last line that was cut off', () => {
    expect(readTrace(`${traceLine(event)}{"seq":2,"ti`)).toEqual({ ok: true, value: [event] });
  });

  it.each([
    ['text', 'it is not JSON'],
    ['[1]', 'it is not an object'],
    ['null', 'it is not an object'],
    [JSON.stringify({ ...event, seq: '1' }), '"seq" and "mono" must be numbers'],
    [JSON.stringify({ ...event, time: 'now' }), '"time" must be a time'],
    [JSON.stringify({ ...event, level: 12 }), '"level" must be from 0 to 9'],
    [JSON.stringify({ ...event, component: 'kernel' }), '"component" must be one of'],
    [JSON.stringify({ ...event, kind: 7 }), '"kind" must be a word'],
  ])('names the line that is no event: %s', (line, reason) => {
    const read = readTrace(`${traceLine(event)}${line}\n${traceLine(event)}`);
    expect(read).toMatchObject({ ok: false, error: { line: 2, reason: expect.stringContaining(reason) as string } });
  });

  it('goes to others without octets and secrets that were captured', () => {
    const captured = [event, { ...event, kind: 'wire.octets' }, { ...event, kind: 'tls.secret' }];
    expect(withoutCapture(captured)).toEqual([event]);
  });

  it('is a line for people with time, level, component, kind and the rest by name', () => {
    expect(logLine({ ...event, security: { protocol: 'TLSv1.3' }, group: undefined })).toBe(
      '2026-01-01T00:00:00.000Z 5 tls tls.verified connection=phone-tls-1 security={"protocol":"TLSv1.3"}',
    );
  });
});
