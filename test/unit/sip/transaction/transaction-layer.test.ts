import { describe, expect, it } from 'vitest';
import { createResponse } from '../../../../core/sip/message/factory.ts';
import type { TlsSecurity } from '../../../../core/tls/tls-security.ts';
import { MemoryFlow } from '../../../support/memory-flow.ts';
import { Bench, answer, incoming, outgoing, RecordingUser } from './bench.ts';

const statuses = (bench: Bench): number[] => bench.flow.responses.map(({ status }) => status);

const SECURITY: TlsSecurity = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  group: 'X25519',
  peerVerified: true,
  peerName: 'example.org',
  clientCertificate: true,
  peerFingerprint: undefined,
  peerNotAfter: undefined,
};

describe('Via', () => {
  it('§8.1.1.7 the branch MUST begin with z9hG4bK and be new for each request', () => {
    const bench = new Bench();
    const branches = ['OPTIONS', 'MESSAGE', 'INVITE'].map((method) =>
      bench.layer.request(outgoing(method), bench.flow, new RecordingUser()).request.via?.parameters.get('branch'),
    );
    expect(new Set(branches).size).toBe(3);
    for (const branch of branches) expect(branch).toMatch(/^z9hG4bK[A-Za-z0-9.-]{16}$/);
  });

  it('§18.1.1 MUST be on top, with transport and sent-by of the flow; RFC 3581 §3 rport over UDP', () => {
    const bench = new Bench('udp');
    const request = outgoing('OPTIONS', [['Via', 'SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKbelow']]);
    const sent = bench.layer.request(request, bench.flow, new RecordingUser()).request;
    expect(sent.vias.map(({ host }) => host)).toEqual(['192.0.2.1', '203.0.113.9']);
    expect(sent.headers.get('Via')).toMatch(/^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK[^;]+;rport$/);
    expect(request.headers.getAll('Via')).toHaveLength(1);
  });

  it('§18.1.1 names the advertised sent-by, and never a zone', () => {
    const bench = new Bench('tls', { sentBy: () => ({ host: 'fe80::1%eth0', port: 5061 }) });
    const sent = bench.layer.request(outgoing('OPTIONS'), bench.flow, new RecordingUser()).request;
    expect(sent.headers.get('Via')).toMatch(/^SIP\/2\.0\/TLS \[fe80::1\]:5061;branch=z9hG4bK[^;]+$/);
  });

  it.each([
    { protocol: 'tls', opened: 'here', clientCertificate: true, alias: true },
    { protocol: 'tls', opened: 'here', clientCertificate: false, alias: false },
    { protocol: 'tls', opened: 'there', clientCertificate: true, alias: false },
    { protocol: 'wss', opened: 'here', clientCertificate: true, alias: false },
    { protocol: 'tcp', opened: 'here', clientCertificate: undefined, alias: false },
  ] as const)(
    'RFC 5923 §8.1, §9 asks for reuse by alias only over TLS with a certificate of ours: $protocol $opened $clientCertificate',
    ({ protocol, opened, clientCertificate, alias }) => {
      const bench = new Bench();
      const security = clientCertificate === undefined ? undefined : { ...SECURITY, clientCertificate };
      const flow = new MemoryFlow({ protocol, opened, security });
      const sent = bench.layer.request(outgoing('OPTIONS'), flow, new RecordingUser()).request;
      expect(sent.via?.parameters.has('alias')).toBe(alias);
    },
  );

  it('§13.2.2.4 an ACK for a 2xx has a Via of its own and no transaction', () => {
    const bench = new Bench();
    const sent = bench.layer.acknowledge(outgoing('ACK'), bench.flow);
    expect(bench.flow.last).toBe(sent);
    expect(sent.via?.parameters.get('branch')).toMatch(/^z9hG4bK/);
    expect(bench.layer.size).toEqual({ client: 0, server: 0 });
    expect(bench.clock.pending).toBe(0);
  });
});

