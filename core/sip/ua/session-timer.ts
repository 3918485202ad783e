import type { Clock, Timer } from '../../base/clock.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { parseParameters } from '../message/parameters.ts';
import { optionTags } from './capabilities.ts';

/** What this side wants of session timers (RFC 4028), seconds. */
export interface SessionTimerSettings {
  /** The interval that we ask for. */
  readonly intervalS: number;
  /** The shortest interval that we put up with; never less than 90 (RFC 4028 §5). */
  readonly leastS: number;
}

/** Half an hour, as RFC 4028 §4 recommends. */
export const DEFAULT_SESSION_TIMER: SessionTimerSettings = { intervalS: 1800, leastS: 90 };

type HeaderFields = readonly (readonly [name: string, value: string])[];

/** What a session refresh request of the peer gets: a refusal, or headers for its 2xx. */
export type TimerAnswer =
  { readonly refused: HeaderFields } | { readonly headers: HeaderFields; readonly agreed: TimerAgreement };

/** Interval and who refreshes. */
export interface TimerAgreement {
  readonly intervalS: number;
  readonly refresher: 'here' | 'there';
}

/** Absolute least of Min-SE (RFC 4028 §5). */
const ABSOLUTE_LEAST_S = 90;

/**
 * The session timer of one session (RFC 4028): says what our requests and responses carry, and, once a 2xx settled it, when
 * to refresh and when to give up.
 */
export class SessionTimer {
  readonly #clock: Clock;
  readonly #settings: SessionTimerSettings;
  readonly #onRefresh: () => Promise<boolean>;
  readonly #onExpired: (intervalS: number) => void;
  #leastS: number;
  #agreed: TimerAgreement | undefined;
  #deadline = 0;
  #refresh: Timer | undefined;
  #expiry: Timer | undefined;

  /** `onRefresh` sends a refresh and tells whether it was accepted; `onExpired` is to end the session (§10). */
  constructor(options: {
    readonly clock: Clock;
    readonly settings: SessionTimerSettings;
    readonly onRefresh: () => Promise<boolean>;
    readonly onExpired: (intervalS: number) => void;
  }) {
    this.#clock = options.clock;
    this.#settings = options.settings;
    this.#onRefresh = options.onRefresh;
    this.#onExpired = options.onExpired;
    this.#leastS = leastOf(options.settings);
  }

  /** What is in force; `undefined` where the session does not expire. */
  get agreed(): TimerAgreement | undefined {
    return this.#agreed;
  }

