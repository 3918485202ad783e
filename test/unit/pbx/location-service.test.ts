import { beforeEach, describe, expect, it } from 'vitest';
import { LocationService, MAX_BINDINGS_PER_USER, type Binding } from '../../../core/pbx/location-service.ts';
import { RestoredFlow } from '../../../core/pbx/restored-flow.ts';
import { formatUri, sipUri, type SipUri } from '../../../core/sip/message/uri.ts';
import { MemoryFlow } from '../../support/memory-flow.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let clock: VirtualClock;
let changes: string[];
let locations: LocationService;

beforeEach(() => {
  clock = new VirtualClock();
  changes = [];
  locations = new LocationService(clock, (change, { user, contact }) => {
    changes.push(`${change} ${user} ${contact.host}`);
  });
});

const SOCKET = { address: '192.0.2.1', port: 5061 };
const contactAt = (host: string): SipUri => sipUri({ user: 'phone', host });

function bind(
  fields: Partial<Omit<Binding, 'flow'>> & { readonly host?: string; readonly flow?: MemoryFlow } = {},
): MemoryFlow {
  const { host = 'a.example', flow = new MemoryFlow({ protocol: 'tls' }), ...rest } = fields;
  locations.add({
    user: '1000',
    contact: contactAt(host),
    profile: 'internal',
    flow,
    callId: 'call-1',
    sequence: 1,
    expires: 60,
    agent: 'test',
    ...rest,
  });
  return flow;
}

const hosts = (user = '1000'): string[] => locations.lookup(user).map(({ contact }) => contact.host);

