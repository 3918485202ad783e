import type * as z from 'zod';
import { ok } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import { mediaCapabilities } from '../../core/media/capabilities.ts';
import type { MailboxStore } from '../../core/pbx/applications/voicemail.ts';
import { configurationSchema } from '../../core/pbx/configuration.ts';
import { MiniPbx, type MiniPbxEvent } from '../../core/pbx/mini-pbx.ts';
import type { RegistrationStore } from '../../core/pbx/registration-store.ts';
import { Account } from '../../core/phone/account.ts';
import { PhoneAgent } from '../../core/phone/phone-agent.ts';
import { PhoneCall } from '../../core/phone/phone-call.ts';
import type { SecureMedia } from '../../core/sdp/offer-answer.ts';
import { sipUri, type SipUri } from '../../core/sip/message/uri.ts';
import type { ServerTransaction } from '../../core/sip/transaction/transaction-user.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import { flowPorts } from './flow-phone.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';

const SWITCH = '192.0.2.1';
const DOMAIN = 'example.com';
const FIRST_USER = 1000;

/** The address of a user of the {@link FlowSwitch}. */
export const userAt = (user: string): SipUri => sipUri({ user, host: DOMAIN });

/** A phone of one user, registered over TLS. */
export interface FlowPhone {
  readonly agent: PhoneAgent;
  readonly account: Account;
  call(target: SipUri): PhoneCall;
  /** Takes a call that came in. */
  receive(transaction: ServerTransaction): Promise<PhoneCall | undefined>;
}

/** A switch with users from 1000 on, on a virtual network. */
export class FlowSwitch {
  readonly clock = new VirtualClock();
  readonly events: MiniPbxEvent[] = [];
  readonly #network = new VirtualNetwork(this.clock, { delayMs: 5 });
  readonly #agents: PhoneAgent[] = [];
  readonly #pbx: MiniPbx;

  /** `more` of the configuration, and of each user's. */
  constructor(
    users: number,
    {
      mailboxes,
      registrations,
      user = {},
      ...more
    }: Partial<z.input<typeof configurationSchema>> & {
      readonly mailboxes?: MailboxStore;
      readonly registrations?: RegistrationStore;
      readonly user?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    const identity = { certificateChain: '', key: new Secret(''), passphrase: undefined };
    const tls = { ...DEFAULT_TLS_CLIENT_SETTINGS, identity, clientCertificate: 'ignored' as const };
    this.#pbx = new MiniPbx(
      {
        ...flowPorts(this.#network.host(SWITCH), this.clock, 1),
        loadTls: () => Promise.resolve(ok(tls)),
        mailboxes,
        registrations,
      },
      configurationSchema.parse({
        ...more,
        domain: DOMAIN,
        profiles: { internal: { 'sip-ip': SWITCH, 'tls-sip-port': 5061, 'tls-cert-dir': '.' } },
        users: Object.fromEntries(
          Array.from({ length: users }, (_, index) => [String(FIRST_USER + index), { password: 'secret', ...user }]),
        ),
      }),
      (event) => this.events.push(event),
    );
  }

  start(): Promise<unknown> {
    return this.#pbx.start();
  }

  /** `onInvite`: what becomes of a call that comes in. */
  phone(
    user: string,
    secureMedia: SecureMedia,
    onInvite: (phone: FlowPhone, transaction: ServerTransaction) => void = () => undefined,
  ): FlowPhone {
    const number = 10 + this.#agents.length;
    const agent = new PhoneAgent(flowPorts(this.#network.host(`192.0.2.${number}`), this.clock, number));
    this.#agents.push(agent);
    const account = new Account(agent, {
      id: user,
      address: userAt(user),
      displayName: undefined,
      authorizationUser: user,
      password: new Secret('secret'),
      server: { host: SWITCH, port: 5061 },
      transport: 'tls',
      tls: DEFAULT_TLS_CLIENT_SETTINGS,
      capabilities: mediaCapabilities({ secureMedia }),
      expires: 600,
      onRegistration: () => undefined,
    });
    account.registration.start();
    const options = {
      ...{ agent, account, user: { onChange: () => undefined }, portMin: 30_000, portMax: 39_998 },
      sound: { source: { kind: 'silence' }, sink: { kind: 'none' } },
    } as const;
    const phone: FlowPhone = {
      agent,
      account,
      call: (target) => PhoneCall.place(options, target),
      receive: (transaction) => PhoneCall.receive(options, transaction),
    };
    agent.setUser({
      onInvite: (transaction) => {
        onInvite(phone, transaction);
      },
    });
    return phone;
  }

  /** Ends everything. */
  async close(): Promise<void> {
    const closing = Promise.all([...this.#agents.map((agent) => agent.close()), this.#pbx.close()]);
    await this.clock.advanceAsync(40_000);
    await closing;
  }
}