  /** Session-Expires and Min-SE of an INVITE or UPDATE of ours (§7.1, §7.4): within a session the roles stay as they are. */
  requestHeaders(): HeaderFields {
    const interval = Math.max(this.#agreed?.intervalS ?? this.#settings.intervalS, this.#leastS);
    const refresher = this.#agreed && (this.#agreed.refresher === 'here' ? ';refresher=uac' : ';refresher=uas');
    return [
      ['Session-Expires', `${interval}${refresher ?? ''}`],
      ...(this.#leastS > ABSOLUTE_LEAST_S ? ([['Min-SE', String(this.#leastS)]] as const) : []),
    ];
  }

  /** Takes the Min-SE of a 422 (§7.3). `false` where sending again would not help. */
  raise(response: SipResponse): boolean {
    const least = secondsOf(response.headers.get('Min-SE'));
    if (least === undefined || least <= this.#asked) return false;
    this.#leastS = least;
    return true;
  }

  get #asked(): number {
    return Math.max(this.#agreed?.intervalS ?? this.#settings.intervalS, this.#leastS);
  }

  /** Judges an INVITE or UPDATE of the peer (§9); `start` what it gives once the 2xx leaves. */
  answer(request: SipRequest): TimerAnswer {
    const refused = tooShort(request, this.#settings);
    if (refused !== undefined) return { refused };
    const supported = supportsTimer(request);
    const asked = readSessionExpires(request);
    const peerLeastS = Math.max(ABSOLUTE_LEAST_S, secondsOf(request.headers.get('Min-SE')) ?? 0);
    const ownLeastS = leastOf(this.#settings);
    const wanted = Math.max(this.#agreed?.intervalS ?? this.#settings.intervalS, peerLeastS, ownLeastS);
    const intervalS = Math.max(Math.min(asked?.intervalS ?? wanted, wanted), ABSOLUTE_LEAST_S);
    const keep = this.#agreed?.refresher === 'here' ? 'uas' : 'uac';
    const refresher = supported ? (asked?.refresher ?? keep) : 'uas';
    return {
      headers: [
        ...(refresher === 'uac' ? ([['Require', 'timer']] as const) : []),
        ['Session-Expires', `${intervalS};refresher=${refresher}`],
      ],
      agreed: { intervalS, refresher: refresher === 'uas' ? 'here' : 'there' },
    };
  }

  /**
   * Takes the 2xx to an INVITE or UPDATE of ours (§7.2). Without Session-Expires the session does not expire, unless we are
   * the one who refreshes already for a peer that knows no timers.
   */
  accepted(response: SipResponse): void {
    const granted = readSessionExpires(response);
    if (granted !== undefined) {
      const intervalS = Math.max(granted.intervalS, ABSOLUTE_LEAST_S);
      this.start({ intervalS, refresher: granted.refresher === 'uas' ? 'there' : 'here' });
    } else if (this.#agreed?.refresher === 'here' && !supportsTimer(response)) this.start(this.#agreed);
    else this.stop();
  }

  /** Starts anew: refresh at half the interval, the end min(32 s, a third) before it is over (§10). */
  start(agreed: TimerAgreement): void {
    this.stop();
    this.#agreed = agreed;
    const intervalMs = agreed.intervalS * 1000;
    const untilEndMs = intervalMs - Math.min(32_000, intervalMs / 3);
    this.#deadline = this.#clock.now() + untilEndMs;
    this.#expiry = this.#clock.after(untilEndMs, () => {
      this.stop();
      this.#onExpired(agreed.intervalS);
    });
    if (agreed.refresher === 'here') this.#refreshAfter(intervalMs / 2);
  }

  stop(): void {
    this.#refresh?.cancel();
    this.#expiry?.cancel();
    this.#agreed = undefined;
  }

  #refreshAfter(delayMs: number): void {
    this.#refresh = this.#clock.after(delayMs, () => {
      const before = this.#expiry;
      void this.#onRefresh().then((accepted) => {
        // A refusal leaves the session alive until it expires: try again in half of the time that is left.
        if (accepted || this.#agreed === undefined || this.#expiry !== before) return;
        const leftMs = this.#deadline - this.#clock.now();
        if (leftMs > LEAST_RETRY_MS) this.#refreshAfter(leftMs / 2);
      });
    });
  }
}

function leastOf({ leastS }: SessionTimerSettings): number {
  return Math.max(ABSOLUTE_LEAST_S, leastS);
}

/** The headers of a 422 for a request whose interval is too short for us; only who knows timers is refused (§9). */
export function tooShort(
  request: SipRequest,
  settings: SessionTimerSettings = DEFAULT_SESSION_TIMER,
): HeaderFields | undefined {
  const asked = readSessionExpires(request);
  const least = leastOf(settings);
  if (asked === undefined || asked.intervalS >= least || !supportsTimer(request)) return undefined;
  return [['Min-SE', String(least)]];
}

/** With less time left than this, no further refresh is tried. */
const LEAST_RETRY_MS = 5000;

/** Whether the sender of a message knows session timers (§7.1, §9). */
function supportsTimer(message: SipMessage): boolean {
  return optionTags(message, 'Supported').includes('timer') || optionTags(message, 'Require').includes('timer');
}

function readSessionExpires({
  headers,
}: SipMessage): { readonly intervalS: number; readonly refresher: 'uac' | 'uas' | undefined } | undefined {
  const match = /^\s*(\d{1,9})\s*(.*)$/.exec(headers.get('Session-Expires') ?? '');
  if (match === null) return undefined;
  const parameters = parseParameters(match[2] ?? '');
  const refresher = parameters.ok ? parameters.value.get('refresher')?.toLowerCase() : undefined;
  return {
    intervalS: Number(match[1]),
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  };
}

function secondsOf(value: string | undefined): number | undefined {
  const match = /^\s*(\d{1,9})/.exec(value ?? '');
  return match === null ? undefined : Number(match[1]);
}
