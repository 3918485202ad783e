import type { SrtpKeying } from '../rtp/stream-parameters.ts';
import { SrtpReceiver } from '../srtp/srtp-receiver.ts';
import type { SrtpCrypto } from '../srtp/srtp-crypto.ts';
import { SRTP_AUTH_FAILED, SRTP_REPLAYED } from '../srtp/srtp-transform.ts';
import { sameKeying, suiteOf } from './srtp-keys.ts';

/** Failures in a row that are no accident any more: half a second of voice. */
const BURST = 25;

/** What the guard tells of, once for each keying. */
export type GuardAlarm = 'auth-failed' | 'replayed';

/**
 * The SRTP check of what a stream receives, with its counts. After new keys the old ones are kept until a packet proves
 * the new ones, so that what was on its way is not lost.
 */
export class SrtpGuard {
  readonly #crypto: SrtpCrypto;
  readonly #onAlarm: (alarm: GuardAlarm, failures: number) => void;
  #keying: SrtpKeying | undefined;
  #receiver: SrtpReceiver | undefined;
  #previous: SrtpReceiver | undefined;
  #authFailures = 0;
  #replayed = 0;
  #failedInRow = 0;
  #replayedInRow = 0;

  constructor(crypto: SrtpCrypto, onAlarm: (alarm: GuardAlarm, failures: number) => void) {
    this.#crypto = crypto;
    this.#onAlarm = onAlarm;
  }

  /** Whether packets are authenticated here; if not, they pass as they are. */
  get active(): boolean {
    return this.#receiver !== undefined;
  }

  get suite(): string | undefined {
    return this.#keying?.suite;
  }

  get authFailures(): number {
    return this.#authFailures;
  }

  get replayed(): number {
    return this.#replayed;
  }

  /** Puts keys in force; the same ones go on. `undefined`: plain RTP. */
  rekey(keying: SrtpKeying | undefined): void {
    if (sameKeying(keying, this.#keying)) return;
    this.#previous?.wipe();
    this.#previous = keying === undefined ? undefined : this.#receiver;
    if (keying === undefined) this.#receiver?.wipe();
    this.#keying = keying;
    this.#receiver =
      keying && new SrtpReceiver(this.#crypto, suiteOf(keying), keying.masterKeyAndSalt.reveal(), keying);
    this.#failedInRow = 0;
    this.#replayedInRow = 0;
  }

  /** Decrypts an RTP packet in place; its length, negative where it must be dropped. */
  unprotectRtp(packet: Uint8Array, length: number): number {
    if (this.#receiver === undefined) return length;
    const plainLength = this.#receiver.unprotectRtp(packet, length);
    if (plainLength >= 0) {
      this.#failedInRow = 0;
      this.#replayedInRow = 0;
      this.#forgetPrevious();
      return plainLength;
    }
    if (plainLength === SRTP_AUTH_FAILED && this.#previous !== undefined) {
      const old = this.#previous.unprotectRtp(packet, length);
      if (old >= 0) return old;
    }
    this.#count(plainLength);
    return plainLength;
  }

  /** Decrypts an RTCP packet in place; its length, negative where it must be dropped. */
  unprotectRtcp(packet: Uint8Array, length: number): number {
    if (this.#receiver === undefined) return length;
    const plainLength = this.#receiver.unprotectRtcp(packet, length);
    if (plainLength === SRTP_AUTH_FAILED) {
      const old = this.#previous?.unprotectRtcp(packet, length) ?? plainLength;
      if (old >= 0) return old;
      this.#authFailures++;
    } else if (plainLength === SRTP_REPLAYED) this.#replayed++;
    return plainLength;
  }

  /** Forgets all keys. */
  wipe(): void {
    this.#receiver?.wipe();
    this.#forgetPrevious();
    this.#receiver = undefined;
  }

  #forgetPrevious(): void {
    this.#previous?.wipe();
    this.#previous = undefined;
  }

  #count(code: number): void {
    if (code === SRTP_REPLAYED) {
      this.#replayed++;
      if (++this.#replayedInRow === BURST) this.#onAlarm('replayed', this.#replayedInRow);
    } else if (code === SRTP_AUTH_FAILED) {
      this.#authFailures++;
      if (++this.#failedInRow === BURST) this.#onAlarm('auth-failed', this.#failedInRow);
    }
  }
}