describe('LocationService', () => {
  it('keeps a binding of an earlier run for the seconds that are left, and tells nobody of it', () => {
    const flow = new RestoredFlow({ protocol: 'tls', local: SOCKET, remote: SOCKET });
    const restored = { user: '1000', profile: 'internal', contact: contactAt('old.example'), flow, callId: 'call-0', sequence: 1, expires: 60, agent: '' }; // prettier-ignore
    locations.restore(restored, 20);
    expect(changes).toEqual([]);
    expect(hosts()).toEqual(['old.example']);
    clock.advance(20_000);
    expect(changes).toEqual(['expired 1000 old.example']);
  });

  it.each([
    ['Call-ID', { callId: 'call-0' }, {}],
    ['instance', { instance: 'urn:uuid:a' }, { instance: 'urn:uuid:a' }],
  ])(
    'drops a binding of an earlier run once its phone has come back on another connection, known by its %s',
    (_by, fresh, old) => {
      const flow = new RestoredFlow({ protocol: 'tls', local: SOCKET, remote: SOCKET });
      const restored = { user: '1000', profile: 'internal', contact: contactAt('old.example'), flow, callId: 'call-0', sequence: 1, expires: 60, agent: '' }; // prettier-ignore
      locations.restore({ ...restored, ...old }, 20);
      bind({ host: 'new.example', ...fresh });
      expect(hosts()).toEqual(['new.example']);
      // Two live phones that share either stay.
      bind({ host: 'other.example', ...fresh });
      expect(hosts()).toEqual(['new.example', 'other.example']);
    },
  );

  it('keeps several contacts of a user, and each user apart', () => {
    bind();
    bind({ host: 'b.example' });
    bind({ user: '1001', host: 'c.example' });
    expect(hosts()).toEqual(['a.example', 'b.example']);
    expect(hosts('1001')).toEqual(['c.example']);
    expect(locations.all()).toHaveLength(3);
    expect(locations.lookup('nobody')).toEqual([]);
  });

  it('§10.2.1: a binding ends when its time is over, not before', () => {
    bind({ expires: 60 });
    clock.advance(59_999);
    expect(hosts()).toEqual(['a.example']);
    clock.advance(1);
    expect(hosts()).toEqual([]);
    expect(changes).toEqual(['registered 1000 a.example', 'expired 1000 a.example']);
  });

  it('a refresh replaces the binding and its end', () => {
    bind({ expires: 60 });
    clock.advance(50_000);
    bind({ expires: 60, sequence: 2 });
    clock.advance(50_000);
    expect(hosts()).toEqual(['a.example']);
    expect(changes).toEqual(['registered 1000 a.example', 'refreshed 1000 a.example']);
    clock.advance(10_000);
    expect(hosts()).toEqual([]);
  });

  it('RFC 5626 §5.3: a binding ends with the stream flow that carried it', () => {
    const flow = bind();
    bind({ host: 'b.example' });
    flow.close();
    expect(hosts()).toEqual(['b.example']);
    expect(changes.at(-1)).toBe('removed 1000 a.example');
  });

  it('a refresh over a new flow outlives the old flow', () => {
    const old = bind();
    bind({ sequence: 2 });
    old.close();
    expect(hosts()).toEqual(['a.example']);
    expect(old.listenerCount).toBe(0);
  });

  it('a datagram flow that is forgotten takes no binding with it', () => {
    const flow = bind({ flow: new MemoryFlow({ protocol: 'udp' }) });
    flow.close();
    expect(hosts()).toEqual(['a.example']);
  });

  it('§10.3 step 7: the same Call-ID with no higher CSeq is stale; another Call-ID, as after a restart, is not', () => {
    bind({ sequence: 5 });
    const contact = contactAt('a.example');
    expect(locations.isStale({ user: '1000', contact }, 'call-1', 5)).toBe(true);
    expect(locations.isStale({ user: '1000', contact }, 'call-1', 4)).toBe(true);
    expect(locations.isStale({ user: '1000', contact }, 'call-1', 6)).toBe(false);
    expect(locations.isStale({ user: '1000', contact }, 'call-2', 1)).toBe(false);
    expect(locations.isStale({ user: '1000', contact: contactAt('b.example') }, 'call-1', 1)).toBe(false);
  });

  it(`has at most ${MAX_BINDINGS_PER_USER} contacts of a user: the oldest makes room, of that user alone`, () => {
    bind({ user: '1001' });
    for (let index = 0; index <= MAX_BINDINGS_PER_USER; index++) bind({ host: `${index}.example` });
    expect(hosts()).toHaveLength(MAX_BINDINGS_PER_USER);
    expect(hosts()).not.toContain('0.example');
    expect(changes).toContain('removed 1000 0.example');
    expect(hosts('1001')).toHaveLength(1);
  });

  it('RFC 5626 §6 the same instance and reg-id replace the older flow, whatever the contact says', () => {
    const old = bind({ instance: 'urn:uuid:1', regId: 1 });
    bind({ instance: 'urn:uuid:1', regId: 1, host: 'b.example', callId: 'after-a-restart' });
    expect(hosts()).toEqual(['b.example']);
    expect(old.listenerCount).toBe(0);
    bind({ instance: 'urn:uuid:1', regId: 2, host: 'b.example' });
    bind({ instance: 'urn:uuid:2', regId: 1, host: 'b.example' });
    expect(hosts()).toHaveLength(3);
    locations.remove({ user: '1000', contact: contactAt('any.example'), instance: 'urn:uuid:1', regId: 2 });
    expect(locations.lookup('1000').map(({ instance, regId }) => [instance, regId])).toEqual([
      ['urn:uuid:1', 1],
      ['urn:uuid:2', 1],
    ]);
  });

  it('RFC 5626 §5.3 MUST NOT call one device over two of its flows: the one registered last is taken, while it is open', () => {
    bind({ instance: 'urn:uuid:1', regId: 1, host: 'a.example' });
    clock.advance(1000);
    const last = bind({ instance: 'urn:uuid:1', regId: 2, host: 'b.example' });
    bind({ host: 'other.example' });
    const targets = (): string[] => locations.targets('1000').map(({ contact }) => contact.host);
    expect(targets()).toEqual(['b.example', 'other.example']);
    last.close();
    expect(targets()).toEqual(['a.example', 'other.example']);
    clock.advance(1000);
    bind({ instance: 'urn:uuid:1', regId: 1, host: 'a.example', sequence: 2 });
    expect(targets()).toEqual(['a.example', 'other.example']);
  });

  it('RFC 3261 §16.6 contacts are tried by their q, those without one first', () => {
    bind({ host: 'low.example', q: 0.1 });
    bind({ host: 'none.example' });
    bind({ host: 'mid.example', q: 0.5 });
    expect(locations.targets('1000').map(({ contact }) => contact.host)).toEqual([
      'none.example',
      'mid.example',
      'low.example',
    ]);
  });

  it('RFC 3261 §10.3 step 7 compares contacts as URIs: other parameters do not make another binding', () => {
    bind();
    locations.add({
      user: '1000',
      contact: { ...contactAt('a.example'), parameters: new Map([['ob', null]]) },
      profile: 'internal',
      flow: new MemoryFlow(),
      callId: 'call-1',
      sequence: 2,
      expires: 60,
      agent: '',
    });
    expect(hosts()).toHaveLength(1);
  });

  it('takes another limit of contacts', () => {
    locations = new LocationService(clock, () => undefined, 1);
    bind();
    bind({ host: 'b.example' });
    expect(hosts()).toEqual(['b.example']);
  });

  it('removes one contact, or all of a user, and says so', () => {
    for (const host of ['a.example', 'b.example', 'c.example']) bind({ host });
    locations.remove({ user: '1000', contact: contactAt('b.example') });
    expect(hosts()).toEqual(['a.example', 'c.example']);
    locations.removeAll('1000');
    expect(hosts()).toEqual([]);
    expect(changes.filter((change) => change.startsWith('removed'))).toHaveLength(3);
  });

  it('removing what is not there is no event', () => {
    locations.remove({ user: '1000', contact: contactAt('a.example') });
    locations.removeAll('1000');
    expect(changes).toEqual([]);
  });

  it('leaves no timer and no listener behind: after the end, and when it closes', () => {
    const gone = bind();
    locations.remove({ user: '1000', contact: contactAt('a.example') });
    const open = bind({ host: 'b.example' });
    expect(clock.pending).toBe(1);
    locations.close();
    expect(clock.pending).toBe(0);
    expect([gone.listenerCount, open.listenerCount]).toEqual([0, 0]);
    expect(changes.at(-1)).toBe('registered 1000 b.example');
  });

  it('takes a listener that removes the binding it is told of', () => {
    locations = new LocationService(clock, (change, binding) => {
      changes.push(`${change} ${formatUri(binding.contact)}`);
      if (change === 'registered') locations.remove(binding);
    });
    bind();
    expect(hosts()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
