import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import type { ProbeRequest } from '../../../core/probe/probe-ports.ts';
import { createRequest } from '../../../core/sip/message/factory.ts';
import type { SipRequest } from '../../../core/sip/message/message.ts';
import { isSipUri, sipUri, type Uri } from '../../../core/sip/message/uri.ts';
import type { Flow } from '../../../core/sip/transport/flow.ts';
import { issue, makeAuthority } from '../../support/test-authority.ts';
import { probing, type Probed } from './probing.ts';
import { rawServer, sipServer, type Server, type ServerScript } from './servers.ts';

const DAY = 86_400_000;
const closing: Server[] = [];
afterAll(async () => {
  await Promise.all(closing.map((server) => server.close()));
});

const account: ProbeRequest['account'] = {
  address: sipUri({ user: '1000', host: 'example.com' }),
  authorizationUser: '1000',
  password: new Secret('correct horse'),
};

type Answer = readonly [status: number, headers?: readonly (readonly [string, string])[]];

/** What the registrar knows when another request comes. */
interface Registered extends ServerScript {
  readonly contact: Uri | undefined;
  readonly flow: Flow;
}

/** A registrar that answers REGISTERs in turn, then with 200, and keeps what it got. */
async function registrar(
  answers: readonly Answer[],
  others: (request: SipRequest, reply: (status: number) => void, script: Registered) => boolean = () => false,
): Promise<{ readonly server: Server; readonly seen: SipRequest[] }> {
  const seen: SipRequest[] = [];
  const left = [...answers];
  let contact: Uri | undefined;
  const server = await sipServer(undefined, (transaction, script) => {
    const { request } = transaction;
    seen.push(request);
    const reply = (status: number): void => {
      script.userAgent.reply(transaction, status);
    };
    if (request.method !== 'REGISTER') return others(request, reply, { ...script, contact, flow: transaction.flow });
    contact = request.contacts === '*' ? undefined : request.contacts[0]?.uri;
    const contacts = request.headers.getAll('Contact').map((value) => ['Contact', value] as const);
    const [status, headers] = left.shift() ?? [200, contacts];
    script.userAgent.reply(transaction, status, headers);
    return true;
  });
  closing.push(server);
  return { server, seen };
}

const test = ({ port }: Server, more: Partial<ProbeRequest> = {}): Promise<Probed> =>
  probing(`sip:example.com:${port};transport=tcp`, { account, ...more, tls: { verify: false } });

/** Seconds that each REGISTER asked for. */
const asked = (seen: readonly SipRequest[]): string[] =>
  seen.filter(({ method }) => method === 'REGISTER').map(({ headers }) => headers.get('Expires') ?? '');

