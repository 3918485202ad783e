import { Secret } from '../base/secret.ts';
import type { PbxConfiguration } from './configuration.ts';

/** The users of the switch and their passwords. */
export class Directory {
  /** Realm of the passwords and domain of the addresses. */
  readonly domain: string;
  readonly #users: ReadonlyMap<string, { readonly password: Secret; readonly callerIdName: string | undefined }>;

  constructor(configuration: PbxConfiguration) {
    this.domain = configuration.domain;
    this.#users = new Map(
      Object.entries(configuration.users).map(([user, entry]) => [
        user,
        { password: new Secret(entry.password), callerIdName: entry['effective-caller-id-name'] },
      ]),
    );
  }

  has(user: string): boolean {
    return this.#users.has(user);
  }

  /** `undefined` for a user that is not there. */
  password(user: string): Secret | undefined {
    return this.#users.get(user)?.password;
  }

  /** What callees see as the name of the caller. */
  callerIdName(user: string): string {
    return this.#users.get(user)?.callerIdName ?? `Extension ${user}`;
  }
}
