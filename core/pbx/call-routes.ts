import type { SipUri } from '../sip/message/uri.ts';
import type { GroupBook } from './applications/group-book.ts';
import type { Action, Context, DialPlan } from './dial-plan.ts';
import type { Directory } from './directory.ts';
import type { Gateway } from './gateway.ts';
import type { Registrar } from './registrar.ts';
import type { Callee } from './ring-group.ts';

/** Actions that phones ring for. */
export type RingingAction = Extract<Action, { application: 'bridge' | 'group' | 'gateway' }>;
/** Actions that stand for another number. */
type NumberAction = Extract<Action, { application: 'transfer' | 'redial' | 'call-return' }>;

/** Where a number leads, and the phones that ring there: one round after the other, all of a round at once. */
export interface Route {
  readonly number: string;
  /** `undefined`: nowhere (404). */
  readonly action: Exclude<Action, NumberAction> | undefined;
  readonly rounds: readonly (readonly Callee[])[];
}

/** Numbers that lead to numbers. */
const MOST_TRANSFERS = 5;

export interface CallRoutesPorts {
  readonly directory: Directory;
  readonly dialPlan: DialPlan;
  readonly groups: GroupBook;
  readonly registrar: Pick<Registrar, 'resolve' | 'targets'>;
  readonly gateway: (name: string) => Gateway | undefined;
}

/** Finds out where the addresses of the switch lead, and remembers for redial and call return who called whom. */
export class CallRoutes {
  readonly #ports: CallRoutesPorts;
  /** What each user dialled last, and who called it last. */
  readonly #dialled = new Map<string, string>();
  readonly #callers = new Map<string, string>();

  constructor(ports: CallRoutesPorts) {
    this.#ports = ports;
  }

  /** Where `uri` leads in `context` for `caller`, where that is proved, and which phones can be reached there. */
  find(context: Context, uri: SipUri, caller?: string): Route {
    const { registrar, dialPlan, directory, groups } = this.#ports;
    // An address of one device stands for its user, and only that device rings (RFC 5627 §5.5).
    const device = registrar.resolve(uri);
    let number = device?.user ?? uri.user ?? '';
    let action = dialPlan.find(context, number);
    for (let transfers = 0; action !== undefined && isNumber(action); transfers++) {
      const next = transfers < MOST_TRANSFERS ? this.#nextNumber(action, caller) : undefined;
      action = next === undefined ? undefined : dialPlan.find(context, next);
      number = next ?? number;
    }
    if (action?.application === 'bridge') {
      const bindings = device?.bindings ?? registrar.targets(action.user);
      const known = directory.has(action.user);
      return { number, action: known ? action : undefined, rounds: bindings.length > 0 ? [bindings] : [] };
    }
    if (action?.application === 'gateway') {
      const gateway = this.#ports.gateway(action.gateway);
      const rounds = gateway === undefined ? [] : [[gateway.callee(action.number)]];
      return { number, action: gateway === undefined ? undefined : action, rounds };
    }
    if (action?.application !== 'group') return { number, action, rounds: [] };
    const members = groups.members(action.group);
    const others = (members ?? []).filter((user) => user !== caller).map((user) => registrar.targets(user));
    const rounds = (action.order === 'simultaneous' ? [others.flat()] : others).filter((round) => round.length > 0);
    return { number, action: members === undefined ? undefined : action, rounds };
  }

  /** `user` called there. */
  remember(user: string, { number, action }: Route): void {
    this.#dialled.set(user, number);
    if (action?.application === 'bridge') this.#callers.set(action.user, user);
  }

  /** Whoever never called, or was never called, has no number to go on with; and nobody has who is not proved. */
  #nextNumber(action: NumberAction, caller: string | undefined): string | undefined {
    if (action.application === 'transfer') return action.number;
    return caller === undefined
      ? undefined
      : (action.application === 'redial' ? this.#dialled : this.#callers).get(caller);
  }
}

/** Whether phones ring for an action. */
export function rings(action: Action): action is RingingAction {
  return action.application === 'bridge' || action.application === 'group' || action.application === 'gateway';
}

function isNumber(action: Action): action is NumberAction {
  return action.application === 'transfer' || action.application === 'redial' || action.application === 'call-return';
}
