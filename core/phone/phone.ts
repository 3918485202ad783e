import type { RequestHandlers, RequestInput } from '../api/contract.ts';
import { Refusal } from '../api/refusal.ts';
import type { AudioView, Snapshot, SwitchView } from '../api/state.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { mediaCapabilities } from '../media/capabilities.ts';
import { isSipUri, parseHostPort, parseUri, type SipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../tls/tls-settings.ts';
import { Account } from './account.ts';
import { PhoneAgent, type PhonePorts } from './phone-agent.ts';
import { isAudioCode, PhoneCall, type CallSound, type PhoneCallOptions } from './phone-call.ts';
import { EMPTY_PHONE, type PhoneStore, type StoredAccount, type StoredPhone } from './phone-store.ts';
import { parseTarget } from './target-address.ts';
import { accountView, callView, diagnosisView } from './views.ts';

/** Most calls at a time; another caller hears busy (documented limit). */
export const MAX_PHONE_CALLS = 8;
/** Ended calls that stay in the state until they are dismissed. */
const KEPT_ENDED_CALLS = 20;
const RTP_PORTS = { portMin: 30_000, portMax: 39_998 };
const SOUND: CallSound = { source: { kind: 'device' }, sink: { kind: 'device' } };
const EXPIRES_S = 3600;

interface OwnAccount {
  readonly stored: StoredAccount;
  readonly account: Account;
  /** Accounts of the built-in switch come from it at each start; they are not kept. */
  readonly builtIn: boolean;
}

/** The phone: accounts, calls and their state, whole and with a revision. Windows show it and ask for changes. */
export class Phone {
  readonly #ports: PhonePorts;
  readonly #store: PhoneStore;
  readonly #version: string;
  readonly #agent: PhoneAgent;
  readonly #accounts = new Map<string, OwnAccount>();
  readonly #calls = new Map<string, PhoneCall>();
  readonly #changeListeners = new Set<() => void>();
  readonly #levelListeners = new Set<(levels: { callId: string; sent: number; received: number }[]) => void>();
  #kept: StoredPhone = EMPTY_PHONE;
  #saving: Promise<unknown> = Promise.resolve();
  #revision = 0;
  #audio: AudioView = { state: 'starting', devices: [], input: null, output: null, diagnosis: null };
  #builtInSwitch: SwitchView = { state: 'off', domain: '', listeners: [], registrations: 0, calls: 0, diagnosis: null };

  constructor(ports: PhonePorts, store: PhoneStore, version: string) {
    this.#ports = ports;
    this.#store = store;
    this.#version = version;
    this.#agent = new PhoneAgent(ports);
    this.#agent.setUser({
      onInvite: (transaction) => {
        void this.#incoming(transaction);
      },
    });
  }

  /** Reads what was kept and registers the accounts. */
  async start(): Promise<Result<void, Diagnosis>> {
    const kept = await this.#store.load();
    if (!kept.ok) return kept;
    this.#kept = kept.value;
    for (const stored of kept.value.accounts) this.#use(stored, false);
    this.#ports.plane.route(kept.value.audio);
    void this.refreshAudio();
    this.#changed();
    return ok(undefined);
  }

  /** Ends the calls, takes the registrations away, closes the connections. */
  async close(): Promise<void> {
    for (const call of this.#calls.values()) call.hangUp();
    await Promise.all([...this.#accounts.values()].map(({ account }) => account.registration.stop()));
    await this.#agent.close();
    await this.#saving;
  }

  /** Adds the account of the built-in switch, or takes its new address when the switch was started again. */
  useBuiltInAccount(stored: StoredAccount): void {
    this.#use(stored, true);
    this.#changed();
  }

  showBuiltInSwitch(view: SwitchView): void {
    this.#builtInSwitch = view;
    this.#changed();
  }

  /** Looks for sound devices anew. */
  async refreshAudio(diagnosis?: Diagnosis): Promise<void> {
    const devices = await this.#ports.plane.devices();
    const { input, output } = this.#kept.audio;
    this.#audio = {
      state: devices.length === 0 ? 'none' : diagnosis?.code === 'audio.device-lost' ? 'lost' : 'ready',
      devices: devices.map(({ id, name, inputs, outputs }) => ({ id, name, inputs, outputs })),
      input: input ?? null,
      output: output ?? null,
      diagnosis: diagnosis === undefined ? null : diagnosisView(diagnosis),
    };
    this.#changed();
  }

  snapshot(): Snapshot {
    return {
      revision: this.#revision,
      version: this.#version,
      firstRun: !this.#kept.welcomed,
      accounts: [...this.#accounts.values()].map(({ account, stored, builtIn }) =>
        accountView(account, stored, builtIn),
      ),
      defaultAccountId: this.#defaultAccount()?.stored.id ?? null,
      calls: [...this.#calls.values()].map(callView),
      audio: this.#audio,
      builtInSwitch: this.#builtInSwitch,
    };
  }

  /** Called after each change; `snapshot()` then has a new revision. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => void this.#changeListeners.delete(listener);
  }

  /** Levels of running calls, about ten times a second. */
  onLevels(listener: (levels: { callId: string; sent: number; received: number }[]) => void): () => void {
    this.#levelListeners.add(listener);
    return () => void this.#levelListeners.delete(listener);
  }

  /** What windows may ask for. A refusal is thrown. */
  readonly handlers: RequestHandlers = {
    'state.get': () => Promise.resolve(this.snapshot()),
    'call.start': (input) => Promise.resolve({ callId: this.#call(input).id }),
    'call.answer': async ({ callId }) => {
      await this.#callById(callId).answer();
      return null;
    },
    'call.decline': ({ callId }) => {
      this.#callById(callId).decline();
      return Promise.resolve(null);
    },
    'call.hangUp': ({ callId }) => {
      this.#callById(callId).hangUp();
      return Promise.resolve(null);
    },
    'call.mute': ({ callId, muted }) => {
      this.#callById(callId).mute(muted);
      return Promise.resolve(null);
    },
    'call.dtmf': ({ callId, digits }) => {
      this.#callById(callId).sendDtmf(digits);
      return Promise.resolve(null);
    },
    'call.dismiss': ({ callId }) => {
      if (this.#callById(callId).state === 'ended') this.#calls.delete(callId);
      this.#changed();
      return Promise.resolve(null);
    },
    'account.add': (input) => this.#addAccount(input),
    'account.remove': async ({ accountId }) => {
      const { account, builtIn } = this.#accountById(accountId);
      if (builtIn)
        throw refused('config.conflict', 'The account of the built-in switch stays.', 'Switch it off instead.');
      this.#accounts.delete(accountId);
      void this.#keep();
      await account.registration.stop();
      return null;
    },
    'account.register': ({ accountId }) => {
      this.#accountById(accountId).account.registration.start();
      return Promise.resolve(null);
    },
    'account.setDefault': ({ accountId }) => {
      this.#accountById(accountId);
      this.#kept = { ...this.#kept, defaultAccountId: accountId };
      void this.#keep();
      return Promise.resolve(null);
    },
    'audio.route': async ({ input, output }) => {
      const audio = { input: input ?? undefined, output: output ?? undefined };
      this.#kept = { ...this.#kept, audio };
      this.#ports.plane.route(audio);
      void this.#keep();
      await this.refreshAudio();
      return null;
    },
  };

  #call({ target, accountId }: RequestInput<'call.start'>): PhoneCall {
    const own = accountId === null ? this.#defaultAccount() : this.#accountById(accountId);
    if (own === undefined) {
      throw refused(
        'config.invalid',
        'There is no account to call with.',
        'Add an account, or try the built-in switch.',
      );
    }
    const uri = parseTarget(target, own.account.options.address.host);
    if (!uri.ok) {
      throw refused('sip.uri-scheme', `This cannot be called: ${uri.error}.`, 'Enter a number or an address like name@example.com.', { target });
    } // prettier-ignore
    if (this.#running >= MAX_PHONE_CALLS) {
      throw refused('config.conflict', 'No more calls at a time are possible.', 'End a call first.', { limit: MAX_PHONE_CALLS });
    } // prettier-ignore
    const call = PhoneCall.place(this.#callOptions(own.account), uri.value);
    this.#calls.set(call.id, call);
    if (!this.#kept.welcomed) {
      this.#kept = { ...this.#kept, welcomed: true };
      void this.#keep();
    }
    this.#changed();
    return call;
  }

  get #running(): number {
    return [...this.#calls.values()].filter(({ state }) => state !== 'ended').length;
  }

  async #incoming(transaction: ServerTransaction): Promise<void> {
    const own = this.#accountOf(transaction);
    const refuse = (status: number): void => {
      this.#agent.userAgent.reply(transaction, status);
    };
    if (own === undefined) {
      refuse(404);
      return;
    }
    if (this.#running >= MAX_PHONE_CALLS) {
      refuse(486);
      return;
    }
    const call = await PhoneCall.receive(this.#callOptions(own.account), transaction);
    if (call === undefined) return;
    this.#calls.set(call.id, call);
    this.#changed();
  }

  /** Whom a request is for: by our Contact, which is its Request-URI, else by the address in To. */
  #accountOf({ request }: ServerTransaction): OwnAccount | undefined {
    const accounts = [...this.#accounts.values()];
    const user = isSipUri(request.uri) ? request.uri.user : undefined;
    const to = request.to?.uri;
    return (
      accounts.find(({ account }) => account.contactUser === user) ??
      accounts.find(
        ({ account: { options } }) =>
          to !== undefined && isSipUri(to) && options.address.user === to.user && options.address.host === to.host,
      )
    );
  }

  #callOptions(account: Account): PhoneCallOptions {
    return {
      agent: this.#agent,
      account,
      sound: SOUND,
      ...RTP_PORTS,
      user: {
        onChange: (call) => {
          if (call.state === 'ended') this.#forgetOldCalls();
          this.#changed();
        },
        onStreamEvent: (call, event) => {
          if (event.kind === 'diagnosis' && isAudioCode(event.diagnosis.code)) void this.refreshAudio(event.diagnosis);
          if (event.kind === 'cleared' && isAudioCode(event.code)) void this.refreshAudio();
          if (event.kind !== 'statistics') return;
          const { levelSent, levelReceived } = event.statistics;
          for (const listener of this.#levelListeners) {
            listener([{ callId: call.id, sent: levelSent, received: levelReceived }]);
          }
        },
      },
    };
  }

  #forgetOldCalls(): void {
    const ended = [...this.#calls.values()].filter(({ state }) => state === 'ended');
    for (const call of ended.slice(0, -KEPT_ENDED_CALLS)) this.#calls.delete(call.id);
  }

  async #addAccount(input: RequestInput<'account.add'>): Promise<{ accountId: string }> {
    const uri = addressOf(input.address);
    if (!uri.ok) {
      throw refused('config.invalid', `This is no address: ${uri.error}.`, 'Enter it like name@example.com.', { address: input.address });
    } // prettier-ignore
    if (input.server !== '' && !parseHostPort(input.server).ok) {
      throw refused('config.invalid', 'The server is neither a host nor host:port.', 'Enter it like sip.example.com:5061.', { server: input.server });
    } // prettier-ignore
    const { password, ...fields } = input;
    const stored: StoredAccount = {
      ...fields,
      id: randomToken(this.#ports.random, 12),
      address: `sip:${uri.value.user ?? ''}@${uri.value.host}${uri.value.port === undefined ? '' : `:${uri.value.port}`}`,
      authorizationUser: uri.value.user ?? '',
      password: new Secret(password),
    };
    this.#use(stored, false);
    this.#kept = { ...this.#kept, welcomed: true, defaultAccountId: stored.id };
    const saved = await this.#keep();
    if (!saved.ok) throw new Refusal(saved.error);
    return { accountId: stored.id };
  }

  #use(stored: StoredAccount, builtIn: boolean): void {
    const address = addressOf(stored.address);
    if (!address.ok) return;
    void this.#accounts.get(stored.id)?.account.registration.stop();
    const server = stored.server === '' ? undefined : parseHostPort(stored.server);
    const account = new Account(this.#agent, {
      id: stored.id,
      address: address.value,
      displayName: stored.displayName === '' ? undefined : stored.displayName,
      authorizationUser: stored.authorizationUser,
      password: stored.password,
      server: server?.ok === true ? { host: server.value.host, port: server.value.port } : undefined,
      transport: stored.transport,
      tls: {
        ...DEFAULT_TLS_CLIENT_SETTINGS,
        trust: stored.trust === '' ? 'system' : [stored.trust],
        verify: stored.verify,
      },
      capabilities: mediaCapabilities({ secureMedia: stored.srtp === 'off' ? 'forbidden' : stored.srtp }),
      expires: EXPIRES_S,
      onRegistration: () => {
        this.#changed();
      },
    });
    this.#accounts.set(stored.id, { stored, account, builtIn });
    account.registration.start();
  }

  #defaultAccount(): OwnAccount | undefined {
    const chosen = this.#kept.defaultAccountId;
    return (chosen === undefined ? undefined : this.#accounts.get(chosen)) ?? [...this.#accounts.values()][0];
  }

  #callById(id: string): PhoneCall {
    const call = this.#calls.get(id);
    if (call === undefined)
      throw refused('config.invalid', 'This call is not there any more.', 'Nothing needs to be done.');
    return call;
  }

  #accountById(id: string): OwnAccount {
    const account = this.#accounts.get(id);
    if (account === undefined) throw refused('config.invalid', 'This account is not there.', 'Choose another account.');
    return account;
  }

  /** Writes in order, one at a time; what fails is told to whoever asked. */
  #keep(): Promise<Result<void, Diagnosis>> {
    const accounts = [...this.#accounts.values()].filter(({ builtIn }) => !builtIn).map(({ stored }) => stored);
    this.#kept = { ...this.#kept, accounts };
    const kept = this.#kept;
    const saved = this.#saving.then(() => this.#store.save(kept));
    this.#saving = saved;
    this.#changed();
    return saved;
  }

  #changed(): void {
    this.#revision++;
    for (const listener of this.#changeListeners) listener();
  }
}

/** An address of record as a person writes it: with or without `sip:`. */
function addressOf(text: string): Result<SipUri, string> {
  const trimmed = text.trim();
  const uri = parseUri(/^sips?:/i.test(trimmed) ? trimmed : `sip:${trimmed}`);
  if (!uri.ok) return uri;
  if (!isSipUri(uri.value) || uri.value.user === undefined) return err('it needs a user and a domain');
  return ok(uri.value);
}

function refused(
  code: 'config.invalid' | 'config.conflict' | 'sip.uri-scheme',
  summary: string,
  cure: string,
  evidence: Diagnosis['evidence'] = {},
): Refusal {
  return new Refusal({ code, side: 'here', summary, cure, evidence });
}
