import { describe, expect, it } from 'vitest';
import { Dialog } from '../../../../core/sip/dialog/dialog.ts';
import { DIALOG_TABLE, type DialogInput, type DialogState } from '../../../../core/sip/dialog/dialog-states.ts';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest, SipResponse } from '../../../../core/sip/message/message.ts';
import { formatUri, parseUri, type Uri } from '../../../../core/sip/message/uri.ts';

type Fields = readonly (readonly [string, string])[];

function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const invite = (headers: Fields = [], target = 'sip:bob@example.net'): SipRequest =>
  createRequest({
    method: 'INVITE',
    uri: uri(target),
    headers: [
      ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1'],
      ['From', '"Alice" <sip:alice@example.org>;tag=a1'],
      ['To', 'Bob <sip:bob@example.net>'],
      ['Call-ID', 'call-1'],
      ['CSeq', '7 INVITE'],
      ['Contact', '<sip:alice@192.0.2.1:5062>'],
      ...headers,
    ],
  });

/** The request as it reached the peer, whose proxies added Record-Route. */
const RECORD_ROUTES: Fields = [
  ['Record-Route', '<sip:p2.example.net;lr>, <sip:p1.example.org;lr>'],
  ['Record-Route', '<sip:p0.example.org;lr>'],
];

const respond = (request: SipRequest, status: number, contact = '<sip:bob@192.0.2.9>', toTag = 'b1'): SipResponse =>
  createResponse(request, status, { toTag, headers: contact === '' ? [] : [['Contact', contact]] });