describe('matching responses', () => {
  it('§17.1.3 branch and CSeq method MUST both match', () => {
    const bench = new Bench();
    const users = [new RecordingUser(), new RecordingUser()];
    const [one, two] = users.map((user) => bench.layer.request(outgoing('OPTIONS'), bench.flow, user).request);
    bench.receive(answer(two!, 200));
    const wrongMethod = answer(one!, 200);
    wrongMethod.headers.set('CSeq', '1 MESSAGE');
    bench.receive(wrongMethod);
    expect(users.map((user) => user.statuses)).toEqual([[], [200]]);
  });

  it('§8.1.3.3 a response with more than one Via SHOULD be discarded', () => {
    const bench = new Bench();
    const user = new RecordingUser();
    const sent = bench.layer.request(outgoing('OPTIONS'), bench.flow, user).request;
    const response = answer(sent, 200);
    response.headers.append('Via', 'SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKbelow');
    bench.receive(response);
    expect(user.statuses).toEqual([]);
  });

  it.each(['192.0.2.77:5060', '192.0.2.1:5061', '192.0.2.1'])(
    '§18.1.2 a response whose sent-by is not what we put into Via MUST be discarded: %s',
    (sentBy) => {
      const bench = new Bench();
      const user = new RecordingUser();
      const sent = bench.layer.request(outgoing('INVITE'), bench.flow, user).request;
      const branch = sent.via?.parameters.get('branch') ?? '';
      for (const status of [180, 200]) {
        const response = answer(sent, status);
        response.headers.set('Via', `SIP/2.0/UDP ${sentBy};branch=${branch}`);
        bench.receive(response);
      }
      bench.receive(answer(incoming('INVITE', { via: `SIP/2.0/UDP ${sentBy};branch=z9hG4bKstray` }), 200));
      expect([...user.statuses, ...bench.stray]).toEqual([]);
    },
  );

  it('a stray response other than a 2xx to an INVITE is dropped and traced', () => {
    const bench = new Bench();
    const via = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKstray';
    bench.receive(answer(incoming('OPTIONS', { via }), 200));
    bench.receive(answer(incoming('INVITE', { via }), 486));
    bench.receive(answer(incoming('INVITE', { via }), 200));
    expect(bench.stray).toHaveLength(1);
    expect(bench.events.filter(({ kind }) => kind === 'transaction.dropped')).toHaveLength(2);
  });
});

