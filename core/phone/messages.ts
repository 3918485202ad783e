import type { RequestHandlers } from '../api/contract.ts';
import type { MessageThread, TextMessage } from '../api/messages.ts';
import { MAX_MESSAGE_LENGTH } from '../api/messages.ts';
import { Refusal } from '../api/refusal.ts';
import type { MessagesState } from '../api/state.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { formatUri, isSipUri, sipUri, type SipUri } from '../sip/message/uri.ts';
import type { PagerMessage } from '../sip/ua/pager-message.ts';
import { statusDiagnosis } from '../sip/ua/status-diagnosis.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import type { Account } from './account.ts';

/** Where messages are kept. What cannot be written is a diagnosis; what cannot be read is empty. */
export interface MessageStore {
  /** Writes a message, or what has become of it; one that is new and incoming is unseen. */
  put(message: TextMessage): Result<void, Diagnosis>;
  /** Conversations, the one with the newest message first. */
  threads(offset: number, limit: number): { readonly total: number; readonly threads: MessageThread[] };
  /** Messages of a conversation, newest first. */
  read(accountId: string, address: string, offset: number, limit: number): { readonly total: number; readonly messages: TextMessage[] }; // prettier-ignore
  unseen(): number;
  /** How many had not been seen before. */
  markSeen(accountId: string, address: string): Result<number, Diagnosis>;
  remove(accountId: string, address: string): Result<void, Diagnosis>;
}

/** Requests that the messages answer. */
export type MessageRequestName = Extract<keyof RequestHandlers, `messages.${string}`>;

/** What messages need of the phone. */
export interface MessagePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly agent: UserAgent;
  /** The account that a window means, and the address of a target as it would be dialled; throws a refusal. */
  readonly resolve: (accountId: string | null, target: string) => { readonly account: Account; readonly uri: SipUri };
  readonly onChange: () => void;
}

/** Messages that are longer are refused with 513, characters. */
const LONGEST_RECEIVED = 65_536;

/** Text messages (RFC 3428), past the end of the program. */
export class Messages {
  readonly #store: MessageStore;
  readonly #ports: MessagePorts;
  #revision = 0;

  constructor(store: MessageStore, ports: MessagePorts) {
    this.#store = store;
    this.#ports = ports;
  }

  get state(): MessagesState {
    return { revision: this.#revision, unseen: this.#store.unseen() };
  }

  /** A message came for an account; gives the status of its answer. */
  receive(account: Account, { from, text, composing, flow }: PagerMessage): number {
    // That somebody types is shown nowhere.
    if (composing !== undefined) return 200;
    if (from === undefined || !isSipUri(from.uri) || text === undefined) return 400;
    if (text.length > LONGEST_RECEIVED) return 513;
    const written = this.#put({
      ...this.#head(account, from.uri, flow.security?.peerVerified === true),
      direction: 'incoming',
      name: from.displayName ?? '',
      text,
      state: 'received',
      code: null,
    });
    // Nobody is told that a message is here which is not kept.
    return written.ok ? 200 : 480;
  }

  readonly handlers: Pick<RequestHandlers, MessageRequestName> = {
    'messages.threads': ({ offset, limit }) => Promise.resolve(this.#store.threads(offset, limit)),
    'messages.read': ({ accountId, address, offset, limit }) =>
      Promise.resolve(this.#store.read(accountId, address, offset, limit)),
    'messages.send': ({ accountId, target, text }) => {
      const { account, uri } = this.#ports.resolve(accountId, target);
      const message: TextMessage = {
        ...this.#head(account, uri, false),
        direction: 'outgoing',
        name: '',
        text: text.slice(0, MAX_MESSAGE_LENGTH),
        state: 'sending',
        code: null,
      };
      this.#refuse(this.#put(message));
      void this.#send(account, uri, message);
      return Promise.resolve({ messageId: message.id, accountId: account.id, address: message.address });
    },
    'messages.seen': ({ accountId, address }) => {
      const seen = this.#store.markSeen(accountId, address);
      // A window looks again after each change: to look is none.
      if (!seen.ok || seen.value > 0) this.#refuse(this.#changed(seen));
      return Promise.resolve(null);
    },
    'messages.remove': ({ accountId, address }) => {
      this.#refuse(this.#changed(this.#store.remove(accountId, address)));
      return Promise.resolve(null);
    },
  };

  async #send(account: Account, uri: SipUri, message: TextMessage): Promise<void> {
    const { agent } = this.#ports;
    const flow = await account.connect();
    if (!flow.ok) {
      this.#put({ ...message, state: 'failed', code: flow.error.code });
      return;
    }
    const { address, displayName } = account.options;
    const from = { displayName, uri: address };
    const answer = await agent.message({ flow: flow.value, target: uri, from, digest: account.digest, headers: account.route }, message.text); // prettier-ignore
    const status = answer.ok ? answer.value.status : undefined;
    const sent = status !== undefined && status < 300;
    const failure = answer.ok ? statusDiagnosis(answer.value) : answer.error;
    const encrypted = flow.value.security?.peerVerified === true;
    this.#put({ ...message, encrypted, ...(sent ? { state: 'sent' } : { state: 'failed', code: failure.code }) });
  }

  #head(account: Account, uri: SipUri, encrypted: boolean): Pick<TextMessage, 'id' | 'accountId' | 'address' | 'at' | 'encrypted'> {
    // One conversation, whatever parameters the addresses of its messages have.
    const address = formatUri(sipUri({ user: uri.user, host: uri.host, port: uri.port }));
    return { id: randomToken(this.#ports.random, 16), accountId: account.id, address, at: this.#ports.clock.wall(), encrypted };
  } // prettier-ignore

  #put(message: TextMessage): Result<void, Diagnosis> {
    return this.#changed(this.#store.put(message));
  }

  #changed<T>(result: Result<T, Diagnosis>): Result<T, Diagnosis> {
    this.#revision++;
    this.#ports.onChange();
    return result;
  }

  #refuse(result: Result<unknown, Diagnosis>): void {
    if (!result.ok) throw new Refusal(result.error);
  }
}
