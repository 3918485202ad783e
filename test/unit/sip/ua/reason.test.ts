import { describe, expect, it } from 'vitest';
import { createRequest } from '../../../../core/sip/message/factory.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import { readReasons, reasonHeaders, type Reason } from '../../../../core/sip/ua/reason.ts';

const read = (...values: string[]): readonly Reason[] =>
  readReasons(
    createRequest({ method: 'BYE', uri: sipUri({ host: 'a' }), headers: values.map((value) => ['Reason', value]) }),
  );

describe('RFC 3326 the Reason header', () => {
  it('§2 reads protocol, cause and text', () => {
    expect(read('SIP ;cause=200 ;text="Call completed elsewhere"')).toEqual([
      { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
    ]);
    expect(read('Q.850;cause=16')).toEqual([{ protocol: 'Q.850', cause: 16, text: undefined }]);
    expect(read('preemption')).toEqual([{ protocol: 'preemption', cause: undefined, text: undefined }]);
  });

  it('§2 reads several, in one field or in many', () => {
    expect(read('Q.850;cause=16;text="a, b", SIP;cause=487', 'x').map(({ protocol }) => protocol)).toEqual([
      'Q.850',
      'SIP',
      'x',
    ]);
  });

  it.each(['', ';cause=16', 'SIP;cause', 'SIP;cause=abc', 'SIP;cause=1;cause=2', '"SIP"'])(
    'does not stumble over %j',
    (value) => {
      for (const reason of read(value)) expect(reason.cause).toBeUndefined();
    },
  );

  it('§2 writes what it reads', () => {
    const reason: Reason = { protocol: 'SIP', cause: 200, text: 'a "word"\r\nX: y' };
    const [[name, value] = ['', '']] = reasonHeaders(reason);
    expect(name).toBe('Reason');
    expect(value).not.toMatch(/[\r\n]/);
    expect(read(value)).toEqual([{ ...reason, text: 'a "word"  X: y' }]);
    expect(reasonHeaders({ protocol: 'Q.850', cause: 16 })).toEqual([['Reason', 'Q.850;cause=16']]);
  });

  it('writes none where there is none, or its protocol is no token', () => {
    expect(reasonHeaders(undefined)).toEqual([]);
    expect(reasonHeaders({ protocol: 'a b' })).toEqual([]);
  });
});
