import type { Channel, ChannelState } from '../../core/api/channel.ts';
import type { Clock, Timer } from '../../core/base/clock.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/**
 * A channel over a WebSocket that opens again by itself after it was lost: at once at first, then with a delay that
 * doubles up to five seconds.
 */
export class WebSocketChannel implements Channel {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #messageListeners = new Set<(text: string) => void>();
  readonly #stateListeners = new Set<(state: ChannelState) => void>();
  #socket: WebSocket | null = null;
  #state: ChannelState = 'closed';
  #delayMs = FIRST_DELAY_MS;
  #retry: Timer | null = null;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
    this.#connect();
  }

  send(text: string): void {
    if (this.#state === 'open') this.#socket?.send(text);
  }

  onMessage(listener: (text: string) => void): () => void {
    this.#messageListeners.add(listener);
    return () => this.#messageListeners.delete(listener);
  }

  onState(listener: (state: ChannelState) => void): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  /** Tries now, where a try would have to wait. */
  reconnect(): void {
    if (this.#retry === null) return;
    this.#retry.cancel();
    this.#connect();
  }

  #connect(): void {
    this.#retry = null;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#delayMs = FIRST_DELAY_MS;
      this.#become('open');
    });
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return;
      for (const listener of this.#messageListeners) listener(data);
    });
    // A failed attempt fires `error` and then `close`, a lost connection only `close`.
    socket.addEventListener('close', () => {
      this.#become('closed');
      this.#retry = this.#clock.after(this.#delayMs, () => {
        this.#connect();
      });
      this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
    });
  }

  #become(state: ChannelState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}
