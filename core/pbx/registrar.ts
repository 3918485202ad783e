import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { splitList } from '../sip/message/lists.ts';
import type { NameAddress } from '../sip/message/header-values.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { formatNameAddress, parseNameAddress } from '../sip/message/name-address.ts';
import { formatUri, isSipUri, type SipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import { optionTags, REGISTRAR_OPTIONS } from '../sip/ua/capabilities.ts';
import { readInstance, readRegId } from '../sip/ua/gruu.ts';
import { GruuBook } from './gruu-book.ts';
import { restoredBinding, type StoredBinding } from './registration-store.ts';
import { LocationService, type Binding, type BindingChange, type BindingKey } from './location-service.ts';

/** What the configuration says of registrations. Times in seconds. */
export interface RegistrarLimits {
  readonly min: number;
  readonly max: number;
  /** What a phone gets that does not ask for a time. */
  readonly usual: number;
  /** Most contacts of one user. */
  readonly contacts: number;
}

type HeaderField = readonly [name: string, value: string];

/** An answer to REGISTER. */
interface Answer {
  readonly status: number;
  readonly headers: readonly HeaderField[];
}

/** What one Contact of a REGISTER asks for. */
interface Wish extends BindingKey {
  /** 0 takes the binding away. */
  readonly expires: number;
  readonly q: number | undefined;
}

/** Where a REGISTER came in. */
type Arrival = Pick<Binding, 'profile' | 'flow'>;

/** What the whole of a REGISTER says beside its contacts. */
interface Reading {
  readonly outbound: boolean;
  readonly gruu: boolean;
  readonly path: readonly string[];
}

/** Most contacts in one REGISTER that are looked at. */
const MAX_CONTACTS = 10;
/** Seconds between keep-alives that phones with outbound are asked for (RFC 5626 §10). */
const FLOW_TIMER_S = 120;

const BAD_REQUEST: Answer = { status: 400, headers: [] };

/** Takes the REGISTERs of authenticated users, and knows where these can be reached (RFC 3261 §10.3 from step 5 on). */
export class Registrar {
  #limits: RegistrarLimits;
  readonly #clock: Clock;
  readonly #locations: LocationService;
  readonly #gruus: GruuBook;

  /** `domain`: of the addresses of record. `onChange` is told of each binding that comes, stays or goes. */
  constructor(options: {
    readonly domain: string;
    readonly limits: RegistrarLimits;
    readonly clock: Clock;
    readonly random: Random;
    readonly onChange: (change: BindingChange, binding: Binding) => void;
  }) {
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#gruus = new GruuBook(options.domain, options.random);
    this.#locations = new LocationService(
      options.clock,
      (change, binding) => {
        if (change === 'expired' || change === 'removed') this.#forgetDevice(binding);
        options.onChange(change, binding);
      },
      options.limits.contacts,
    );
  }

  /** For registrations to come; those that are there stay as they were granted. */
  configure(limits: RegistrarLimits): void {
    this.#limits = limits;
    this.#locations.setLimit(limits.contacts);
  }

  /** Registrations of an earlier run of the switch; those that have ended are left out. `now`: milliseconds since 1970. */
  restore(stored: readonly StoredBinding[], now: number): void {
    for (const one of stored) {
      const restored = restoredBinding(one, now);
      if (restored !== undefined) this.#locations.restore(restored.binding, restored.secondsLeft);
    }
  }

  /** A binding that leads nowhere any more. */
  remove(binding: Binding): void {
    this.#locations.remove(binding);
  }

  /** A user that is none any more. */
  forget(user: string): void {
    this.#locations.removeAll(user);
  }

  /** Every binding. */
  all(): readonly Binding[] {
    return this.#locations.all();
  }

  /** Where requests to a user go, the preferred contact first, one for each device. */
  targets(user: string): readonly Binding[] {
    return this.#locations.targets(user);
  }

  /** Whom a GRUU means, and where that device can be reached now; `undefined` for one that nobody has (RFC 5627 §5.5). */
  resolve(uri: SipUri): { readonly user: string; readonly bindings: readonly Binding[] } | undefined {
    const owner = this.#gruus.owner(uri);
    if (owner === undefined) return undefined;
    const bindings = this.#locations.targets(owner.user).filter(({ instance }) => instance === owner.instance);
    return { user: owner.user, bindings };
  }

  /** Answers a REGISTER: query, add, refresh, remove, `*`. Either all of its contacts take effect or none. */
  register(
    { request, flow }: Pick<ServerTransaction, 'request' | 'flow'>,
    profile: string,
    user: string,
    reply: (status: number, headers: readonly HeaderField[]) => void,
  ): void {
    const { status, headers } = this.#answer(request, { profile, flow }, user);
    reply(status, headers);
  }

  close(): void {
    this.#locations.close();
  }

  #answer(request: SipRequest, arrival: Arrival, user: string): Answer {
    const general = expiresHeader(request);
    if (general === 'malformed') return BAD_REQUEST;
    if (request.contacts === '*') return this.#removeAll(request, user, general);
    if (request.contacts.length === 0 && request.headers.has('Contact')) return BAD_REQUEST;
    const reading = readExtensions(request);
    if (!('path' in reading)) return reading;
    const wishes = this.#wishesOf(request.contacts, user, general, reading);
    if ('status' in wishes) return wishes;
    const sequence = request.cseq?.sequence ?? 0;
    if (wishes.some((wish) => this.#locations.isStale(wish, request.callId, sequence))) return stale();
    for (const wish of wishes) this.#grant(wish, request, arrival, reading);
    const isOutbound = wishes.some(({ regId }) => regId !== undefined);
    const temporary = reading.gruu ? this.#temporaryGruus(wishes, request.callId) : undefined;
    return this.#ok([
      ...reading.path.map((value) => ['Path', value] as const),
      ...this.#contacts(user, temporary),
      ...(isOutbound ? [['Require', 'outbound'] as const, ['Flow-Timer', String(FLOW_TIMER_S)] as const] : []),
    ]);
  }

  /** Step 6: only with `Expires: 0`, and only by a request that is newer than each binding. */
  #removeAll(request: SipRequest, user: string, expires: number | undefined): Answer {
    if (expires !== 0 || request.headers.count('Contact') > 1) return BAD_REQUEST;
    const sequence = request.cseq?.sequence ?? 0;
    const bindings = this.#locations.lookup(user);
    if (bindings.some((binding) => this.#locations.isStale(binding, request.callId, sequence))) return stale();
    this.#locations.removeAll(user);
    return this.#ok([]);
  }

  #wishesOf(
    contacts: readonly NameAddress[],
    user: string,
    general: number | undefined,
    reading: Reading,
  ): readonly Wish[] | Answer {
    if (contacts.length > MAX_CONTACTS) return BAD_REQUEST;
    const wishes: Wish[] = [];
    for (const { uri, parameters } of contacts) {
      if (!isSipUri(uri)) return BAD_REQUEST;
      // A GRUU that leads to itself would lead nowhere (RFC 5627 §5.1).
      if (this.#gruus.isGruu(uri)) return { status: 403, headers: [] };
      const own = parameters.get('expires');
      // Step 7 and §10.2.1.1: a malformed parameter counts as 3600.
      const asked =
        typeof own !== 'string' ? (general ?? this.#limits.usual) : /^\d{1,10}$/.test(own) ? Number(own) : 3600;
      const instance = readInstance(parameters);
      const regId = reading.outbound && instance !== undefined ? readRegId(parameters) : undefined;
      const expires = Math.min(asked, this.#limits.max);
      wishes.push({ user, contact: uri, instance, regId, expires, q: qOf(parameters.get('q')) });
    }
    if (wishes.some(({ expires }) => expires > 0 && expires < this.#limits.min)) {
      return { status: 423, headers: [['Min-Expires', String(this.#limits.min)]] };
    }
    // One REGISTER speaks for one flow, the one that it came on (RFC 5626 §6).
    const flows = wishes.filter(({ regId, expires }) => regId !== undefined && expires > 0);
    return flows.length > 1 ? BAD_REQUEST : wishes;
  }

  #grant(wish: Wish, request: SipRequest, arrival: Arrival, { path }: Reading): void {
    if (wish.expires === 0) {
      this.#locations.remove(wish);
      return;
    }
    this.#locations.add({
      ...wish,
      ...arrival,
      path,
      callId: request.callId,
      sequence: request.cseq?.sequence ?? 0,
      agent: request.headers.get('User-Agent') ?? '',
    });
  }

  /** A new one for each device that registered just now (RFC 5627 §5.4). */
  #temporaryGruus(wishes: readonly Wish[], callId: string): ReadonlyMap<string, SipUri> {
    const made = new Map<string, SipUri>();
    for (const { user, instance, regId = 0, expires } of wishes) {
      if (instance !== undefined && expires > 0 && !made.has(instance)) {
        made.set(instance, this.#gruus.temporaryFor({ user, instance }, regId, callId));
      }
    }
    return made;
  }

  /** Step 8: all current bindings, each with the time that is left to it. `temporary`: where GRUUs are wanted. */
  #contacts(user: string, temporary: ReadonlyMap<string, SipUri> | undefined): readonly HeaderField[] {
    return this.#locations.lookup(user).map((binding) => {
      const { contact, instance, regId, q } = binding;
      const parameters = new Map<string, string | null>([['expires', String(this.#locations.secondsLeft(binding))]]);
      if (q !== undefined) parameters.set('q', String(q));
      if (instance !== undefined) parameters.set('+sip.instance', `<${instance}>`);
      if (regId !== undefined) parameters.set('reg-id', String(regId));
      if (temporary !== undefined && instance !== undefined) {
        parameters.set('pub-gruu', formatUri(this.#gruus.publicFor({ user, instance })));
        const fresh = temporary.get(instance);
        if (fresh !== undefined) parameters.set('temp-gruu', formatUri(fresh));
      }
      return ['Contact', formatNameAddress({ uri: contact, parameters })];
    });
  }

  #ok(headers: readonly HeaderField[]): Answer {
    const date = new Date(this.#clock.wall()).toUTCString();
    return { status: 200, headers: [...headers, ['Supported', REGISTRAR_OPTIONS.join(', ')], ['Date', date]] };
  }

  #forgetDevice({ user, instance }: Binding): void {
    if (instance === undefined) return;
    if (this.#locations.lookup(user).some((other) => other.instance === instance)) return;
    this.#gruus.forget({ user, instance });
  }
}

/** What the request says of path, outbound and GRUU; or its refusal. */
function readExtensions(request: SipRequest): Reading | Answer {
  const known = new Set([...optionTags(request, 'Supported'), ...optionTags(request, 'Require')]);
  const path = request.headers.getAll('Path').flatMap(splitList);
  // RFC 3327 §5.3: what the phone does not know of, it cannot have agreed to.
  if (path.length > 0 && !known.has('path')) return { status: 420, headers: [['Unsupported', 'path']] };
  const hops = path.map(parseNameAddress);
  if (hops.some((hop) => !hop.ok)) return BAD_REQUEST;
  const edge = hops.at(-1);
  const isDirect = request.vias.length === 1;
  // The first proxy must be able to send requests back on the same connection (RFC 5626 §6).
  const edgeKeepsFlow = edge?.ok === true && isSipUri(edge.value.uri) && edge.value.uri.parameters.has('ob');
  const asksOutbound = known.has('outbound') && hasRegId(request);
  if (asksOutbound && !isDirect && !edgeKeepsFlow) return { status: 439, headers: [] };
  return { outbound: known.has('outbound'), gruu: known.has('gruu'), path };
}

function hasRegId({ contacts }: SipRequest): boolean {
  return contacts !== '*' && contacts.some(({ parameters }) => readRegId(parameters) !== undefined);
}

function stale(): Answer {
  return { status: 500, headers: [['Retry-After', '1']] };
}

function expiresHeader(request: SipRequest): number | undefined | 'malformed' {
  const text = request.headers.get('Expires');
  if (text === undefined) return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : 'malformed';
}

/** RFC 3261 §20.10; what is none counts as absent. */
function qOf(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}
