import { formatSocketAddress, isIPv6, isNumericHost, type SocketAddress } from '../../base/address.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Random } from '../../base/random.ts';
import { err, type Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { SipRequest } from '../message/message.ts';
import type { SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import type { Network } from '../transport/network.ts';
import type { Transports } from '../transport/transports.ts';
import type { LocatedTarget } from './location-step.ts';
import { Locator } from './locator.ts';
import type { Resolver } from './resolver.ts';
import { TargetHealth } from './target-health.ts';

/** How long an attempt may take before the next address is tried beside it (RFC 8305 §5). */
const ATTEMPT_DELAY_MS = 250;

/** A flow on which a request of ours failed so that another server may do better (RFC 3263 §4.3). */
export interface FailedFlow {
  readonly flow: Flow;
  /** Seconds of Retry-After in a 503. */
  readonly retryAfterS?: number | undefined;
}

type ConnectOptions = NonNullable<Parameters<Transports['connect']>[1]>;

/** How a flow is to be opened. */
export interface OpenOptions {
  readonly tls?: ConnectOptions['tls'] | undefined;
  /** Address to dial from. */
  readonly local?: SocketAddress | undefined;
  /** Where this very request failed already, the newest last: their targets are left out. */
  readonly tried?: readonly FailedFlow[];
}

/**
 * Finds the servers of a URI and opens a flow to the first that can be reached (RFC 3263 §4): one host after the other, and
 * of several addresses of one host the quickest (RFC 8305). What failed is remembered and tried last for a while.
 */
export class FlowOpener {
  readonly #locator: Locator;
  readonly #health: TargetHealth;
  readonly #transports: Transports;
  readonly #network: Pick<Network, 'localAddressToward'>;
  readonly #clock: Clock;
  readonly #tracer: Tracer;
  /** The target that a flow was opened to; whoever lost a race is not among them. */
  readonly #opened = new WeakMap<Flow, LocatedTarget>();

  constructor(options: {
    readonly resolver: Resolver;
    readonly transports: Transports;
    readonly network: Pick<Network, 'localAddressToward'>;
    readonly clock: Clock;
    readonly random: Random;
    readonly tracer: Tracer;
  }) {
    this.#health = new TargetHealth(options.clock);
    const { resolver, random, tracer } = options;
    this.#locator = new Locator({ resolver, random, tracer, health: this.#health });
    this.#transports = options.transports;
    this.#network = options.network;
    this.#clock = options.clock;
    this.#tracer = options.tracer;
  }

  /**
   * An open flow to a server of `uri`. With `tried` the next one after these, which a new transaction may use (RFC 3263 §4.3);
   * the error is then that of the search, or `conn.flow-failed` where none is left.
   */
  async open(uri: SipUri, options: OpenOptions = {}): Promise<Result<Flow, Diagnosis>> {
    const { tried = [] } = options;
    const newest = tried.at(-1);
    const failedTarget = newest === undefined ? undefined : this.#opened.get(newest.flow);
    if (failedTarget !== undefined) this.#health.failed(failedTarget, newest?.retryAfterS);
    const located = await this.#locator.locate(uri);
    if (!located.ok) return located;
    const known = new Set(tried.map(({ flow }) => keyOf(this.#opened.get(flow))));
    const targets = located.value.filter((target) => !known.has(keyOf(target)));
    return this.#openFirst(targets, options);
  }

  /** A flow for a response: the request's own, what RFC 3261 §18.2.2 says, or at last what Via names (RFC 3263 §5). */
  async openForResponse(request: SipRequest, flow: Flow): Promise<Result<Flow, Diagnosis>> {
    const way = await this.#transports.responseFlow(request, flow);
    const { via } = request;
    if (way.ok || via === undefined || isNumericHost(via.host)) return way;
    const located = await this.#locator.locateSentBy(via);
    return located.ok ? this.#openFirst(located.value, {}) : way;
  }

  /** Host after host. */
  async #openFirst(targets: readonly LocatedTarget[], options: OpenOptions): Promise<Result<Flow, Diagnosis>> {
    let failure: Diagnosis | undefined;
    for (const group of groupsOf(targets)) {
      const flow = await this.#race(await this.#reachableFirst(interleaved(group)), options);
      if (flow.ok) return flow;
      failure ??= flow.error;
    }
    return err(failure ?? noneLeft(options.tried ?? []));
  }

  /** Addresses of a family that this machine has no way out for come last (RFC 6724 §6 rule 1). */
  async #reachableFirst(targets: readonly LocatedTarget[]): Promise<readonly LocatedTarget[]> {
    if (targets.length < 2) return targets;
    const sources = await Promise.all(
      targets.map(({ address, port }) => this.#network.localAddressToward({ address, port })),
    );
    const reachable = targets.filter((_, index) => sources[index] !== undefined);
    const others = targets.filter((target) => !reachable.includes(target));
    if (reachable.length > 0 && others.length > 0) {
      this.#trace('last, since no way leads there from here (RFC 6724)', others);
    }
    return [...reachable, ...others];
  }

  /** RFC 8305 §5: an attempt each quarter of a second, or as soon as the one before failed; the first to be open wins. */
  #race(targets: readonly LocatedTarget[], { tls, local }: OpenOptions): Promise<Result<Flow, Diagnosis>> {
    const waiting = [...targets];
    const before = new Set(this.#transports.flows());
    let underWay = 0;
    let isOver = false;
    let failure: Diagnosis | undefined;
    let timer: Timer | undefined;
    return new Promise((resolve) => {
      const settle = (target: LocatedTarget, flow: Result<Flow, Diagnosis>): void => {
        underWay--;
        if (flow.ok) this.#health.succeeded(target);
        else this.#health.failed(target);
        if (isOver) {
          if (flow.ok) this.#dismiss(flow.value, before);
          return;
        }
        if (flow.ok) {
          isOver = true;
          timer?.cancel();
          this.#opened.set(flow.value, target);
          resolve(flow);
          return;
        }
        failure ??= flow.error;
        if (waiting.length > 0) next();
        else if (underWay === 0) {
          timer?.cancel();
          resolve(err(failure));
        }
      };
      const next = (): void => {
        timer?.cancel();
        const target = waiting.shift();
        if (target === undefined || isOver) return;
        underWay++;
        const options = { ...(tls === undefined ? {} : { tls }), ...(local === undefined ? {} : { local }) };
        void this.#transports.connect(target, options).then((flow) => {
          settle(target, flow);
        });
        if (waiting.length > 0) timer = this.#clock.after(ATTEMPT_DELAY_MS, next);
      };
      next();
    });
  }

  /** Closes a connection that came too late, unless somebody has it: from before, or from another search just now. */
  #dismiss(flow: Flow, before: ReadonlySet<Flow>): void {
    this.#clock.after(0, () => {
      if (!before.has(flow) && !this.#opened.has(flow)) flow.close();
    });
  }

  #trace(text: string, targets: readonly LocatedTarget[]): void {
    this.#tracer.emit('sresolv', 7, 'dns.decision', { text, targets: targets.map(formatSocketAddress) });
  }
}