function dialogOf(result: ReturnType<typeof Dialog.fromResponse>): Dialog {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

const client = (status = 200, headers: Fields = []): Dialog =>
  dialogOf(Dialog.fromResponse(invite(headers), respond(invite(headers), status)));
const server = (status = 200, headers: Fields = []): Dialog =>
  dialogOf(Dialog.fromRequest(invite(headers), respond(invite(headers), status)));

const inDialog = (method: string, sequence: number, headers: Fields = []): SipRequest =>
  createRequest({
    method,
    uri: uri('sip:alice@192.0.2.1:5062'),
    headers: [
      ['From', '<sip:bob@example.net>;tag=b1'],
      ['To', '<sip:alice@example.org>;tag=a1'],
      ['Call-ID', 'call-1'],
      ['CSeq', `${sequence} ${method}`],
      ...headers,
    ],
  });

const routes = (request: SipRequest): readonly string[] => request.headers.getAll('Route');

describe('RFC 3261 dialogs: creation', () => {
  it('§12.1.2 the UAC MUST take tags, URIs, remote target, CSeq, and Record-Route of the response in reverse', () => {
    const dialog = client(200, RECORD_ROUTES);
    expect(dialog.id).toEqual({ callId: 'call-1', localTag: 'a1', remoteTag: 'b1' });
    expect(formatUri(dialog.local.uri)).toBe('sip:alice@example.org');
    expect(formatUri(dialog.remote.uri)).toBe('sip:bob@example.net');
    expect(formatUri(dialog.remoteTarget)).toBe('sip:bob@192.0.2.9');
    expect(dialog.localSequence).toBe(7);
    expect(dialog.remoteSequence).toBeUndefined();
    expect(dialog.routeSet.map(({ uri: hop }) => formatUri(hop))).toEqual([
      'sip:p0.example.org;lr',
      'sip:p1.example.org;lr',
      'sip:p2.example.net;lr',
    ]);
    expect(dialog.secure).toBe(false);
  });

  it('§12.1.1 the UAS MUST take them from the request, Record-Route in its order', () => {
    const dialog = server(200, RECORD_ROUTES);
    expect(dialog.id).toEqual({ callId: 'call-1', localTag: 'b1', remoteTag: 'a1' });
    expect(formatUri(dialog.local.uri)).toBe('sip:bob@example.net');
    expect(formatUri(dialog.remote.uri)).toBe('sip:alice@example.org');
    expect(formatUri(dialog.remoteTarget)).toBe('sip:alice@192.0.2.1:5062');
    expect(dialog.localSequence).toBe(0);
    expect(dialog.remoteSequence).toBe(7);
    expect(dialog.routeSet.map(({ uri: hop }) => formatUri(hop))).toEqual([
      'sip:p2.example.net;lr',
      'sip:p1.example.org;lr',
      'sip:p0.example.org;lr',
    ]);
  });

  it('§12.1.2 a peer of RFC 2543 without tag MUST be coped with', () => {
    const response = createResponse(invite(), 200, { headers: [['Contact', '<sip:bob@192.0.2.9>']] });
    const dialog = dialogOf(Dialog.fromResponse(invite(), response));
    expect(dialog.id.remoteTag).toBeUndefined();
    expect(dialog.createRequest('BYE').headers.get('To')).toBe('"Bob" <sip:bob@example.net>');
  });

  it('§12.1.1 an INVITE without Contact makes no dialog; a response without one falls back to the Request-URI', () => {
    const bare = invite();
    bare.headers.delete('Contact');
    expect(Dialog.fromRequest(bare, respond(bare, 200))).toEqual({
      ok: false,
      error: 'the request has no usable Contact',
    });
    const dialog = dialogOf(Dialog.fromResponse(invite(), respond(invite(), 183, '')));
    expect(formatUri(dialog.remoteTarget)).toBe('sip:bob@example.net');
  });

  it.each(['From', 'To', 'CSeq'])('a message without %s makes no dialog', (name) => {
    const response = respond(invite(), 200);
    response.headers.delete(name);
    expect(Dialog.fromResponse(invite(), response).ok).toBe(false);
    const request = invite();
    request.headers.delete(name);
    expect(Dialog.fromRequest(request, respond(request, 200)).ok).toBe(false);
  });

  it('§12.1 a dialog made over a SIPS URI is secure', () => {
    const request = invite([], 'sips:bob@example.net');
    expect(dialogOf(Dialog.fromResponse(request, respond(request, 200))).secure).toBe(true);
    expect(dialogOf(Dialog.fromRequest(request, respond(request, 200))).secure).toBe(true);
  });
});

describe('RFC 3261 dialogs: requests of ours', () => {
  it('§12.2.1.1 MUST have To, From with tags, Call-ID of the dialog, and CSeq one higher each time', () => {
    const dialog = client();
    const info = dialog.createRequest('INFO', {
      body: new Uint8Array([1]),
      contentType: 'application/x',
      headers: [['X-Any', 'y']],
    });
    expect([...info.headers]).toEqual([
      ['Max-Forwards', '70'],
      ['From', '"Alice" <sip:alice@example.org>;tag=a1'],
      ['To', '"Bob" <sip:bob@example.net>;tag=b1'],
      ['Call-ID', 'call-1'],
      ['CSeq', '8 INFO'],
      ['X-Any', 'y'],
      ['Content-Type', 'application/x'],
    ]);
    expect(info.body).toEqual(new Uint8Array([1]));
    expect(formatUri(info.uri)).toBe('sip:bob@192.0.2.9');
    expect(dialog.createRequest('BYE').cseq).toEqual({ sequence: 9, method: 'BYE' });
  });

  it('§12.2.1.1 the UAS begins with a sequence number of its own', () => {
    expect(server().createRequest('BYE').cseq?.sequence).toBe(1);
  });

  it('a request sent again with credentials moves the sequence on, never back', () => {
    const dialog = client();
    dialog.localSequence = 9;
    dialog.localSequence = 3;
    expect(dialog.createRequest('BYE').cseq?.sequence).toBe(10);
  });

  it('§12.2.1.1 with a loose router first, the target MUST be in the Request-URI and the whole set in Route', () => {
    const dialog = client(200, [['Record-Route', '<sip:p1.example.org;lr>, <sip:p0.example.org;lr;x=1>']]);
    const bye = dialog.createRequest('BYE');
    expect(formatUri(bye.uri)).toBe('sip:bob@192.0.2.9');
    expect(routes(bye)).toEqual(['<sip:p0.example.org;lr;x=1>', '<sip:p1.example.org;lr>']);
    expect(formatUri(dialog.nextHop)).toBe('sip:p0.example.org;lr;x=1');
  });

  it('§12.2.1.1 with a strict router first, it MUST be in the Request-URI and the target last in Route', () => {
    const dialog = client(200, [
      ['Record-Route', '<sip:p1.example.org;lr>, <sip:p0.example.org;method=INVITE?Subject=x>'],
    ]);
    const bye = dialog.createRequest('BYE');
    expect(formatUri(bye.uri)).toBe('sip:p0.example.org');
    expect(routes(bye)).toEqual(['<sip:p1.example.org;lr>', '<sip:bob@192.0.2.9>']);
    expect(formatUri(dialog.nextHop)).toBe('sip:p0.example.org');
  });

  it('§12.2.1.1 the parameters of the routers MUST be kept, and only the first one decides who is strict', () => {
    const dialog = server(200, [['Record-Route', '<sip:p1.example.org;lr;transport=tcp;x=1>, <sip:p2.example.net>']]);
    const info = dialog.createRequest('INFO');
    expect(formatUri(info.uri)).toBe('sip:alice@192.0.2.1:5062');
    expect(routes(info)).toEqual(['<sip:p1.example.org;lr;transport=tcp;x=1>', '<sip:p2.example.net>']);
    expect(formatUri(dialog.nextHop)).toBe('sip:p1.example.org;lr;transport=tcp;x=1');
  });

  it('§19.1.1 a strict router as Request-URI MUST NOT have method or headers', () => {
    const dialog = server(200, [['Record-Route', '<sip:p1.example.org;method=BYE;maddr=192.0.2.7?Subject=x>']]);
    const info = dialog.createRequest('INFO');
    expect(formatUri(info.uri)).toBe('sip:p1.example.org;maddr=192.0.2.7');
    expect(routes(info)).toEqual(['<sip:alice@192.0.2.1:5062>']);
    expect(formatUri(dialog.nextHop)).toBe('sip:p1.example.org;maddr=192.0.2.7');
  });

  it('§12.2.1.1 after a target refresh the new Contact is the target, by the same routers', () => {
    const dialog = server(200, RECORD_ROUTES);
    dialog.receiveRequest(inDialog('UPDATE', 8, [['Contact', '<sip:alice@198.51.100.4>']]));
    const bye = dialog.createRequest('BYE');
    expect(formatUri(bye.uri)).toBe('sip:alice@198.51.100.4');
    expect(routes(bye)).toHaveLength(3);
  });

  it('§12.2.1.1 without route set there MUST be no Route', () => {
    const dialog = client();
    expect(routes(dialog.createRequest('BYE'))).toEqual([]);
    expect(formatUri(dialog.nextHop)).toBe('sip:bob@192.0.2.9');
  });

  it('§13.2.2.4 the ACK MUST have the CSeq number and credentials of the INVITE, and count no further', () => {
    const dialog = client(200, [
      ['Record-Route', '<sip:p0.example.org;lr>'],
      ['Proxy-Authorization', 'Digest a=1'],
      ['Authorization', 'Digest b=2'],
    ]);
    const sent = invite([
      ['Proxy-Authorization', 'Digest a=1'],
      ['Authorization', 'Digest b=2'],
    ]);
    const ack = dialog.createAck(sent, { body: new Uint8Array([1]), contentType: 'application/sdp' });
    expect(ack.method).toBe('ACK');
    expect(ack.cseq).toEqual({ sequence: 7, method: 'ACK' });
    expect(ack.headers.get('Authorization')).toBe('Digest b=2');
    expect(ack.headers.get('Proxy-Authorization')).toBe('Digest a=1');
    expect(routes(ack)).toEqual(['<sip:p0.example.org;lr>']);
    expect(ack.toTag).toBe('b1');
    expect(ack.contentType).toBe('application/sdp');
    expect(dialog.localSequence).toBe(7);
  });
});

describe('RFC 3261 dialogs: requests of the other side', () => {
  it('§12.2.2 the first sets the remote sequence number; one that is not higher MUST get 500', () => {
    const dialog = client();
    expect(dialog.receiveRequest(inDialog('INFO', 100))).toBeUndefined();
    expect(dialog.receiveRequest(inDialog('INFO', 99))).toBe(500);
    expect(dialog.receiveRequest(inDialog('INFO', 100))).toBe(500);
    expect(dialog.receiveRequest(inDialog('INFO', 500))).toBeUndefined();
    expect(dialog.remoteSequence).toBe(500);
  });

  it('§12.2.2 ACK and CANCEL have the number of their INVITE and MUST pass', () => {
    const dialog = server();
    expect(dialog.receiveRequest(inDialog('ACK', 7))).toBeUndefined();
    expect(dialog.receiveRequest(inDialog('CANCEL', 7))).toBeUndefined();
    expect(dialog.remoteSequence).toBe(7);
  });

  it.each([
    ['INVITE', true],
    ['UPDATE', true],
    ['INFO', false],
    ['BYE', false],
  ] as const)('§12.2.2 the Contact of %s replaces the remote target: %s', (method, replaces) => {
    const dialog = client();
    dialog.receiveRequest(inDialog(method, 1, [['Contact', '<sip:bob@198.51.100.7>']]));
    expect(formatUri(dialog.remoteTarget)).toBe(replaces ? 'sip:bob@198.51.100.7' : 'sip:bob@192.0.2.9');
  });

  it('§12.2.2 a request out of order MUST NOT replace the remote target', () => {
    const dialog = client();
    dialog.receiveRequest(inDialog('INVITE', 5));
    dialog.receiveRequest(inDialog('INVITE', 4, [['Contact', '<sip:mallory@198.51.100.7>']]));
    expect(formatUri(dialog.remoteTarget)).toBe('sip:bob@192.0.2.9');
  });

  it('§12.2 the route set MUST NOT change with a target refresh', () => {
    const dialog = client(200, [['Record-Route', '<sip:p0.example.org;lr>']]);
    dialog.receiveRequest(inDialog('INVITE', 1, [['Record-Route', '<sip:evil.example.com;lr>']]));
    expect(dialog.routeSet).toHaveLength(1);
    expect(formatUri(dialog.nextHop)).toBe('sip:p0.example.org;lr');
  });

  it('§15.1.2 BYE ends the dialog, and what comes behind it gets 481', () => {
    const dialog = client();
    expect(dialog.receiveRequest(inDialog('BYE', 1))).toBeUndefined();
    expect(dialog.state).toBe('terminated');
    expect(dialog.receiveRequest(inDialog('INFO', 2))).toBe(481);
  });
});

describe('RFC 3261 dialogs: responses', () => {
  it('§13.2.2.4 the 2xx MUST confirm an early dialog, set its route set anew and bring its Contact', () => {
    const dialog = client(180, [['Record-Route', '<sip:early.example.org;lr>']]);
    expect(dialog.state).toBe('early');
    const sent = invite([['Record-Route', '<sip:p1.example.org;lr>, <sip:p0.example.org;lr>']]);
    dialog.receiveResponse(respond(sent, 200, '<sip:bob@198.51.100.7>'));
    expect(dialog.state).toBe('confirmed');
    expect(formatUri(dialog.remoteTarget)).toBe('sip:bob@198.51.100.7');
    expect(dialog.routeSet.map(({ uri: hop }) => formatUri(hop))).toEqual([
      'sip:p0.example.org;lr',
      'sip:p1.example.org;lr',
    ]);
  });

  it('§12.2.1.2 the 2xx to a re-INVITE brings a new Contact but MUST NOT change the route set', () => {
    const dialog = client();
    const again = dialog.createRequest('INVITE', { headers: [['Record-Route', '<sip:evil.example.com;lr>']] });
    dialog.receiveResponse(respond(again, 200, '<sip:bob@198.51.100.7>'));
    expect(formatUri(dialog.remoteTarget)).toBe('sip:bob@198.51.100.7');
    expect(dialog.routeSet).toEqual([]);
  });

  it.each([408, 481])('§12.2.1.2 a %i to any request ends the dialog', (status) => {
    const dialog = client();
    dialog.receiveResponse(respond(dialog.createRequest('INFO'), status));
    expect(dialog.state).toBe('terminated');
  });

  it.each([
    ['INFO', 500, 'confirmed'],
    ['INVITE', 491, 'confirmed'],
    ['BYE', 100, 'confirmed'],
    ['BYE', 200, 'terminated'],
    ['BYE', 403, 'terminated'],
  ] as const)('§14.1, §15.1.1 %s answered %i leaves it %s', (method, status, state) => {
    const dialog = client();
    dialog.receiveResponse(respond(dialog.createRequest(method), status));
    expect(dialog.state).toBe(state);
  });

  it('§12.3 a failure ends an early dialog', () => {
    const dialog = client(180);
    dialog.receiveResponse(respond(invite(), 486));
    expect(dialog.state).toBe('terminated');
  });
});

describe('RFC 3261 dialogs: states', () => {
  const drive: Record<DialogInput, (dialog: Dialog) => void> = {
    '1xx': (dialog) => { dialog.answered(183); },
    '2xx': (dialog) => { dialog.answered(200); },
    '300-699': (dialog) => { dialog.answered(486); },
    bye: (dialog) => { dialog.receiveRequest(inDialog('BYE', 1000)); },
    gone: (dialog) => { dialog.terminate(); },
  }; // prettier-ignore
  const reach: Record<DialogState, () => Dialog> = {
    early: () => server(180),
    confirmed: () => server(200),
    terminated: () => {
      const dialog = server(180);
      dialog.terminate();
      return dialog;
    },
  };
  for (const [state, row] of Object.entries(DIALOG_TABLE)) {
    for (const [input, { next, rule }] of Object.entries(row)) {
      it(`${state} × ${input} → ${next}: ${rule}`, () => {
        expect(rule).toMatch(/^§/);
        const dialog = reach[state as DialogState]();
        expect(dialog.state).toBe(state);
        drive[input as DialogInput](dialog);
        expect(dialog.state).toBe(next);
      });
    }
  }
});
