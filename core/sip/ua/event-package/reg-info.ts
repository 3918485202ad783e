import { err, ok, type Result } from '../../../base/result.ts';
import type { Body } from '../session-description-handler.ts';
import { childOf, childrenOf, readXml, type XmlElement } from './xml-reader.ts';
import { xmlDocument, xmlElement, xmlText } from './xml-writer.ts';

/** The body of the package `reg` (RFC 3680 §5). */
export const REGINFO_TYPE = 'application/reginfo+xml';

const NAMESPACE = 'urn:ietf:params:xml:ns:reginfo';

const EVENTS = [
  'registered', 'created', 'refreshed', 'shortened', 'expired', 'deactivated', 'probation', 'unregistered', 'rejected',
] as const; // prettier-ignore
export type ContactEvent = (typeof EVENTS)[number];

/** One binding of an address. */
export interface RegisteredContact {
  readonly id: string;
  readonly uri: string;
  readonly isActive: boolean;
  /** What happened to it last. */
  readonly event: ContactEvent;
  /** Seconds left. */
  readonly expires?: number | undefined;
  /** Seconds before which a phone that was put off must not come back. */
  readonly retryAfter?: number | undefined;
}

/** One address of record. */
export interface AddressRegistration {
  readonly id: string;
  readonly addressOfRecord: string;
  readonly state: 'init' | 'active' | 'terminated';
  readonly contacts: readonly RegisteredContact[];
}

/** A document: all addresses of the one watched, or those that changed since the version before. */
export interface RegInfo {
  readonly version: number;
  readonly full: boolean;
  readonly registrations: readonly AddressRegistration[];
}

/** Reads a document; what lacks an identity, or has a state that nobody knows, is left out. */
export function readRegInfo({ content }: Body): Result<RegInfo, string> {
  const document = readXml(content);
  if (!document.ok) return document;
  const { name, namespace, attributes } = document.value;
  const version = attributes.get('version') ?? '';
  const state = attributes.get('state');
  if (name !== 'reginfo' || namespace !== NAMESPACE) return err('no reginfo');
  if (!/^\d{1,15}$/.test(version) || (state !== 'full' && state !== 'partial'))
    return err('reginfo needs version and state');
  const registrations = childrenOf(document.value, 'registration').flatMap((one) => readRegistration(one) ?? []);
  return ok({ version: Number(version), full: state === 'full', registrations });
}

function readRegistration(element: XmlElement): AddressRegistration | undefined {
  const id = element.attributes.get('id');
  const addressOfRecord = element.attributes.get('aor');
  const state = element.attributes.get('state');
  if (id === undefined || addressOfRecord === undefined) return undefined;
  if (state !== 'init' && state !== 'active' && state !== 'terminated') return undefined;
  const contacts = childrenOf(element, 'contact').flatMap((contact) => readContact(contact) ?? []);
  return { id, addressOfRecord, state, contacts };
}

function readContact(element: XmlElement): RegisteredContact | undefined {
  const { attributes } = element;
  const id = attributes.get('id');
  const uri = childOf(element, 'uri')?.text;
  const event = EVENTS.find((known) => known === attributes.get('event'));
  if (id === undefined || uri === undefined || event === undefined) return undefined;
  return {
    id,
    uri,
    isActive: attributes.get('state') === 'active',
    event,
    expires: seconds(attributes.get('expires')),
    retryAfter: seconds(attributes.get('retry-after')),
  };
}

/** Writes a document. */
export function regInfo({ version, full, registrations }: RegInfo): Body {
  const root = xmlElement(
    'reginfo',
    { xmlns: NAMESPACE, version, state: full ? 'full' : 'partial' },
    ...registrations.map(({ id, addressOfRecord, state, contacts }) =>
      xmlElement(
        'registration',
        { aor: addressOfRecord, id, state },
        ...contacts.map(({ isActive, event, expires, retryAfter, ...contact }) =>
          xmlElement(
            'contact',
            { id: contact.id, state: isActive ? 'active' : 'terminated', event, expires, 'retry-after': retryAfter },
            xmlElement('uri', {}, xmlText(contact.uri)),
          ),
        ),
      ),
    ),
  );
  return { contentType: REGINFO_TYPE, content: xmlDocument(root) };
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
