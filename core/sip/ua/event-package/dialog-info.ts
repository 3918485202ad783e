import { err, ok, type Result } from '../../../base/result.ts';
import type { Body } from '../session-description-handler.ts';
import { childOf, childrenOf, readXml, type XmlElement } from './xml-reader.ts';
import { xmlDocument, xmlElement, xmlText, type XmlText } from './xml-writer.ts';

/** The body of the package `dialog` (RFC 4235 §4.1). */
export const DIALOG_INFO_TYPE = 'application/dialog-info+xml';

const NAMESPACE = 'urn:ietf:params:xml:ns:dialog-info';

const STATES = ['trying', 'proceeding', 'early', 'confirmed', 'terminated'] as const;
export type WatchedDialogState = (typeof STATES)[number];

/** One end of a dialog that somebody watches. */
export interface WatchedParty {
  readonly identity?: string | undefined;
  readonly displayName?: string | undefined;
  /** Where it is reached. */
  readonly target?: string | undefined;
}

/** One dialog of the entity that is watched (RFC 4235 §4.1.2). */
export interface WatchedDialog {
  /** Unique in the document, and the same as long as the dialog lives. */
  readonly id: string;
  readonly state: WatchedDialogState;
  readonly direction?: 'initiator' | 'recipient' | undefined;
  readonly callId?: string | undefined;
  readonly localTag?: string | undefined;
  readonly remoteTag?: string | undefined;
  readonly local?: WatchedParty | undefined;
  readonly remote?: WatchedParty | undefined;
}

/** A document: all dialogs of the entity, or those that changed since the version before. */
export interface DialogInfo {
  readonly version: number;
  readonly full: boolean;
  readonly entity: string;
  readonly dialogs: readonly WatchedDialog[];
}

/** Reads a document; dialogs without `id` or with a state that nobody knows are left out. */
export function readDialogInfo({ content }: Body): Result<DialogInfo, string> {
  const document = readXml(content);
  if (!document.ok) return document;
  const { name, namespace, attributes } = document.value;
  const version = attributes.get('version') ?? '';
  const state = attributes.get('state');
  const entity = attributes.get('entity');
  if (name !== 'dialog-info' || namespace !== NAMESPACE) return err('no dialog-info');
  if (!/^\d{1,15}$/.test(version) || (state !== 'full' && state !== 'partial') || entity === undefined)
    return err('dialog-info needs version, state and entity');
  const dialogs = childrenOf(document.value, 'dialog').flatMap((dialog) => readDialog(dialog) ?? []);
  return ok({ version: Number(version), full: state === 'full', entity, dialogs });
}

function readDialog(element: XmlElement): WatchedDialog | undefined {
  const { attributes } = element;
  const id = attributes.get('id');
  const state = STATES.find((known) => known === childOf(element, 'state')?.text);
  if (id === undefined || state === undefined) return undefined;
  const direction = attributes.get('direction');
  return {
    id,
    state,
    direction: direction === 'initiator' || direction === 'recipient' ? direction : undefined,
    callId: attributes.get('call-id'),
    localTag: attributes.get('local-tag'),
    remoteTag: attributes.get('remote-tag'),
    local: readParty(childOf(element, 'local')),
    remote: readParty(childOf(element, 'remote')),
  };
}

function readParty(element: XmlElement | undefined): WatchedParty | undefined {
  if (element === undefined) return undefined;
  const identity = childOf(element, 'identity');
  return {
    identity: identity?.text,
    displayName: identity?.attributes.get('display'),
    target: childOf(element, 'target')?.attributes.get('uri'),
  };
}

/** Writes a document. */
export function dialogInfo({ version, full, entity, dialogs }: DialogInfo): Body {
  const root = xmlElement(
    'dialog-info',
    { xmlns: NAMESPACE, version, state: full ? 'full' : 'partial', entity },
    ...dialogs.map((dialog) =>
      xmlElement(
        'dialog',
        {
          id: dialog.id,
          'call-id': dialog.callId,
          'local-tag': dialog.localTag,
          'remote-tag': dialog.remoteTag,
          direction: dialog.direction,
        },
        xmlElement('state', {}, xmlText(dialog.state)),
        writeParty('local', dialog.local),
        writeParty('remote', dialog.remote),
      ),
    ),
  );
  return { contentType: DIALOG_INFO_TYPE, content: xmlDocument(root) };
}

function writeParty(name: string, party: WatchedParty | undefined): XmlText | undefined {
  if (party === undefined) return undefined;
  const { identity, displayName, target } = party;
  return xmlElement(
    name,
    {},
    identity === undefined ? undefined : xmlElement('identity', { display: displayName }, xmlText(identity)),
    target === undefined ? undefined : xmlElement('target', { uri: target }),
  );
}

/** Dialogs of one entity that are remembered at most. */
const MOST_DIALOGS = 200;

/** What a subscriber knows of an entity's dialogs, document by document (RFC 4235 §4.3). */
export class DialogWatch {
  readonly #dialogs = new Map<string, WatchedDialog>();
  #version: number | undefined;

  /** The dialogs that are not terminated. */
  get dialogs(): readonly WatchedDialog[] {
    return [...this.#dialogs.values()];
  }

  /**
   * Takes a document: `taken`; `old` for a version that is not newer, which changes nothing; `gap` for a partial one of which one
   * before is missing: what it says is taken, but the subscription has to be refreshed for the whole state.
   */
  take({ version, full, dialogs }: DialogInfo): 'taken' | 'old' | 'gap' {
    const last = this.#version;
    if (last !== undefined && version <= last) return 'old';
    this.#version = version;
    if (full) this.#dialogs.clear();
    for (const dialog of dialogs) {
      if (dialog.state === 'terminated') this.#dialogs.delete(dialog.id);
      else if (this.#dialogs.has(dialog.id) || this.#dialogs.size < MOST_DIALOGS) this.#dialogs.set(dialog.id, dialog);
    }
    return !full && version !== (last ?? version) + 1 ? 'gap' : 'taken';
  }
}