describe('matching requests', () => {
  it('§17.2.3 branch, sent-by and method MUST match', () => {
    const bench = new Bench();
    bench.receive(incoming('OPTIONS', { callId: '1' }));
    bench.receive(incoming('OPTIONS', { callId: '1' }));
    bench.receive(incoming('OPTIONS', { callId: '2', branch: 'z9hG4bKother' }));
    bench.receive(incoming('OPTIONS', { callId: '3', via: 'SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKabc' }));
    bench.receive(incoming('OPTIONS', { callId: '4', via: 'SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKabc' }));
    bench.receive(incoming('MESSAGE', { callId: '5' }));
    expect(bench.served.map(({ request }) => request.callId)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('§17.2.3 received and rport, which our side added, MUST NOT count', () => {
    const bench = new Bench();
    bench.receive(incoming('OPTIONS', { via: 'SIP/2.0/UDP h:5060;branch=1;received=192.0.2.2;rport=1024' }));
    bench.receive(incoming('OPTIONS', { via: 'SIP/2.0/UDP h:5060;branch=1;received=192.0.2.2;rport=1025' }));
    expect(bench.served).toHaveLength(1);
  });

  describe('without the magic cookie (RFC 2543)', () => {
    const via = 'SIP/2.0/UDP 192.0.2.2:5060';

    it('§17.2.3 an INVITE matches by Request-URI, tags, Call-ID, CSeq and topmost Via', () => {
      const bench = new Bench();
      bench.receive(incoming('INVITE', { via }));
      bench.receive(incoming('INVITE', { via }));
      expect(bench.served).toHaveLength(1);
      bench.receive(incoming('INVITE', { via, sequence: 2 }));
      bench.receive(incoming('INVITE', { via, callId: 'other' }));
      bench.receive(incoming('INVITE', { via, from: '<sip:bob@example.net>;tag=other' }));
      bench.receive(incoming('INVITE', { via: 'SIP/2.0/UDP 192.0.2.2:5062', callId: 'third' }));
      expect(bench.served).toHaveLength(5);
    });

    it('§17.2.3 the ACK matches with the To tag of the response', () => {
      const bench = new Bench();
      const invite = incoming('INVITE', { via });
      bench.receive(invite);
      bench.served[0]?.respond(createResponse(invite, 486, { toTag: 'a2' }));
      bench.receive(incoming('ACK', { via, to: '<sip:alice@example.org>;tag=wrong' }));
      expect(bench.acks).toHaveLength(1);
      bench.receive(incoming('ACK', { via, to: '<sip:alice@example.org>;tag=a2' }));
      expect(bench.acks).toHaveLength(1);
      bench.clock.advance(500);
      expect(statuses(bench)).toEqual([486]);
    });

    it('§9.2 the CANCEL matches', () => {
      const bench = new Bench();
      bench.receive(incoming('INVITE', { via }));
      bench.receive(incoming('CANCEL', { via }));
      expect(statuses(bench)).toEqual([200]);
    });

    it('two requests that differ in To tag alone leave nothing behind', () => {
      const bench = new Bench();
      bench.receive(incoming('OPTIONS', { via, to: '<sip:alice@example.org>;tag=1' }));
      bench.receive(incoming('OPTIONS', { via, to: '<sip:alice@example.org>;tag=2' }));
      expect(bench.served).toHaveLength(2);
      expect(bench.layer.size.server).toBe(1);
      bench.clock.advance(32_000);
      expect(bench.layer.size.server).toBe(0);
      expect(bench.clock.pending).toBe(0);
    });
  });
});

describe('what never reaches the TU', () => {
  it('§8.2.2.2 a merged request MUST get 482', () => {
    const bench = new Bench();
    bench.receive(incoming('INVITE'));
    bench.receive(incoming('INVITE', { branch: 'z9hG4bKother' }));
    expect(bench.served).toHaveLength(1);
    expect(statuses(bench)).toEqual([482]);
    expect(bench.flow.responses[0]?.via?.parameters.get('branch')).toBe('z9hG4bKother');
  });

  it('§8.2.2.2 a request with To tag, and one after the other ended, is not merged', () => {
    const bench = new Bench();
    const to = '<sip:alice@example.org>;tag=a2';
    bench.receive(incoming('INFO', { to }));
    bench.receive(incoming('INFO', { to, branch: 'z9hG4bKother' }));
    bench.receive(incoming('OPTIONS'));
    bench.clock.advance(32_000);
    bench.receive(incoming('OPTIONS', { branch: 'z9hG4bKthird' }));
    expect(bench.served).toHaveLength(4);
  });

  it('§8.1.1 a request without a mandatory header MUST get 400, an ACK nothing', () => {
    for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
      const bench = new Bench();
      const request = incoming('OPTIONS');
      request.headers.delete(name);
      bench.receive(request);
      const ack = incoming('ACK');
      ack.headers.delete(name);
      bench.receive(ack);
      expect(bench.served).toEqual([]);
      expect(bench.acks).toEqual([]);
      expect(statuses(bench)).toEqual([400]);
    }
  });

  it('§8.1.1.5 a method in CSeq that is not that of the request MUST get 400', () => {
    const bench = new Bench();
    const request = incoming('OPTIONS');
    request.headers.set('CSeq', '1 INVITE');
    bench.receive(request);
    expect(statuses(bench)).toEqual([400]);
  });

  it('a request without Via is dropped', () => {
    const bench = new Bench();
    const request = incoming('OPTIONS');
    request.headers.delete('Via');
    bench.receive(request);
    expect(bench.flow.sent).toEqual([]);
    expect(bench.served).toEqual([]);
  });

  it('§21.5.4 over the limit a request gets 503 with Retry-After, without state, the same To tag each time', () => {
    const bench = new Bench('udp', { maxServerTransactions: 4 });
    for (const callId of ['1', '2', '3', '3']) {
      bench.receive(incoming('OPTIONS', { callId, branch: `z9hG4bK${callId}` }));
    }
    bench.receive(incoming('ACK', { callId: '4', branch: 'z9hG4bK4' }));
    expect(bench.layer.size.server).toBe(2);
    expect(bench.served).toHaveLength(2);
    expect(statuses(bench)).toEqual([503, 503]);
    const [one, two] = bench.flow.responses;
    expect(one?.headers.get('Retry-After')).toBe('5');
    expect(one?.toTag).toBeDefined();
    expect(one?.toTag).toBe(two?.toTag);
    bench.clock.advance(32_000);
    bench.receive(incoming('OPTIONS', { callId: '5', branch: 'z9hG4bK5' }));
    expect(bench.served).toHaveLength(3);
  });

  it('§8.2.7 who keeps no state MUST ignore ACK and CANCEL, and MUST NOT repeat a response or send a provisional one', () => {
    const bench = new Bench('udp', { maxServerTransactions: 0 });
    bench.receive(incoming('CANCEL', { callId: '1', branch: 'z9hG4bK1' }));
    bench.receive(incoming('ACK', { callId: '2', branch: 'z9hG4bK2' }));
    expect(bench.flow.responses).toEqual([]);
    bench.receive(incoming('INVITE', { callId: '3', branch: 'z9hG4bK3' }));
    bench.clock.advance(64_000);
    expect(statuses(bench)).toEqual([503]);
  });

  it('one address has half of the transactions, so that the others are served whatever it sends', () => {
    const bench = new Bench('udp', { maxServerTransactions: 10 });
    const send = (address: string, count: number): void => {
      const flow = new MemoryFlow({ remote: { address, port: 5060 } });
      for (let index = 0; index < count; index++) {
        const id = `${address}-${index}`;
        bench.layer.receive(incoming('OPTIONS', { callId: id, branch: `z9hG4bK${id}` }), flow);
      }
    };
    send('192.0.2.2', 100);
    expect(bench.served).toHaveLength(5);
    send('192.0.2.3', 3);
    expect(bench.served).toHaveLength(8);
  });

  it('at the limit what ends something still goes through: a CANCEL of what is known, a request within a dialog', () => {
    const bench = new Bench('udp', { maxServerTransactions: 2 });
    bench.receive(incoming('INVITE'));
    bench.receive(incoming('OPTIONS', { callId: 'late', branch: 'z9hG4bKlate' }));
    bench.receive(incoming('BYE', { callId: 'dialog', branch: 'z9hG4bKbye', to: '<sip:alice@example.org>;tag=x' }));
    let cancelled = 0;
    bench.served[0]?.onCancel(() => cancelled++);
    bench.receive(incoming('CANCEL'));
    expect(statuses(bench)).toEqual([503, 200]);
    expect(cancelled).toBe(1);
    expect(bench.served.map(({ request }) => request.method)).toEqual(['INVITE', 'BYE']);
  });

  it('answered transactions do not count, and the oldest of too many is forgotten early', () => {
    const bench = new Bench('udp', { maxServerTransactions: 2, maxAnsweredTransactions: 10 });
    for (let index = 0; index < 50; index++) {
      bench.receive(incoming('OPTIONS', { callId: `${index}`, branch: `z9hG4bK${index}` }));
      const served = bench.served[index]!;
      served.respond(createResponse(served.request, 200, { toTag: 't' }));
    }
    expect(statuses(bench)).toEqual(new Array(50).fill(200));
    expect(bench.layer.size.server).toBe(10);
    bench.receive(incoming('OPTIONS', { callId: '49', branch: 'z9hG4bK49' }));
    expect(bench.served).toHaveLength(50);
    bench.receive(incoming('OPTIONS', { callId: '1', branch: 'z9hG4bK1' }));
    expect(bench.served).toHaveLength(51);
    bench.clock.advance(32_000);
    expect(bench.layer.size.server).toBe(0);
  });
});

describe('RFC 6223 keep', () => {
  it.each([
    { method: 'REGISTER', expires: '3600', opened: 'here', offered: true },
    { method: 'REGISTER', expires: '0', opened: 'here', offered: false },
    { method: 'REGISTER', expires: '3600', opened: 'there', offered: false },
    { method: 'OPTIONS', expires: '3600', opened: 'here', offered: false },
  ] as const)('§4.1 is offered where we register on a flow of ours: $method $expires $opened', (example) => {
    const bench = new Bench();
    const flow = new MemoryFlow({ opened: example.opened });
    const request = outgoing(example.method, [['Expires', example.expires]]);
    const sent = bench.layer.request(request, flow, new RecordingUser()).request;
    expect(sent.via?.parameters.get('keep')).toBe(example.offered ? null : undefined);
  });

  it.each([
    { via: 'keep=20', flowTimer: undefined, agreement: { intervalMs: 20_000, forMs: 600_000 } },
    { via: 'keep=0', flowTimer: undefined, agreement: { intervalMs: undefined, forMs: 600_000 } },
    { via: undefined, flowTimer: '60', agreement: { intervalMs: 60_000, forMs: 600_000 } },
    { via: 'keep=20', flowTimer: '10', agreement: { intervalMs: 10_000, forMs: 600_000 } },
    { via: 'keep', flowTimer: undefined, agreement: undefined },
    { via: 'keep=-1', flowTimer: 'soon', agreement: undefined },
  ])('§4.2, RFC 5626 §4.4 the 200 agrees for the time of the registration: $via $flowTimer', (example) => {
    const bench = new Bench();
    const sent = bench.layer.request(outgoing('REGISTER'), bench.flow, new RecordingUser()).request;
    const response = answer(sent, 200);
    response.headers.set('Expires', '600');
    const via =
      response.headers.get('Via')?.replace(/;keep$/, example.via === undefined ? '' : `;${example.via}`) ?? '';
    response.headers.set('Via', via);
    if (example.flowTimer !== undefined) response.headers.set('Flow-Timer', example.flowTimer);
    bench.receive(response);
    expect(bench.flow.agreements).toEqual([example.agreement]);
  });
});

describe('the layer as a whole', () => {
  it('close() ends every transaction without a message, a callback or a timer left', () => {
    const bench = new Bench();
    const user = new RecordingUser();
    bench.layer.request(outgoing('INVITE'), bench.flow, user);
    bench.layer.request(outgoing('OPTIONS'), bench.flow, user);
    bench.receive(incoming('INVITE'));
    bench.receive(incoming('OPTIONS', { callId: 'x', branch: 'z9hG4bKx' }));
    const sent = bench.flow.sent.length;
    bench.layer.close();
    expect(bench.layer.size).toEqual({ client: 0, server: 0 });
    expect(bench.clock.pending).toBe(0);
    expect(bench.flow.listenerCount).toBe(0);
    bench.served[0]?.respond(createResponse(bench.served[0].request, 486));
    expect(bench.flow.sent).toHaveLength(sent);
    expect(user.failures).toEqual([]);
  });

  it('every change of state and every timer is in the trace, with its rule', () => {
    const bench = new Bench();
    const sent = bench.layer.request(outgoing('INVITE'), bench.flow, new RecordingUser()).request;
    bench.clock.advance(500);
    bench.receive(answer(sent, 180));
    bench.receive(answer(sent, 486));
    const changes = bench.events.filter(({ kind }) => kind === 'transaction.state');
    expect(changes.map(({ from, to }) => [from, to])).toEqual([
      [undefined, 'Calling'],
      ['Calling', 'Proceeding'],
      ['Proceeding', 'Completed'],
    ]);
    for (const change of changes)
      expect(change).toMatchObject({ component: 'nta', call: 'call-1', connection: 'flow-1' });
    const timers = bench.events.filter(({ kind }) => kind === 'timer');
    expect(timers.map(({ timer, action, delayMs }) => [timer, action, delayMs])).toEqual([
      ['A', 'start', 500],
      ['B', 'start', 32_000],
      ['A', 'fire', undefined],
      ['A', 'start', 1000],
      ['D', 'start', 32_000],
    ]);
  });

  it('§17 other timer values move every timer', () => {
    const bench = new Bench('udp', { timerValues: { t1: 100, t2: 400, t4: 500 } });
    const user = new RecordingUser();
    bench.layer.request(outgoing('OPTIONS'), bench.flow, user);
    expect(bench.sentAt('OPTIONS', { ms: 2000, step: 100 })).toEqual([100, 300, 700, 1100, 1500, 1900]);
    bench.clock.advance(4400);
    expect(user.failures).toEqual([{ kind: 'timeout' }]);
  });

  it('two layers back to back: a lost response of any kind is made good', () => {
    for (const lost of [0, 1, 2, 3]) {
      const caller = new Bench();
      const callee = new Bench();
      let index = 0;
      const connect = (from: Bench, to: Bench): void => {
        from.flow.onSent = (message) => {
          if (index++ === lost) return;
          caller.clock.after(0, () => {
            to.layer.receive(message, to.flow);
          });
        };
      };
      connect(caller, callee);
      connect(callee, caller);
      const user = new RecordingUser();
      caller.layer.request(outgoing('INVITE'), caller.flow, user);
      for (let tick = 0; tick < 700; tick++) {
        if (tick === 30) {
          const [transaction] = callee.served;
          transaction?.respond(createResponse(transaction.request, 486, { toTag: 'z' }));
        }
        caller.clock.advance(100);
        callee.clock.advance(100);
      }
      expect(user.statuses.at(-1)).toBe(486);
      expect(user.statuses.filter((status) => status === 486)).toHaveLength(1);
      expect([caller.layer.size.client, callee.layer.size.server]).toEqual([0, 0]);
      expect(callee.served).toHaveLength(1);
      expect(caller.flow.requests('ACK').length).toBeGreaterThanOrEqual(1);
    }
  });
});