describe('a probe with an account', () => {
  it('registers a contact of its own and takes it away again', async () => {
    const { server, seen } = await registrar([]);
    const probed = await test(server);
    expect(probed.sip?.registration).toMatchObject({ status: 200, expires: 120, contacts: 1, removed: true });
    expect(asked(seen)).toEqual(['120', '0']);
    expect(seen.every(({ headers }) => !headers.get('Authorization')?.includes('correct'))).toBe(true);
  });

  it.each([
    [403, 'error sip.forbidden'],
    [404, 'error sip.not-found'],
    [416, 'error sip.uri-scheme'],
    [503, 'error sip.status.503'],
  ])('a refusal with %d is the finding %s, and nothing is left to take away', async (status, worst) => {
    const { server, seen } = await registrar([[status]]);
    expect((await test(server)).worst).toBe(worst);
    expect(asked(seen)).toEqual(['120']);
  });

  it('RFC 3261 §10.3: after 423 it asks for as long as the server wants', async () => {
    const { server, seen } = await registrar([[423, [['Min-Expires', '300']]]]);
    expect((await test(server)).sip?.registration).toMatchObject({ status: 200, expires: 300, removed: true });
    expect(asked(seen)).toEqual(['120', '300', '0']);
  });

  it('RFC 5626 §6: after 439 it registers without outbound', async () => {
    const { server, seen } = await registrar([[439]]);
    const probed = await test(server);
    expect(probed.findings).toContainEqual(
      expect.objectContaining({ code: 'sip.outbound-unsupported', severity: 'info' }),
    );
    expect(seen.filter(({ method }) => method === 'REGISTER').map(({ headers }) => headers.get('Supported'))).toEqual([
      'path, outbound',
      'path',
      'path',
    ]);
  });

  it('a wrong password is told, with the algorithms offered', async () => {
    const challenge: Answer = [
      401,
      ['SHA-256', 'MD5'].map((name) => [
        'WWW-Authenticate',
        `Digest realm="example.com", nonce="${name}", qop="auth", algorithm=${name}`,
      ]),
    ];
    const { server } = await registrar([challenge, challenge]);
    const probed = await test(server);
    expect(probed.worst).toBe('error sip.bad-credentials');
    expect(probed.sip?.registration).toMatchObject({ status: 401, algorithms: ['SHA-256', 'MD5'] });
  });

  it('a request to itself that comes back on the connection proves reuse', async () => {
    const { server } = await registrar([], (request, reply, { transactions, contact, flow }) => {
      if (!isSipUri(request.uri) || request.uri.user !== '1000' || contact === undefined) return false;
      const forwarded = createRequest({
        method: request.method,
        uri: contact,
        headers: [...request.headers].filter(([name]) => name !== 'Via'),
      });
      transactions.request(forwarded, flow, {
        onResponse: ({ status }) => {
          reply(status);
        },
        onFailure: () => {
          reply(408);
        },
      });
      return true;
    });
    expect((await test(server)).sip).toMatchObject({ reuse: true });
  });

  it('a server that cannot reach the phone is the finding conn.connect-back-failed', async () => {
    const { server, seen } = await registrar([], (request, reply) => {
      if (!isSipUri(request.uri) || request.uri.user !== '1000') return false;
      reply(480);
      return true;
    });
    const probed = await test(server);
    expect(probed.worst).toBe('warning conn.connect-back-failed');
    expect(probed.sip).toMatchObject({ reuse: false });
    expect(seen.map(({ method }) => method)).toEqual(['OPTIONS', 'REGISTER', 'OPTIONS', 'INVITE', 'REGISTER']);
  });

  it('where others are registered, too, nobody is called', async () => {
    const others: Answer = [
      200,
      [
        ['Contact', '<sip:a@192.0.2.1>;expires=60'],
        ['Contact', '<sip:b@192.0.2.2>;expires=60'],
      ],
    ];
    const { server, seen } = await registrar([others]);
    await test(server);
    const body = seen.find(({ method }) => method === 'MESSAGE')?.contentType;
    expect(body).toBe('application/im-iscomposing+xml');
    expect(seen.map(({ method }) => method)).not.toContain('INVITE');
  });

  it('given up in the middle it still takes its contact away', async () => {
    const controller = new AbortController();
    const { server, seen } = await registrar([], (request) => {
      if (!isSipUri(request.uri) || request.uri.user !== '1000') return false;
      controller.abort();
      return true;
    });
    const probed = await test(server, { signal: controller.signal });
    expect(probed.sip?.registration).toMatchObject({ removed: true });
    expect(asked(seen)).toEqual(['120', '0']);
  });
});

describe('what SIP tells beyond its status', () => {
  it('a certificate out of date by our clock and good by that of the server: our clock is wrong', async () => {
    const root = await makeAuthority({ notBefore: Date.now() - 20 * DAY });
    const { certificateChain, key } = await issue(root, {
      notBefore: Date.now() - 9 * DAY,
      notAfter: Date.now() - DAY,
    });
    const server = await sipServer(
      { identity: { certificateChain, key, passphrase: undefined } },
      (transaction, { userAgent }) => {
        userAgent.reply(transaction, 200, [['Date', new Date(Date.now() - 2 * DAY).toUTCString()]]);
        return true;
      },
    );
    closing.push(server);
    const probed = await probing(`127.0.0.1:${server.port}`, { tls: { trust: [root.certificate] } });
    expect(probed.worst).toBe('error cert.clock-wrong');
    expect(probed.findings.map(({ code }) => code)).not.toContain('cert.expired');
  });

  it('RFC 5626 §3.5.1: no answer to a keep-alive within ten seconds is a warning', { timeout: 40_000 }, async () => {
    const server = await rawServer((socket) => {
      socket.on('data', (octets: Buffer) => {
        const text = octets.toString('latin1');
        if (!text.startsWith('OPTIONS')) return;
        const echoed = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
        socket.write(['SIP/2.0 200 OK', ...echoed, 'Content-Length: 0', '', ''].join('\r\n'));
      });
    });
    closing.push(server);
    const probed = await probing(`sip:127.0.0.1:${server.port};transport=tcp`);
    expect(probed.worst).toBe('warning conn.no-pong');
    expect(probed.sip).toMatchObject({ options: 200, keepAlivePong: false });
  });
});
