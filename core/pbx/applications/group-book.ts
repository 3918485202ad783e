/** Who is in which group: as the configuration has it, and as phones changed it by 80 and 81. */
export class GroupBook {
  readonly #groups = new Map<string, Set<string>>();

  constructor(groups: Readonly<Record<string, readonly string[]>>) {
    this.configure(groups);
  }

  /** Groups as they are to be from now on; those that only phones made stay as they are. */
  configure(groups: Readonly<Record<string, readonly string[]>>): void {
    for (const [name, users] of Object.entries(groups)) this.#groups.set(name, new Set(users));
  }

  /** The members in the order in which they came; `undefined` for a group that nobody ever made. */
  members(group: string): readonly string[] | undefined {
    const users = this.#groups.get(group);
    return users === undefined ? undefined : [...users];
  }

  join(group: string, user: string): void {
    this.#groups.set(group, new Set([...(this.#groups.get(group) ?? []), user]));
  }

  leave(group: string, user: string): void {
    this.#groups.get(group)?.delete(user);
  }
}
