import { dialogKey, type DialogId } from '../dialog/dialog-id.ts';
import { DialogTable } from '../dialog/dialog-table.ts';
import type { SipMessage } from '../message/message.ts';
import type { InviteSession } from './invite-session.ts';
import type { CallsByDialog } from './replaced-dialog.ts';

/** Dialogs that ended and are still known as such. */
const MOST_ENDED = 64;

/** The calls of a user agent by their dialogs, and the dialogs that ended last. */
export class CallTable implements CallsByDialog, Iterable<InviteSession> {
  readonly #calls = new DialogTable<InviteSession>();
  readonly #ended = new Set<string>();

  /** Makes messages of a dialog find their call; the function returned ends that. */
  add(id: DialogId, session: InviteSession): () => void {
    const release = this.#calls.add(id, session);
    return () => {
      release();
      this.#ended.add(dialogKey(id));
      const [oldest] = this.#ended;
      if (this.#ended.size > MOST_ENDED && oldest !== undefined) this.#ended.delete(oldest);
    };
  }

  get(id: DialogId): InviteSession | undefined {
    return this.#calls.get(id);
  }

  /** The call that a message of the other side belongs to. */
  find(message: SipMessage): InviteSession | undefined {
    return this.#calls.find(message);
  }

  hadUntilLately(id: DialogId): boolean {
    return this.#ended.has(dialogKey(id));
  }

  [Symbol.iterator](): Iterator<InviteSession> {
    return this.#calls[Symbol.iterator]();
  }
}
