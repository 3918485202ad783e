import type { Settings } from '../api/state.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { Secret } from '../base/secret.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

/** An account as it is kept. */
export interface StoredAccount {
  readonly id: string;
  /** `sip:1000@example.com`. */
  readonly address: string;
  readonly authorizationUser: string;
  readonly displayName: string;
  /** `host`, `host:port` or empty. */
  readonly server: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly srtp: 'mandatory' | 'optional' | 'off';
  /** PEM of authorities to trust instead of the system's, or empty. */
  readonly trust: string;
  readonly verify: boolean;
  readonly password: Secret;
}

/** Everything that a phone remembers from one start to the next. */
export interface StoredPhone {
  readonly accounts: readonly StoredAccount[];
  readonly defaultAccountId: string | undefined;
  readonly audio: { readonly input: string | undefined; readonly output: string | undefined };
  /** Set by the first call, or the first account of the person's own. */
  readonly welcomed: boolean;
  readonly settings: Settings;
}

export const EMPTY_PHONE: StoredPhone = Object.freeze({
  accounts: [],
  defaultAccountId: undefined,
  audio: { input: undefined, output: undefined },
  welcomed: false,
  settings: DEFAULT_SETTINGS,
});

/** Where a phone keeps what it remembers. A write is whole or not at all; passwords go where only the owner can read. */
export interface PhoneStore {
  /** What was kept, `EMPTY_PHONE` on the first start. */
  load(): Promise<Result<StoredPhone, Diagnosis>>;
  save(phone: StoredPhone): Promise<Result<void, Diagnosis>>;
}
