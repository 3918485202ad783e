/** RFC 3261 §12: early after a provisional response, confirmed after a 2xx. */
export type DialogState = 'early' | 'confirmed' | 'terminated';

/** What moves a dialog. `gone`: we ended it, or the other side does not know it or does not answer. */
export type DialogInput = '1xx' | '2xx' | '300-699' | 'bye' | 'gone';

interface DialogCell {
  readonly next: DialogState;
  /** Section of RFC 3261. */
  readonly rule: string;
}

/** What becomes of a dialog. The inputs but `bye` and `gone` are responses to an INVITE. */
export const DIALOG_TABLE: Readonly<Record<DialogState, Readonly<Record<DialogInput, DialogCell>>>> = {
  early: {
    '1xx': { next: 'early', rule: '§12.1: only a 2xx confirms' },
    '2xx': { next: 'confirmed', rule: '§12.1, §13.2.2.4: the final response confirms' },
    '300-699': { next: 'terminated', rule: '§12.3: a final response other than 2xx ends an early dialog' },
    bye: { next: 'terminated', rule: '§15: a caller may end an early dialog with BYE' },
    gone: { next: 'terminated', rule: '§12.2.1.2: 481, 408 or silence ends the dialog' },
  },
  confirmed: {
    '1xx': { next: 'confirmed', rule: '§14.1: progress of a re-INVITE changes nothing' },
    '2xx': { next: 'confirmed', rule: '§14.1: a re-INVITE changes the session, not the dialog' },
    '300-699': { next: 'confirmed', rule: '§14.1: a refused re-INVITE leaves all as it was' },
    bye: { next: 'terminated', rule: '§15.1: BYE ends the dialog' },
    gone: { next: 'terminated', rule: '§12.2.1.2: 481, 408 or silence ends the dialog' },
  },
  terminated: {
    '1xx': { next: 'terminated', rule: '§12.3: a dialog that has ended does not come back' },
    '2xx': { next: 'terminated', rule: '§12.3: a dialog that has ended does not come back' },
    '300-699': { next: 'terminated', rule: '§12.3: a dialog that has ended does not come back' },
    bye: { next: 'terminated', rule: '§12.3: a dialog that has ended does not come back' },
    gone: { next: 'terminated', rule: '§12.3: a dialog that has ended does not come back' },
  },
};
