import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../core/base/secret.ts';
import { ClientDigest, type CredentialsField } from '../../../../core/sip/auth/client-digest.ts';
import { DigestAuthenticator, type AuthenticationKind } from '../../../../core/sip/auth/digest-authenticator.ts';
import type { DigestHashName, DigestQop } from '../../../../core/sip/auth/digest.ts';
import { parseAuthentication } from '../../../../core/sip/message/authentication.ts';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest, SipResponse } from '../../../../core/sip/message/message.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { hash } from './node-hash.ts';

const request = (fields: readonly (readonly [string, string])[] = [], method = 'REGISTER'): SipRequest =>
  createRequest({
    method,
    uri: sipUri({ host: 'example.org' }),
    headers: [
      ['From', '<sip:alice@example.org>;tag=1'],
      ['To', '<sip:alice@example.org>'],
      ['Call-ID', 'c'],
      ['CSeq', `1 ${method}`],
      ...fields,
    ],
    body: new Uint8Array([1, 2, 3]),
  });

const challenge = (status: 401 | 407, ...values: readonly string[]): SipResponse =>
  createResponse(request(), status, {
    headers: values.map((value) => [status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate', value] as const),
  });

const clientOf = (password = 'secret', username = 'alice'): ClientDigest =>
  new ClientDigest({ username, password: new Secret(password), hash, random: new SeededRandom(3) });

function serverOf(options: { algorithms?: DigestHashName[]; qops?: DigestQop[]; seed?: number } = {}) {
  const clock = new VirtualClock();
  const authenticator = new DigestAuthenticator({
    realm: 'example.org',
    hash,
    random: new SeededRandom(options.seed ?? 5),
    clock,
    ...options,
  });
  const verify = (sent: SipRequest, kind: AuthenticationKind = 'www') =>
    authenticator.verify(sent, kind, (user) => (user === 'alice' ? new Secret('secret') : undefined));
  return { clock, verify };
}

/** What a server that verified `sent` answers. */
function refusal(outcome: ReturnType<ReturnType<typeof serverOf>['verify']>) {
  if (outcome.ok) throw new Error('the request was accepted');
  return outcome.error;
}

const parameters = (fields: readonly CredentialsField[] | undefined, index = 0): ReadonlyMap<string, string> => {
  const parsed = parseAuthentication(fields?.[index]?.[1] ?? '');
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.parameters;
};

describe('ClientDigest', () => {
  it('RFC 8760 §2.4 of several challenges it MUST answer the strongest it knows, whatever their order', () => {
    const offers = ['MD5', 'SHA-999', 'SHA-256', 'SHA-512-256', 'MD5-sess'].map(
      (algorithm) => `Digest realm="r", nonce="${algorithm}", algorithm=${algorithm}, qop="auth"`,
    );
    const fields = clientOf().answer(challenge(401, ...offers), request());
    expect(fields).toHaveLength(1);
    expect(parameters(fields).get('algorithm')).toBe('SHA-512-256');
    expect(parameters(fields).get('nonce')).toBe('SHA-512-256');
  });

  it('a realm that offered a stronger hash before MUST NOT be answered with a weaker one', () => {
    const client = clientOf();
    expect(
      client.answer(challenge(401, 'Digest realm="r", nonce="1", algorithm=SHA-256, qop="auth"'), request()),
    ).toBeDefined();
    expect(
      client.answer(challenge(401, 'Digest realm="r", nonce="2", algorithm=MD5, qop="auth"'), request()),
    ).toBeUndefined();
    expect(
      client.answer(challenge(401, 'Digest realm="other", nonce="3", algorithm=MD5, qop="auth"'), request()),
    ).toBeDefined();
  });

  it('RFC 3261 §22.2 401 is answered by Authorization, §22.3 407 by Proxy-Authorization', () => {
    const value = 'Digest realm="r", nonce="1", qop="auth"';
    expect(clientOf().answer(challenge(401, value), request())?.[0]?.[0]).toBe('Authorization');
    expect(clientOf().answer(challenge(407, value), request())?.[0]?.[0]).toBe('Proxy-Authorization');
  });

  it('RFC 3261 §22.4 credentials MUST have opaque, qop, nc, cnonce and the Request-URI', () => {
    const fields = clientOf().answer(
      challenge(401, 'Digest realm="r", nonce="n", opaque="o", qop="auth-int,auth"'),
      request(),
    );
    const answer = parameters(fields);
    expect(answer.get('uri')).toBe('sip:example.org');
    expect(answer.get('opaque')).toBe('o');
    expect(answer.get('qop')).toBe('auth');
    expect(answer.get('nc')).toBe('00000001');
    expect(answer.get('cnonce')).toMatch(/^.{16}$/);
    expect(answer.get('algorithm')).toBe('MD5');
    expect(fields?.[0]?.[1]).toMatch(/qop=auth,|qop=auth$/);
    expect(fields?.[0]?.[1]).toMatch(/nc=00000001/);
  });

  it('RFC 2617 §3.2.1 without qop there MUST be no qop, nc or cnonce', () => {
    const answer = parameters(clientOf().answer(challenge(401, 'Digest realm="r", nonce="n"'), request()));
    for (const name of ['qop', 'nc', 'cnonce']) expect(answer.has(name)).toBe(false);
  });

  it.each([
    'Basic realm="r"',
    'Digest realm="r", nonce="n", algorithm=SHA-1',
    'Digest realm="r", nonce="n", qop="token"',
    'Digest realm="r"',
    'Digest nonce="n"',
    'Digest realm="r',
    '',
  ])('RFC 7616 §3.3 a challenge that cannot be answered is left alone: %s', (value) => {
    expect(clientOf().answer(challenge(401, value), request())).toBeUndefined();
  });

  it('RFC 3261 §22.3 several realms MUST each get their credentials, also those answered before', () => {
    const client = clientOf();
    const first = client.answer(challenge(407, 'Digest realm="p1", nonce="1", qop="auth"'), request());
    const second = client.answer(
      challenge(407, 'Digest realm="p2", nonce="2", qop="auth"', 'Digest realm="p3", nonce="3", qop="auth"'),
      request(first),
    );
    expect(second?.map((_, index) => parameters(second, index).get('realm'))).toEqual(['p1', 'p2', 'p3']);
    expect(parameters(second).get('nc')).toBe('00000002');
  });

  it('RFC 7616 §3.3 fresh credentials refused without stale are wrong: no second try', () => {
    const client = clientOf();
    const sent = client.answer(challenge(401, 'Digest realm="r", nonce="1", qop="auth"'), request());
    expect(client.answer(challenge(401, 'Digest realm="r", nonce="2", qop="auth"'), request(sent))).toBeUndefined();
    expect(
      client.answer(challenge(401, 'Digest realm="r", nonce="2", qop="auth", stale=TRUE'), request(sent)),
    ).toBeDefined();
  });

  it('a nonce used before that is refused without stale gets one try with the new one', () => {
    const client = clientOf();
    client.answer(challenge(401, 'Digest realm="r", nonce="1", qop="auth"'), request());
    const again = client.preemptive(request());
    expect(parameters(again).get('nc')).toBe('00000002');
    const retry = client.answer(challenge(401, 'Digest realm="r", nonce="2", qop="auth"'), request(again));
    expect(parameters(retry).get('nc')).toBe('00000001');
    expect(client.answer(challenge(401, 'Digest realm="r", nonce="3", qop="auth"'), request(retry))).toBeUndefined();
  });

  it('preemptive: nothing before the first challenge, the next count behind it', () => {
    const client = clientOf();
    expect(client.preemptive(request())).toBeUndefined();
    client.answer(challenge(401, 'Digest realm="r", nonce="1", qop="auth"'), request());
    const counts = [2, 3].map(() => parameters(client.preemptive(request())).get('nc'));
    expect(counts).toEqual(['00000002', '00000003']);
  });

  it('RFC 3261 §22.2 preemptive: what the registrar asked is for the registrar, what a proxy asked is for all', () => {
    const client = clientOf();
    client.answer(challenge(401, 'Digest realm="r", nonce="1", qop="auth"'), request());
    expect(client.preemptive(request([], 'INVITE'))).toEqual([]);
    client.answer(challenge(407, 'Digest realm="r", nonce="2", qop="auth"'), request([], 'INVITE'));
    expect(client.preemptive(request([], 'INVITE'))?.map(([name]) => name)).toEqual(['Proxy-Authorization']);
    expect(client.preemptive(request())?.map(([name]) => name)).toEqual(['Authorization', 'Proxy-Authorization']);
  });

  it('remembers a bounded number of realms', () => {
    const client = clientOf();
    for (let index = 0; index < 100; index++) {
      client.answer(challenge(401, `Digest realm="r${index}", nonce="1", qop="auth"`), request());
    }
    expect(client.preemptive(request())).toHaveLength(8);
  });

  it('does not print its password', () => {
    expect(inspect(clientOf('planted-password'), { depth: 9, showHidden: true })).not.toContain('planted-password');
  });
});

describe('DigestAuthenticator with ClientDigest', () => {
  const exchange = (
    server: ReturnType<typeof serverOf>,
    client: ClientDigest,
    kind: AuthenticationKind = 'www',
  ): { sent: SipRequest; outcome: ReturnType<typeof server.verify> } => {
    const { challenges } = refusal(server.verify(request(), kind));
    const sent = request(client.answer(challenge(kind === 'www' ? 401 : 407, ...challenges), request()));
    return { sent, outcome: server.verify(sent, kind) };
  };

  it('RFC 8760 §2.3 MUST send one challenge for each algorithm, the most preferred first', () => {
    const { challenges, stale, wrongPassword } = refusal(serverOf().verify(request()));
    expect(challenges.map((value) => /algorithm=([^,]+)/.exec(value)?.[1])).toEqual(['SHA-512-256', 'SHA-256', 'MD5']);
    for (const value of challenges) expect(value).toMatch(/^Digest realm="example.org", nonce="[^"]+", .*qop="auth"$/);
    expect([stale, wrongPassword]).toEqual([false, false]);
  });

  it.each(['www', 'proxy'] as const)('accepts the right password (%s)', (kind) => {
    expect(exchange(serverOf(), clientOf(), kind).outcome).toEqual({ ok: true, value: 'alice' });
  });

  it.each(['SHA-512-256', 'SHA-256', 'MD5'] as const)('works with %s alone', (algorithm) => {
    const { sent, outcome } = exchange(serverOf({ algorithms: [algorithm] }), clientOf());
    expect(outcome.ok).toBe(true);
    expect(sent.headers.get('Authorization')).toContain(`algorithm=${algorithm}`);
  });

  it('RFC 7616 §3.4.3 auth-int: a changed body MUST be refused', () => {
    const server = serverOf({ qops: ['auth-int'] });
    const { sent, outcome } = exchange(server, clientOf());
    expect(outcome.ok).toBe(true);
    const { challenges } = refusal(server.verify(request()));
    const next = request(clientOf().answer(challenge(401, ...challenges), request()));
    next.body = new Uint8Array([9]);
    expect(refusal(server.verify(next)).wrongPassword).toBe(true);
    expect(sent.body).toHaveLength(3);
  });

  it.each([
    ['secret2', 'alice'],
    ['secret', 'bob'],
  ])('refuses password %s of %s', (password, username) => {
    const outcome = refusal(exchange(serverOf(), clientOf(password, username)).outcome);
    expect([outcome.wrongPassword, outcome.stale]).toEqual([true, false]);
    expect(outcome.challenges).toHaveLength(3);
  });

  it('RFC 7616 §5.4 the same credentials MUST NOT be accepted twice; stale=true, and the next count is', () => {
    const server = serverOf();
    const client = clientOf();
    const { sent } = exchange(server, client);
    const replay = refusal(server.verify(sent));
    expect([replay.stale, replay.wrongPassword]).toEqual([true, false]);
    for (const value of replay.challenges) expect(value).toContain('stale=true');
    expect(server.verify(request(client.preemptive(request()))).ok).toBe(true);
  });

  it('RFC 7616 §3.3 a nonce that ran out MUST get stale=true, and the client goes on without asking', () => {
    const server = serverOf();
    const client = clientOf();
    exchange(server, client);
    server.clock.advance(300_001);
    const late = request(client.preemptive(request()));
    const outcome = refusal(server.verify(late));
    expect(outcome.stale).toBe(true);
    const retry = request(client.answer(challenge(401, ...outcome.challenges), late));
    expect(server.verify(retry).ok).toBe(true);
  });

  it('RFC 7616 §3.3 a right answer to a nonce from before a restart is stale, not wrong', () => {
    const client = clientOf();
    exchange(serverOf(), client);
    const outcome = refusal(serverOf({ seed: 77 }).verify(request(client.preemptive(request()))));
    expect([outcome.stale, outcome.wrongPassword]).toEqual([true, false]);
  });

  it('RFC 8760 §2.4 an algorithm that was not offered MUST NOT be accepted', () => {
    const server = serverOf({ algorithms: ['SHA-256'] });
    const [offered = ''] = refusal(server.verify(request())).challenges;
    const weaker = clientOf().answer(challenge(401, offered.replace('SHA-256', 'MD5')), request());
    expect(server.verify(request(weaker)).ok).toBe(false);
  });

  it('credentials for the other kind or another realm prove nothing', () => {
    const server = serverOf();
    const { sent } = exchange(server, clientOf());
    expect(refusal(server.verify(sent, 'proxy')).wrongPassword).toBe(false);
    const other = clientOf().answer(challenge(401, 'Digest realm="else", nonce="1", qop="auth"'), request());
    expect(refusal(server.verify(request(other))).wrongPassword).toBe(false);
  });

  it('finds its own among credentials of several realms', () => {
    const server = serverOf();
    const { challenges } = refusal(server.verify(request()));
    const client = clientOf();
    const both = client.answer(challenge(401, 'Digest realm="else", nonce="1", qop="auth"', ...challenges), request());
    expect(both).toHaveLength(2);
    expect(server.verify(request(both)).ok).toBe(true);
  });

  it.each(['username', 'nonce', 'cnonce', 'nc', 'uri', 'response', 'realm', 'qop'])(
    'RFC 7616 §3.4 credentials without %s MUST be challenged, not accepted',
    (name) => {
      const server = serverOf();
      const { challenges } = refusal(server.verify(request()));
      const [field] = clientOf().answer(challenge(401, ...challenges), request()) ?? [];
      const without = field?.[1].replace(new RegExp(`([ ,])${name}=("[^"]*"|[^,]*)(, |$)`), '$1') ?? '';
      expect(without).not.toBe(field?.[1]);
      const outcome = refusal(server.verify(request([['Authorization', without]])));
      expect(outcome.wrongPassword).toBe(false);
    },
  );

  it('a method other than the one that the credentials were made for MUST be refused', () => {
    const server = serverOf();
    const { challenges } = refusal(server.verify(request()));
    const fields = clientOf().answer(challenge(401, ...challenges), request());
    expect(refusal(server.verify(request(fields, 'INVITE'))).wrongPassword).toBe(true);
  });
});
