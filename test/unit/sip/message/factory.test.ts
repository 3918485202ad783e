import { describe, expect, it } from 'vitest';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import { reasonPhrase } from '../../../../core/sip/message/reason-phrases.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';

const request = (method = 'INVITE', to = '<sip:bob@b>') =>
  createRequest({
    method,
    uri: sipUri({ user: 'bob', host: 'b' }),
    headers: [
      ['Via', 'SIP/2.0/UDP p;branch=z9hG4bK2'],
      ['Via', 'SIP/2.0/UDP a;branch=z9hG4bK1'],
      ['Record-Route', '<sip:p;lr>'],
      ['From', '<sip:alice@a>;tag=1'],
      ['To', to],
      ['Call-ID', 'x@a'],
      ['CSeq', `1 ${method}`],
      ['Timestamp', '54'],
      ['Contact', '<sip:alice@a>'],
    ],
  });

describe('createResponse', () => {
  it('§8.2.6.2 MUST copy From, Call-ID, CSeq and all Vias in order; To as well', () => {
    const response = createResponse(request('OPTIONS'), 200);
    expect([...response.headers]).toEqual([
      ['Via', 'SIP/2.0/UDP p;branch=z9hG4bK2'],
      ['Via', 'SIP/2.0/UDP a;branch=z9hG4bK1'],
      ['From', '<sip:alice@a>;tag=1'],
      ['To', '<sip:bob@b>'],
      ['Call-ID', 'x@a'],
      ['CSeq', '1 OPTIONS'],
    ]);
    expect([response.status, response.reason]).toEqual([200, 'OK']);
  });

  it('§8.2.6.2 adds a To tag where there is none, and never changes one', () => {
    expect(createResponse(request(), 180, { toTag: 'new' }).toTag).toBe('new');
    expect(createResponse(request('BYE', '<sip:bob@b>;tag=old'), 200, { toTag: 'new' }).headers.get('To')).toBe(
      '<sip:bob@b>;tag=old',
    );
  });

  it('§8.2.6.1 a 100 carries Timestamp and gets no tag', () => {
    const trying = createResponse(request(), 100, { toTag: 'new' });
    expect(trying.toTag).toBeUndefined();
    expect(trying.headers.get('Timestamp')).toBe('54');
    expect(createResponse(request(), 180).headers.has('Timestamp')).toBe(false);
  });

  it('§12.1.1 MUST copy Record-Route where the response may create a dialog, and only there', () => {
    const has = (method: string, status: number) => createResponse(request(method), status).headers.has('Record-Route');
    expect([has('INVITE', 180), has('INVITE', 200), has('SUBSCRIBE', 200)]).toEqual([true, true, true]);
    expect([has('INVITE', 100), has('INVITE', 486), has('OPTIONS', 200)]).toEqual([false, false, false]);
  });

  it('adds headers, body and media type', () => {
    const body = new Uint8Array([1, 2]);
    const response = createResponse(request(), 200, {
      reason: 'Fine',
      headers: [['Contact', '<sip:bob@b>']],
      body,
      contentType: 'application/sdp',
    });
    expect(response.reason).toBe('Fine');
    expect(response.contacts).toHaveLength(1);
    expect(response.body).toBe(body);
    expect(response.contentType).toBe('application/sdp');
  });
});

describe('typed values', () => {
  it('are read anew once the headers changed, and not before', () => {
    const message = request();
    const before = message.to;
    expect(message.to).toBe(before);
    message.headers.set('To', '<sip:carol@c>;tag=9');
    expect(message.toTag).toBe('9');
    message.headers.prepend('Via', 'SIP/2.0/TCP q;branch=z9hG4bK3');
    expect(message.via?.transport).toBe('TCP');
    expect(message.vias).toHaveLength(3);
  });

  it('are absent where the header is absent or malformed', () => {
    const message = createRequest({ method: 'X', uri: sipUri({ host: 'a' }), headers: [['To', '<sip:'], ['Contact', 'x'], ['Via', '']] }); // prettier-ignore
    expect([message.to, message.from, message.cseq, message.via, message.contentType]).toEqual(
      Array(5).fill(undefined),
    );
    expect([message.contacts, message.routes, message.recordRoutes, message.vias]).toEqual([[], [], [], []]);
    expect(message.callId).toBe('');
    expect(message.body).toHaveLength(0);
  });

  it('takes lists over several fields apart, and Contact: *', () => {
    const message = request();
    message.headers.append('Contact', '"x, y" <sip:c>;q=0.5, <sip:d>');
    expect(message.contacts).toHaveLength(3);
    message.headers.append('Route', '<sip:r1;lr>, <sip:r2;lr>');
    expect(message.routes).toHaveLength(2);
    message.headers.set('Via', 'SIP/2.0/UDP top, SIP/2.0/UDP below');
    expect(message.via?.host).toBe('top');
    message.headers.set('Contact', '*');
    expect(message.contacts).toBe('*');
  });

  it('gives the media type in lower case without parameters', () => {
    const message = request();
    message.headers.set('Content-Type', 'Application/SDP ; charset=utf-8');
    expect(message.contentType).toBe('application/sdp');
  });
});

describe('reasonPhrase', () => {
  it('knows the registered statuses and falls back to the class', () => {
    expect([reasonPhrase(404), reasonPhrase(430), reasonPhrase(499), reasonPhrase(699)]).toEqual([
      'Not Found',
      'Flow Failed',
      'Bad Request',
      'Decline',
    ]);
  });
});
