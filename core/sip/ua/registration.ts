import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { NameAddress } from '../message/header-values.ts';
import { formatUri, type Uri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import type { Gruu } from './gruu.ts';
import { DEFAULT_BACK_OFF, type BackOffSettings } from './outbound-back-off.ts';
import { RegistrationFlow, removedContact, type FlowWish, type RegistrationPorts } from './registration-flow.ts';
import type { RegistrationFlowState } from './registration-table.ts';

/** Where a registration stands. `failed` is temporary: the next try is planned, unless the server said no for good. */
export type RegistrationState = 'off' | 'registering' | 'registered' | 'failed';

/** What the user of a registration sees: of several flows, the first that stands. */
export interface RegistrationView {
  readonly state: RegistrationState;
  /** Seconds granted, while registered. */
  readonly expires: number | undefined;
  /** Wall time at which the binding ends if nothing refreshes it. */
  readonly expiresAt: number | undefined;
  /** Why it failed; while registered a doubt, such as `sip.outbound-unsupported`. */
  readonly diagnosis: Diagnosis | undefined;
  /** The flow that carries the registration; calls leave on it and arrive on it. */
  readonly flow: Flow | undefined;
  /** Every flow that stands, in the order of the edges. */
  readonly flows: readonly Flow[];
  /** Addresses of this device alone, to be used as Contact (RFC 5627 §4.4). */
  readonly gruu: Gruu | undefined;
  /** Route of requests outside any dialog (RFC 3608 §5). */
  readonly serviceRoute: readonly NameAddress[];
  /** Every contact of the address that the server knows, other devices included. */
  readonly bindings: readonly NameAddress[];
  /** Seconds between keep-alives that the server wants (RFC 5626 §10). */
  readonly flowTimer: number | undefined;
  /** By how much the server's clock is ahead of ours, milliseconds; explains certificates that seem out of date. */
  readonly clockSkewMs: number | undefined;
}

export interface RegistrationOptions extends Omit<RegistrationPorts, 'backOff'> {
  /** Gives an open flow to the server, dialling where needed. */
  readonly connect: (wish: FlowWish) => Promise<Result<Flow, Diagnosis>>;
  /** Further edge proxies, each with a flow of its own beside the first (RFC 5626 §4.2); they need an `instance`. */
  readonly otherEdges?: readonly ((wish: FlowWish) => Promise<Result<Flow, Diagnosis>>)[];
  readonly backOff?: BackOffSettings;
  readonly onChange: (view: RegistrationView) => void;
}

/**
 * Keeps one address of record registered (RFC 3261 §10), over one flow or several (RFC 5626): refreshes before it expires,
 * goes to the next server where one fails, comes back by itself when a flow is lost, and takes the bindings away in the end.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #flows: readonly RegistrationFlow[];
  #isWanted = false;
  #view: RegistrationView = OFF;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    const ports: RegistrationPorts = { ...options, backOff: options.backOff ?? DEFAULT_BACK_OFF };
    const edges = [options.connect, ...(options.instance === undefined ? [] : (options.otherEdges ?? []))];
    const isUp = (): boolean => this.#flows.some(({ isRegistered }) => isRegistered);
    const user = {
      onChange: (): void => {
        this.#changed();
      },
      get anyRegistered(): boolean {
        return isUp();
      },
    };
    this.#flows = edges.map((connect, index) => new RegistrationFlow(ports, connect, index + 1, user));
  }

  get view(): RegistrationView {
    return this.#view;
  }

  /** Registers, or registers again at once. */
  start(): void {
    this.#isWanted = true;
    for (const [index, flow] of this.#flows.entries()) if (index === 0 || flow.state !== 'off') flow.start();
  }

  /** Forms every flow anew, at once: to be called when the network changed. */
  refreshFlow(): void {
    for (const flow of this.#flows) flow.renew();
  }

  /** Takes the bindings away; resolves when the server said so, cannot be asked, or did not answer within two seconds. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    await Promise.all(this.#flows.map((flow) => flow.stop()));
  }

  /** Every contact that the server has for the address (RFC 3261 §10.2.3). */
  fetchBindings(): Promise<Result<readonly NameAddress[], Diagnosis>> {
    return this.#carrier.ask([], undefined);
  }

  /** Takes one contact away, be it another device's; gives those that are left (RFC 3261 §10.2.2). */
  removeBinding(contact: Uri): Promise<Result<readonly NameAddress[], Diagnosis>> {
    return this.#carrier.ask([removedContact(contact)], undefined);
  }

  /** Takes every contact of the address away (RFC 3261 §10.2.2), then registers ours anew. */
  async removeAllBindings(): Promise<Result<readonly NameAddress[], Diagnosis>> {
    const left = await this.#carrier.ask(['*'], 0);
    if (left.ok && this.#isWanted) this.start();
    return left;
  }

  /** The flow on which to ask. */
  get #carrier(): RegistrationFlow {
    const carrier = this.#flows.find(({ isRegistered }) => isRegistered) ?? this.#flows[0];
    if (carrier === undefined) throw new Error('a registration has at least one flow');
    return carrier;
  }

  #changed(): void {
    this.#startOthers();
    const view = this.#look();
    this.#view = view;
    this.#options.tracer.emit('nua', 5, 'registration.state', {
      connection: view.flow?.id,
      state: view.state,
      address: formatUri(this.#options.addressOfRecord),
      expires: view.expires,
      code: view.diagnosis?.code,
    });
    this.#options.onChange(view);
  }

  /**
   * One edge after the other, each once the one before is settled. To a registrar that knows nothing of outbound a second
   * flow would be a second phone: it is not told of one (RFC 5626 §4.2.1).
   */
  #startOthers(): void {
    if (!this.#isWanted || this.#flows.some(({ grant }) => grant?.outbound === false)) return;
    for (const flow of this.#flows) {
      if (flow.state === 'off') {
        flow.start();
        return;
      }
      if (!SETTLED.has(flow.state)) return;
    }
  }

  #look(): RegistrationView {
    const standing = this.#flows.filter(({ isRegistered }) => isRegistered);
    const best = standing[0];
    const { clockSkewMs } = this.#flows.find((flow) => flow.clockSkewMs !== undefined) ?? {};
    const { grant } = best ?? {};
    if (best === undefined || grant === undefined) {
      const state = stateOf(this.#flows.map((flow) => flow.state));
      const diagnosis =
        state === 'failed' ? this.#flows.find((flow) => flow.diagnosis !== undefined)?.diagnosis : undefined;
      return { ...OFF, state, diagnosis, clockSkewMs };
    }
    return {
      state: 'registered',
      expires: grant.expires,
      expiresAt: best.expiresAt,
      diagnosis: best.diagnosis,
      flow: best.flow,
      flows: standing.flatMap(({ flow }) => (flow === undefined ? [] : [flow])),
      // A temporary GRUU may end with the next REGISTER of the device, on whichever flow.
      gruu: standing.reduce((newest, flow) => (flow.boundAt > newest.boundAt ? flow : newest), best).grant?.gruu,
      serviceRoute: grant.serviceRoute,
      bindings: grant.bindings,
      flowTimer: grant.flowTimer,
      clockSkewMs,
    };
  }
}

const SETTLED: ReadonlySet<RegistrationFlowState> = new Set(['registered', 'refreshing', 'waiting', 'refused']);

const OFF: RegistrationView = Object.freeze({
  state: 'off',
  expires: undefined,
  expiresAt: undefined,
  diagnosis: undefined,
  flow: undefined,
  flows: [],
  gruu: undefined,
  serviceRoute: [],
  bindings: [],
  flowTimer: undefined,
  clockSkewMs: undefined,
});

/** What several flows, none of which stands, come to. */
function stateOf(states: readonly RegistrationFlowState[]): RegistrationState {
  if (states.some((state) => state === 'connecting' || state === 'registering')) return 'registering';
  return states.every((state) => state === 'off') ? 'off' : 'failed';
}