function keyOf(target: LocatedTarget | undefined): string {
  return target === undefined ? '' : `${target.protocol}|${target.address}|${target.port}`;
}

/** Neighbours that are addresses of one host and port. */
function groupsOf(targets: readonly LocatedTarget[]): readonly (readonly LocatedTarget[])[] {
  const groups: LocatedTarget[][] = [];
  for (const target of targets) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const isSame = first?.host === target.host && first.port === target.port && first.protocol === target.protocol;
    if (isSame) group?.push(target);
    else groups.push([target]);
  }
  return groups;
}

/** One family after the other, beginning with that of the first address (RFC 8305 §4). */
function interleaved(targets: readonly LocatedTarget[]): readonly LocatedTarget[] {
  const startsWithV6 = targets[0] !== undefined && isIPv6(targets[0].address);
  const first = targets.filter(({ address }) => isIPv6(address) === startsWithV6);
  const second = targets.filter(({ address }) => isIPv6(address) !== startsWithV6);
  const mixed: LocatedTarget[] = [];
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    mixed.push(...first.slice(index, index + 1), ...second.slice(index, index + 1));
  }
  return mixed;
}

function noneLeft(tried: readonly FailedFlow[]): Diagnosis {
  return {
    code: 'conn.flow-failed',
    side: 'there',
    summary: 'No server is left to try.',
    cure: 'Try again later; every server of the domain refused or did not answer.',
    evidence: { tried: tried.map(({ flow }) => formatSocketAddress(flow.remote)) },
  };
}
