import type { RequestHandlers, RequestInput, SwitchRequestName, TraceRequestName } from '../api/contract.ts';
import { Refusal, refused } from '../api/refusal.ts';
import type { AudioView, ImportedAccount, Settings, Snapshot, SwitchView } from '../api/state.ts';
import type { Timer } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { mediaCapabilities } from '../media/capabilities.ts';
import type { ProbePorts } from '../probe/probe-ports.ts';
import { formatUri, isSipUri, parseHostPort, parseUri, type SipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { InviteSession } from '../sip/ua/invite-session.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsClientSettings } from '../tls/tls-settings.ts';
import { Account } from './account.ts';
import { readAccountsFile } from './accounts-file.ts';
import { Contacts, type ContactRequestName, type ContactStore } from './contacts.ts';
import { deviceInstance } from './device-instance.ts';
import { CallHistory, type HistoryRequestName, type HistoryStore } from './history.ts';
import { Messages, type MessageRequestName, type MessageStore } from './messages.ts';
import { LocalConference } from './local-conference.ts';
import { MailboxLamp } from './mailbox-lamp.ts';
import { PhoneAgent, type PhonePorts } from './phone-agent.ts';
import { isAudioCode, PhoneCall, type CallSound, type PhoneCallOptions } from './phone-call.ts';
import { EMPTY_PHONE, type PhoneStore, type StoredAccount, type StoredPhone } from './phone-store.ts';
import { Recordings, type RecordingRequestName, type RecordingStore } from './recordings.ts';
import { decideIncoming } from './settings.ts';
import { ServerTest } from './server-test.ts';
import { parseTarget } from './target-address.ts';
import { Upload } from './upload.ts';
import { accountView, callView, diagnosisView } from './views.ts';

/** Most calls at a time; another caller hears busy (documented limit). */
export const MAX_PHONE_CALLS = 8;
/** Ended calls that stay in the state until they are dismissed. */
const KEPT_ENDED_CALLS = 20;
/** Largest settings of another phone, in octets; they hold old calls, too. */
const MAX_ACCOUNTS_FILE = 4 * 1024 * 1024;
const RTP_PORTS = { portMin: 30_000, portMax: 39_998 };
const SOUND: CallSound = { source: { kind: 'device' }, sink: { kind: 'device' } };
const EXPIRES_S = 3600;
const RING = { kind: 'ring', forwardTo: '', forwardAfter: 0 } as const;

interface OwnAccount {
  readonly stored: StoredAccount;
  readonly account: Account;
  /** Accounts of the built-in switch come from it at each start; they are not kept. */
  readonly builtIn: boolean;
  readonly lamp: MailboxLamp;
}

/** Most hits for what is typed. */
const MOST_HITS = 8;

/** What a phone remembers beside its settings. */
export interface PhoneMemory {
  readonly history: HistoryStore;
  readonly contacts: ContactStore;
  readonly messages: MessageStore;
  /** Where it is missing nothing is recorded. */
  readonly recordings?: RecordingStore;
  /** What was wrong with it when it was opened. */
  readonly trouble: Diagnosis | undefined;
}

/** The phone: accounts, calls and their state, whole and with a revision. Windows show it and ask for changes. */
export class Phone {
  readonly #ports: PhonePorts & ProbePorts;
  readonly #store: PhoneStore;
  readonly #version: string;
  readonly #agent: PhoneAgent;
  readonly #history: CallHistory;
  readonly #contacts: Contacts;
  readonly #messages: Messages;
  readonly #recordings: Recordings;
  readonly #accounts = new Map<string, OwnAccount>();
  readonly #accountsFile: Upload;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #conference: LocalConference;
  readonly #changeListeners = new Set<() => void>();
  readonly #levelListeners = new Set<(levels: { callId: string; sent: number; received: number }[]) => void>();
  #kept: StoredPhone = EMPTY_PHONE;
  #saving: Promise<unknown> = Promise.resolve();
  #revision = 0;
  #serverTest: ServerTest | undefined;
  #disturbAgain: Timer | undefined;
  #audio: AudioView = { state: 'starting', devices: [], input: null, output: null, diagnosis: null };
  #builtInSwitch: SwitchView = {
    state: 'off',
    domain: '',
    listeners: [],
    registrations: 0,
    calls: 0,
    diagnosis: null,
    revision: 0,
  };

  constructor(ports: PhonePorts & ProbePorts, store: PhoneStore, memory: PhoneMemory, version: string) {
    this.#ports = ports;
    this.#store = store;
    this.#version = version;
    this.#agent = new PhoneAgent(ports);
    this.#conference = new LocalConference(`phone ${randomToken(ports.random, 12)}`);
    this.#accountsFile = new Upload(ports.random, MAX_ACCOUNTS_FILE);
    const changed = (): void => {
      this.#changed();
    };
    this.#history = new CallHistory(memory.history, ports, changed, memory.trouble);
    this.#contacts = new Contacts(memory.contacts, ports, changed);
    this.#recordings = new Recordings(memory.recordings, changed);
    this.#messages = new Messages(memory.messages, {
      ...ports,
      agent: this.#agent.userAgent,
      resolve: (accountId, target) => {
        const { account } = this.#ownAccount(accountId);
        return { account, uri: targetOf(target, account) };
      },
      onChange: changed,
    });
    this.#agent.onNetworkChange(() => {
      for (const { account } of this.#accounts.values()) account.networkChanged();
    });
    this.#agent.setUser({
      onInvite: (transaction, replaced) => {
        void this.#incoming(transaction, replaced);
      },
      onRefer: (referral) => {
        const call = [...this.#calls.values()].find(({ session }) => session === referral.session);
        if (call === undefined || referral.session === undefined) referral.refuse();
        else call.refer(referral);
      },
      onRequest: (transaction) => {
        const taken = this.#accountOf(transaction)?.lamp.takeUnsolicited(transaction) === true;
        if (taken) this.#agent.userAgent.reply(transaction, 200);
        return taken;
      },
      onMessage: (message) => {
        const own = this.#accountOf(message);
        return own === undefined ? 404 : this.#messages.receive(own.account, message);
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
    this.#watchDoNotDisturb();
    void this.refreshAudio();
    this.#changed();
    return ok(undefined);
  }

  /** Ends the calls, takes the registrations away, closes the connections. */
  async close(): Promise<void> {
    this.#serverTest?.stop();
    for (const call of this.#calls.values()) call.hangUp();
    for (const { lamp } of this.#accounts.values()) lamp.stop();
    await Promise.all([...this.#accounts.values()].map(({ account }) => account.registration.stop()));
    await this.#agent.close();
    await this.#saving;
    this.#disturbAgain?.cancel();
    this.#history.close();
    this.#contacts.close();
  }

  /** Adds the account of the built-in switch, or takes its new address when the switch was started again. */
  useBuiltInAccount(stored: StoredAccount): void {
    this.#use(stored, true);
    this.#changed();
  }

  /** Takes away the account of the built-in switch, with its calls, before the switch ends. */
  async dropBuiltInAccount(): Promise<void> {
    const own = [...this.#accounts.values()].find(({ builtIn }) => builtIn);
    if (own === undefined) return;
    for (const call of this.#calls.values()) if (call.account === own.account) call.hangUp();
    await this.#drop(own);
  }

  get settings(): Settings {
    return this.#kept.settings;
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
      accounts: [...this.#accounts.values()].map(({ account, stored, builtIn, lamp }) =>
        accountView(account, stored, builtIn, lamp.state),
      ),
      defaultAccountId: this.#defaultAccount()?.stored.id ?? null,
      calls: [...this.#calls.values()].map((call) => callView(call, this.#contacts.nameOf(formatUri(call.remote.uri)))),
      audio: this.#audio,
      builtInSwitch: this.#builtInSwitch,
      serverTest: this.#serverTest?.view ?? null,
      history: this.#history.state,
      contacts: this.#contacts.state,
      messages: this.#messages.state,
      recordings: this.#recordings.state,
      settings: this.#kept.settings,
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
  get handlers(): Omit<RequestHandlers, TraceRequestName | SwitchRequestName> {
    return {
      ...this.#handlers,
      ...this.#history.handlers,
      ...this.#contacts.handlers,
      ...this.#messages.handlers,
      ...this.#recordings.handlers,
    };
  }

  readonly #handlers: Omit<
    RequestHandlers,
    | TraceRequestName
    | SwitchRequestName
    | HistoryRequestName
    | ContactRequestName
    | MessageRequestName
    | RecordingRequestName
  > = {
    'state.get': () => Promise.resolve(this.snapshot()),
    'call.start': (input) => Promise.resolve({ callId: this.#call(input).id }),
    'call.answer': async ({ callId }) => {
      const call = this.#callById(callId);
      this.#holdOthers(call);
      await call.answer();
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
      for (const call of this.#conference.together(this.#callById(callId))) call.mute(muted);
      return Promise.resolve(null);
    },
    'call.dtmf': ({ callId, digits }) => {
      this.#callById(callId).sendDtmf(digits);
      return Promise.resolve(null);
    },
    'call.hold': async ({ callId, held }) => {
      const call = this.#callById(callId);
      if (!held) this.#holdOthers(call);
      for (const changed of await Promise.all(this.#conference.together(call).map((one) => one.setHeld(held))))
        if (!changed.ok) throw new Refusal(changed.error);
      return null;
    },
    'call.merge': async ({ callIds }) => {
      const calls = callIds.map((id) => this.#callById(id)).filter(({ state }) => state === 'connected');
      const merged = await this.#conference.merge(calls);
      if (!merged.ok) throw new Refusal(merged.error);
      return null;
    },
    'call.record': async ({ callId, on }) => {
      await this.#recordings.record(this.#callById(callId), on);
      return null;
    },
    'call.split': async ({ callId }) => {
      const call = this.#callById(callId);
      this.#conference.leave(call);
      const held = await call.setHeld(true);
      if (!held.ok) throw new Refusal(held.error);
      return null;
    },
    'call.transfer': ({ callId, target }) => {
      const call = this.#callById(callId);
      call.transferTo(targetOf(target, call.account));
      return Promise.resolve(null);
    },
    'call.consult': ({ callId, target }) => {
      const call = this.#callById(callId);
      return Promise.resolve({
        callId: this.#place(targetOf(target, call.account), call.account, { consults: call }).id,
      });
    },
    'call.connect': ({ callId }) => {
      const consultation = this.#callById(callId);
      const { consults } = consultation;
      if (consults?.state !== 'connected' || consultation.state !== 'connected') {
        throw refused('config.conflict', 'There are no two calls to connect.', 'Wait until both are answered.');
      }
      consults.transferTo(consultation.remote.uri, consultation);
      return Promise.resolve(null);
    },
    'call.answerTransfer': ({ callId, accept }) => {
      const call = this.#callById(callId);
      const uri = call.referral?.referTo.uri;
      const referral = call.answerReferral(accept && uri !== undefined && isSipUri(uri));
      if (referral !== undefined && uri !== undefined && isSipUri(uri)) this.#place(uri, call.account, { referral });
      return Promise.resolve(null);
    },
    'call.dismiss': ({ callId }) => {
      if (this.#callById(callId).state === 'ended') this.#calls.delete(callId);
      this.#changed();
      return Promise.resolve(null);
    },
    'account.add': (input) => this.#addAccount(input),
    'account.read': ({ accountId }) => {
      const { id: _id, authorizationUser: _user, password: _password, ...form } = this.#accountById(accountId).stored;
      return Promise.resolve({ ...form, address: form.address.replace(/^sip:/, '') });
    },
    'account.change': async ({ accountId, ...input }) => {
      const own = this.#accountById(accountId);
      if (own.builtIn) {
        throw refused('config.conflict', 'The account of the built-in switch is set up by itself.', 'Add an account of your own.');
      } // prettier-ignore
      this.#use(this.#storedOf(input, own.stored), false);
      const saved = await this.#keep();
      if (!saved.ok) throw new Refusal(saved.error);
      return null;
    },
    'account.import': async (piece) => {
      const { upload, octets } = this.#accountsFile.receive(piece);
      return { upload, report: octets === undefined ? null : await this.#importAccounts(octets) };
    },
    'account.remove': async ({ accountId }) => {
      const own = this.#accountById(accountId);
      if (own.builtIn)
        throw refused('config.conflict', 'The account of the built-in switch stays.', 'Switch it off instead.');
      await this.#drop(own);
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
    'account.test': ({ accountId }) => {
      this.#test(accountId, this.#accountById(accountId).stored);
      return Promise.resolve(null);
    },
    'account.testNew': ({ accountId, ...input }) => {
      const before = accountId === null ? undefined : this.#accountById(accountId).stored;
      this.#test(null, this.#storedOf(input, before));
      return Promise.resolve(null);
    },
    'account.endTest': () => {
      this.#serverTest?.stop();
      this.#serverTest = undefined;
      this.#changed();
      return Promise.resolve(null);
    },
    'dial.resolve': ({ target, accountId }) => {
      const own = accountId === null ? this.#defaultAccount() : this.#accounts.get(accountId);
      const uri = parseTarget(target, own?.account.options.address.host ?? '');
      return Promise.resolve({
        address: uri.ok ? formatUri(uri.value) : null,
        reason: uri.ok ? null : uri.error,
      });
    },
    'people.search': ({ text }) => {
      const known = this.#contacts.people(text, MOST_HITS);
      const others = text.trim() === '' ? [] : this.#history.people(text, MOST_HITS);
      // Who is a contact is a hit once, by that name.
      const strangers = others.filter(({ address }) => this.#contacts.nameOf(address) === undefined);
      return Promise.resolve({ hits: [...known, ...strangers].slice(0, MOST_HITS) });
    },
    'settings.set': async (input) => {
      for (const target of [input.forward?.always, input.forward?.busy, input.forward?.noAnswer]) {
        if (target !== undefined && target !== '') targetAt(target, 'example.com');
      }
      this.#kept = { ...this.#kept, settings: { ...this.#kept.settings, ...definedOf(input) } };
      this.#watchDoNotDisturb();
      const saved = await this.#keep();
      if (!saved.ok) throw new Refusal(saved.error);
      return null;
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
    const { account } = this.#ownAccount(accountId);
    return this.#place(targetOf(target, account), account);
  }

  /** The account that a window means; null is the default one. */
  #ownAccount(accountId: string | null): OwnAccount {
    const own = accountId === null ? this.#defaultAccount() : this.#accountById(accountId);
    if (own !== undefined) return own;
    throw refused('config.invalid', 'There is no account to call with.', 'Add an account, or try the built-in switch.');
  }

  #place(uri: SipUri, account: Account, purpose: Pick<PhoneCallOptions, 'consults' | 'referral'> = {}): PhoneCall {
    if (this.#running >= MAX_PHONE_CALLS) {
      throw refused('config.conflict', 'No more calls at a time are possible.', 'End a call first.', { limit: MAX_PHONE_CALLS });
    } // prettier-ignore
    const call = PhoneCall.place({ ...this.#callOptions(account), ...purpose }, uri);
    this.#calls.set(call.id, call);
    this.#history.record(call);
    this.#holdOthers(call);
    if (!this.#kept.welcomed) {
      this.#kept = { ...this.#kept, welcomed: true };
      void this.#keep();
    }
    this.#changed();
    return call;
  }

  /** One conversation at a time: whoever else is spoken with waits. */
  #holdOthers(call: PhoneCall): void {
    for (const other of this.#calls.values())
      if (other !== call && !this.#conference.joins(call, other)) void other.setHeld(true);
  }

  get #running(): number {
    return [...this.#calls.values()].filter(({ state }) => state !== 'ended').length;
  }

  /** `replaced`: a call of ours whose place the new one takes (RFC 3891), which was answered already. */
  async #incoming(transaction: ServerTransaction, replaced?: InviteSession): Promise<void> {
    const own = this.#accountOf(transaction);
    const refuse = (status: number): void => {
      this.#agent.userAgent.reply(transaction, status);
    };
    if (own === undefined) {
      refuse(404);
      return;
    }
    // Who takes the place of a call that was answered is that call going on.
    const decision =
      replaced === undefined
        ? decideIncoming(this.#kept.settings, own.stored.id, this.#running > 0, this.#ports.clock.wall())
        : RING;
    const forwardTo = decision.kind === 'forward' ? this.#forwardTarget(decision.to, own.account) : undefined;
    if (this.#running >= MAX_PHONE_CALLS || decision.kind === 'refuse' || forwardTo !== undefined) {
      if (forwardTo === undefined) refuse(decision.kind === 'refuse' ? decision.status : 486);
      else this.#agent.userAgent.reply(transaction, 302, [['Contact', `<${formatUri(forwardTo)}>`]]);
      this.#history.recordUnrung(own.account, transaction, forwardTo === undefined ? 'missed' : 'forwarded');
      return;
    }
    const call = await PhoneCall.receive(this.#callOptions(own.account), transaction);
    if (call === undefined) return;
    this.#calls.set(call.id, call);
    this.#history.record(call);
    this.#changed();
    if (replaced?.state === 'established') await call.answer();
    else if (decision.kind === 'answer') this.#answerLater(call, decision.after);
    else if (decision.kind === 'ring' && decision.forwardTo !== '') this.#forwardLater(call, decision);
  }

  /** Answers a call that still rings then, unless somebody has begun another one. */
  #answerLater(call: PhoneCall, seconds: number): void {
    this.#ports.clock.after(seconds * 1000, () => {
      const alone = [...this.#calls.values()].every((other) => other === call || other.state === 'ended');
      if (call.state === 'incoming' && alone) void call.answer();
    });
  }

  #forwardLater(call: PhoneCall, { forwardTo, forwardAfter }: { forwardTo: string; forwardAfter: number }): void {
    const target = this.#forwardTarget(forwardTo, call.account);
    if (target === undefined) return;
    this.#ports.clock.after(forwardAfter * 1000, () => {
      call.forward(target);
    });
  }

  #forwardTarget(text: string, { options }: Account): SipUri | undefined {
    const uri = parseTarget(text, options.address.host);
    return uri.ok ? uri.value : undefined;
  }

  /** Switches do not disturb off when its time is over. */
  #watchDoNotDisturb(): void {
    this.#disturbAgain?.cancel();
    const { on, until } = this.#kept.settings.doNotDisturb;
    if (!on || until === null) return;
    this.#disturbAgain = this.#ports.clock.after(Math.max(0, until - this.#ports.clock.wall()), () => {
      this.#kept = { ...this.#kept, settings: { ...this.#kept.settings, doNotDisturb: { on: false, until: null } } };
      void this.#keep();
    });
  }

  /** Whom a request is for: by our Contact, which is its Request-URI, else by the address in To. */
  #accountOf({ request }: Pick<ServerTransaction, 'request'>): OwnAccount | undefined {
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
          // Whoever was refused on arrival has no place here.
          if (this.#calls.has(call.id)) this.#history.record(call);
          if (call.state === 'ended') {
            this.#conference.leave(call);
            if (call.recording) void call.finished.then(() => this.#recordings.changed());
            this.#forgetOldCalls();
          }
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

  /** What the form of an account says, checked; `before`: the account that it changes. */
  #storedOf(input: RequestInput<'account.add'>, before?: StoredAccount): StoredAccount {
    const uri = addressOf(input.address);
    if (!uri.ok) {
      throw refused('config.invalid', `This is no address: ${uri.error}.`, 'Enter it like name@example.com.', { address: input.address });
    } // prettier-ignore
    if (input.server !== '' && !parseHostPort(input.server).ok) {
      throw refused('config.invalid', 'The server is neither a host nor host:port.', 'Enter it like sip.example.com:5061.', { server: input.server });
    } // prettier-ignore
    const { password, ...fields } = input;
    const kept = password === '' ? before : undefined;
    const read = before === undefined ? undefined : addressOf(before.address);
    const former = read?.ok === true ? read.value : undefined;
    if (kept !== undefined && former?.host !== uri.value.host) {
      // What was trusted to one domain is not shown to another because somebody has mistyped.
      throw refused('config.invalid', 'The password belongs to the other domain.', 'Enter the password for the new one.', { address: input.address });
    } // prettier-ignore
    return {
      ...fields,
      id: before?.id ?? randomToken(this.#ports.random, 12),
      address: `sip:${uri.value.user ?? ''}@${uri.value.host}${uri.value.port === undefined ? '' : `:${uri.value.port}`}`,
      // An account that was taken over may log in by another name than it is called by.
      authorizationUser: (former?.user === uri.value.user ? before?.authorizationUser : uri.value.user) ?? '',
      password: kept?.password ?? new Secret(password),
    };
  }

  async #addAccount(input: RequestInput<'account.add'>): Promise<{ accountId: string }> {
    const stored = this.#storedOf(input);
    this.#use(stored, false);
    this.#kept = { ...this.#kept, welcomed: true, defaultAccountId: stored.id };
    const saved = await this.#keep();
    if (!saved.ok) throw new Refusal(saved.error);
    return { accountId: stored.id };
  }

  async #importAccounts(octets: Uint8Array): Promise<ImportedAccount[]> {
    const file = readAccountsFile(octets);
    if (!file.ok)
      throw refused('config.invalid', `No accounts can be read from this file: ${file.error}.`, 'Choose MicroSIP.ini or linphonerc.'); // prettier-ignore
    const report = file.value.map((entry): ImportedAccount => {
      if ('reason' in entry) return { name: entry.name, outcome: entry.reason, needsPassword: false, transport: 'tls' };
      const { password, ...account } = entry.account;
      const known = [...this.#accounts.values()].some(({ stored }) => stored.address === account.address);
      const about = { name: account.address.replace(/^sip:/, ''), needsPassword: password === '', transport: account.transport }; // prettier-ignore
      if (known) return { ...about, outcome: 'known' };
      this.#use({ ...account, id: randomToken(this.#ports.random, 12), password: new Secret(password) }, false);
      return { ...about, outcome: 'added' };
    });
    if (report.some(({ outcome }) => outcome === 'added')) this.#kept = { ...this.#kept, welcomed: true };
    const saved = await this.#keep();
    if (!saved.ok) throw new Refusal(saved.error);
    return report;
  }

  #test(accountId: string | null, stored: StoredAccount): void {
    const address = addressOf(stored.address);
    if (!address.ok) return;
    this.#serverTest?.stop();
    const account = { id: accountId, address: address.value, stored, tls: tlsOf(stored) };
    const test = ServerTest.start(this.#ports, account, () => {
      this.#changed();
    });
    if (!test.ok) throw refused('config.invalid', `The server cannot be tested: ${test.error}.`, 'Enter it like sip.example.com:5061.'); // prettier-ignore
    this.#serverTest = test.value;
    this.#changed();
  }

  #use(stored: StoredAccount, builtIn: boolean): void {
    const address = addressOf(stored.address);
    if (!address.ok) return;
    const former = this.#accounts.get(stored.id);
    former?.lamp.stop();
    void former?.account.registration.stop();
    const server = stored.server === '' ? undefined : parseHostPort(stored.server);
    const account: Account = new Account(this.#agent, {
      id: stored.id,
      address: address.value,
      displayName: stored.displayName === '' ? undefined : stored.displayName,
      authorizationUser: stored.authorizationUser,
      password: stored.password,
      server: server?.ok === true ? { host: server.value.host, port: server.value.port } : undefined,
      transport: stored.transport,
      tls: tlsOf(stored),
      capabilities: mediaCapabilities({ secureMedia: stored.srtp === 'off' ? 'forbidden' : stored.srtp }),
      // The account of the built-in switch has the same identifier everywhere.
      instance: builtIn ? undefined : deviceInstance(this.#ports.hash, stored.id),
      expires: EXPIRES_S,
      onRegistration: ({ flow, state }) => {
        if (state === 'registered') lamp.start();
        for (const call of this.#calls.values()) {
          if (flow !== undefined && call.account === account) call.follow(flow);
        }
        this.#changed();
      },
    });
    const lamp = new MailboxLamp(account, this.#agent.userAgent, () => {
      this.#changed();
    });
    this.#accounts.set(stored.id, { stored, account, builtIn, lamp });
    account.registration.start();
  }

  async #drop({ stored, account, lamp }: OwnAccount): Promise<void> {
    this.#accounts.delete(stored.id);
    void this.#keep();
    lamp.stop();
    await account.registration.stop();
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

/** The address that a person means; a refusal is thrown. */
function targetOf(target: string, { options }: Account): SipUri {
  return targetAt(target, options.address.host);
}

function targetAt(target: string, domain: string): SipUri {
  const uri = parseTarget(target, domain);
  if (uri.ok) return uri.value;
  throw refused('sip.uri-scheme', `This cannot be called: ${uri.error}.`, 'Enter a number or an address like name@example.com.', { target });
} // prettier-ignore

/** An address of record as a person writes it: with or without `sip:`. */
function addressOf(text: string): Result<SipUri, string> {
  const trimmed = text.trim();
  const uri = parseUri(/^sips?:/i.test(trimmed) ? trimmed : `sip:${trimmed}`);
  if (!uri.ok) return uri;
  if (!isSipUri(uri.value) || uri.value.user === undefined) return err('it needs a user and a domain');
  return ok(uri.value);
}

/** How an account checks its server. */
function tlsOf({ trust, verify }: StoredAccount): TlsClientSettings {
  const revocationLists = trust.match(/-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g) ?? [];
  return { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: trust === '' ? 'system' : [trust], revocationLists, verify };
}

/** Without the values that were not given. */
function definedOf(settings: RequestInput<'settings.set'>): Partial<Settings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
