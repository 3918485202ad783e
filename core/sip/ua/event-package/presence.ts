import { err, ok, type Result } from '../../../base/result.ts';
import type { Body } from '../session-description-handler.ts';
import { childOf, childrenOf, readXml } from './xml-reader.ts';
import { xmlDocument, xmlElement, xmlText } from './xml-writer.ts';

/** The body of the package `presence` (RFC 3863). */
export const PIDF_TYPE = 'application/pidf+xml';

const NAMESPACE = 'urn:ietf:params:xml:ns:pidf';
const DATA_MODEL = 'urn:ietf:params:xml:ns:pidf:data-model';
const RPID = 'urn:ietf:params:xml:ns:pidf:rpid';

/** Activities of RFC 4480 §3.2 that a lamp shows. */
const ACTIVITIES = ['away', 'busy', 'on-the-phone', 'meeting', 'vacation'] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** Whether, and how, somebody can be reached. */
export interface Presence {
  /** URI of the one it is about. */
  readonly entity: string;
  /** Whether any of its tuples is open. */
  readonly isOpen: boolean;
  /** What the person does. */
  readonly activity?: Activity | undefined;
  /** What the person says. */
  readonly note?: string | undefined;
  /** Where it is reached. */
  readonly contact?: string | undefined;
}

/** Reads a document (RFC 3863 §4): one tuple that is open makes its entity reachable. */
export function readPresence({ content }: Body): Result<Presence, string> {
  const document = readXml(content);
  if (!document.ok) return document;
  const root = document.value;
  const entity = root.attributes.get('entity');
  if (root.name !== 'presence' || root.namespace !== NAMESPACE || entity === undefined) return err('no presence');
  const tuples = childrenOf(root, 'tuple');
  const open = tuples.find((tuple) => childOf(childOf(tuple, 'status'), 'basic')?.text.toLowerCase() === 'open');
  const person = root.children.find(({ name, namespace }) => name === 'person' && namespace === DATA_MODEL);
  const activities = [person, ...tuples].map((place) => childOf(place, 'activities'));
  const activity = ACTIVITIES.find((known) => activities.some((list) => childOf(list, known) !== undefined));
  const notes = [root, person, ...tuples].map((place) => childOf(place, 'note')?.text);
  return ok({
    entity,
    isOpen: open !== undefined,
    activity,
    note: notes.find((note) => note !== undefined && note !== ''),
    contact: childOf(open ?? tuples[0], 'contact')?.text,
  });
}

/** Writes a document with one tuple. */
export function presence({ entity, isOpen, activity, note, contact }: Presence): Body {
  const root = xmlElement(
    'presence',
    { xmlns: NAMESPACE, 'xmlns:dm': DATA_MODEL, 'xmlns:rpid': RPID, entity },
    xmlElement(
      'tuple',
      { id: 'phone' },
      xmlElement('status', {}, xmlElement('basic', {}, xmlText(isOpen ? 'open' : 'closed'))),
      contact === undefined ? undefined : xmlElement('contact', {}, xmlText(contact)),
    ),
    note === undefined ? undefined : xmlElement('note', {}, xmlText(note)),
    activity === undefined
      ? undefined
      : xmlElement(
          'dm:person',
          { id: 'person' },
          xmlElement('rpid:activities', {}, xmlElement(`rpid:${activity}`, {})),
        ),
  );
  return { contentType: PIDF_TYPE, content: xmlDocument(root) };
}
