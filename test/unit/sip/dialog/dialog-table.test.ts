import { describe, expect, it } from 'vitest';
import { DialogTable } from '../../../../core/sip/dialog/dialog-table.ts';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest } from '../../../../core/sip/message/message.ts';

const request = (to: string, from = '<sip:b@example.net>;tag=theirs', callId = 'c'): SipRequest =>
  createRequest({
    method: 'BYE',
    uri: { scheme: 'other', text: 'x:y' },
    headers: [
      ['From', from],
      ['To', to],
      ['Call-ID', callId],
      ['CSeq', '2 BYE'],
    ],
  });

const ID = { callId: 'c', localTag: 'ours', remoteTag: 'theirs' };

describe('DialogTable', () => {
  it('§12.2.2 a request MUST be matched by Call-ID, its To tag as ours and its From tag as theirs', () => {
    const table = new DialogTable<string>();
    table.add(ID, 'session');
    expect(table.find(request('<sip:a@example.org>;tag=ours'))).toBe('session');
    expect(table.find(request('<sip:a@example.org>'))).toBeUndefined();
    expect(table.find(request('<sip:a@example.org>;tag=other'))).toBeUndefined();
    expect(table.find(request('<sip:a@example.org>;tag=ours', '<sip:b@example.net>;tag=x'))).toBeUndefined();
    expect(table.find(request('<sip:a@example.org>;tag=ours', '<sip:b@example.net>;tag=theirs', 'd'))).toBeUndefined();
    expect(table.find(request('<sip:a@example.org>;tag=theirs', '<sip:b@example.net>;tag=ours'))).toBeUndefined();
  });

  it('§12.1.2 a response MUST be matched the other way round', () => {
    const table = new DialogTable<string>();
    table.add(ID, 'session');
    const sent = request('<sip:b@example.net>;tag=theirs', '<sip:a@example.org>;tag=ours');
    expect(table.find(createResponse(sent, 200))).toBe('session');
  });

  it('a peer without tag is one of its own', () => {
    const table = new DialogTable<string>();
    table.add({ ...ID, remoteTag: undefined }, 'old');
    expect(table.find(request('<sip:a@example.org>;tag=ours', '<sip:b@example.net>'))).toBe('old');
    expect(table.get(ID)).toBeUndefined();
  });

  it('what was replaced does not take its successor out', () => {
    const table = new DialogTable<string>();
    const releaseFirst = table.add(ID, 'first');
    const releaseSecond = table.add(ID, 'second');
    releaseFirst();
    expect([...table]).toEqual(['second']);
    releaseSecond();
    releaseSecond();
    expect(table.size).toBe(0);
  });
});
