import { Secret } from '../../../core/base/secret.ts';
import { mediaCapabilities } from '../../../core/media/capabilities.ts';
import { steadyTone } from '../../../core/media/media-plane.ts';
import { Account } from '../../../core/phone/account.ts';
import { PhoneAgent, type PhonePorts } from '../../../core/phone/phone-agent.ts';
import {
  PhoneCall,
  type CallSound,
  type PhoneCallOptions,
  type PhoneCallState,
} from '../../../core/phone/phone-call.ts';
import type { IncomingReferral } from '../../../core/sip/ua/incoming-referral.ts';
import type { RegistrationView } from '../../../core/sip/ua/registration.ts';
import { isSipUri, sipUri, type SipUri } from '../../../core/sip/message/uri.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../../core/tls/tls-settings.ts';
import { PROXY_DOMAIN, PROXY_PASSWORD, type RunningKamailio } from '../../support/kamailio.ts';

const STEP_MS = 15_000;
const LOOK_MS = 10;
const TONE: CallSound = { source: steadyTone(440), sink: { kind: 'none' } };

/** What a phone of a test is. */
export interface ProxyPhoneOptions {
  readonly ports: PhonePorts;
  readonly proxy: RunningKamailio;
  readonly user: string;
  readonly transport?: 'udp' | 'tcp' | 'tls';
  readonly password?: string;
}

/** Looks until `look` finds something; a bounded wait that fails with what it waited for. */
export async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  const end = performance.now() + STEP_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The address of a user of the proxy. */
export function proxyUser(user: string): SipUri {
  return sipUri({ user, host: PROXY_DOMAIN });
}

/** One phone of ours that registers at a proxy: the layers of the product below its window. */
export class ProxyPhone {
  readonly agent: PhoneAgent;
  readonly account: Account;
  /** Calls that came in, oldest first. */
  readonly incoming: PhoneCall[] = [];
  /** Calls that were made because somebody asked for a transfer. */
  readonly referred: PhoneCall[] = [];
  readonly digits: string[] = [];
  /** The sound of calls that come in. */
  sound: CallSound = TONE;
  readonly #options: ProxyPhoneOptions;
  #registration: RegistrationView | undefined;

  constructor(options: ProxyPhoneOptions) {
    const { ports, proxy, user, transport = 'tls', password = PROXY_PASSWORD } = options;
    this.#options = options;
    this.agent = new PhoneAgent(ports);
    this.account = new Account(this.agent, {
      id: user,
      address: proxyUser(user),
      displayName: undefined,
      authorizationUser: user,
      password: new Secret(password),
      server: proxy.server(transport),
      transport,
      tls: { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [proxy.trust] },
      capabilities: mediaCapabilities({ secureMedia: transport === 'tls' ? 'mandatory' : 'forbidden' }),
      expires: 60,
      onRegistration: (view) => {
        this.#registration = view;
      },
    });
    this.agent.setUser({
      onInvite: (transaction) => {
        void PhoneCall.receive(this.#callOptions(), transaction).then((call) => {
          if (call !== undefined) this.incoming.push(call);
        });
      },
      onRefer: (referral) => {
        this.#takeReferral(referral);
      },
    });
  }

  /** Registers; the view of it, once it succeeded or failed for good. */
  async register(): Promise<RegistrationView> {
    this.account.registration.start();
    return until('the registration', () => {
      const view = this.#registration;
      return view?.state === 'registered' || view?.state === 'failed' ? view : undefined;
    });
  }

  call(target: SipUri | string, sound: CallSound = TONE): PhoneCall {
    return PhoneCall.place(this.#callOptions({ sound }), typeof target === 'string' ? proxyUser(target) : target);
  }

  /** The call number `index` that came in, once it rings. */
  ringing(index = 0): Promise<PhoneCall> {
    return until(`call ${index} to ${this.#options.user}`, () => this.incoming[index]);
  }

  /** Takes the registration away, hangs up, closes the connections. */
  async close(): Promise<void> {
    await this.account.registration.stop();
    await this.agent.close();
  }

  #callOptions(more: Partial<PhoneCallOptions> = {}): PhoneCallOptions {
    return {
      agent: this.agent,
      account: this.account,
      sound: this.sound,
      portMin: 41_000,
      portMax: 45_998,
      user: {
        onChange: () => undefined,
        onStreamEvent: (_call, event) => {
          if (event.kind === 'dtmf') this.digits.push(event.digit);
        },
      },
      ...more,
    };
  }

  #takeReferral(referral: IncomingReferral): void {
    const { referTo } = referral;
    if (!isSipUri(referTo.uri)) {
      referral.refuse();
      return;
    }
    referral.accept();
    this.referred.push(PhoneCall.place(this.#callOptions({ referral }), referTo.uri));
  }
}

/** Waits until every one of `calls` is in `state`. */
export async function all(state: PhoneCallState, ...calls: readonly PhoneCall[]): Promise<void> {
  for (const call of calls)
    await until(`${call.direction} call to be ${state}`, () => call.state === state || undefined);
}
