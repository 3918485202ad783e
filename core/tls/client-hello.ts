import { err, ok, type Result } from '../base/result.ts';
import { readLatin1 } from './der.ts';
import { readHelloExtensions } from './hello-extensions.ts';
import { OctetCursor } from './octet-cursor.ts';
import { cipherName, groupName, isGrease, signatureSchemeName, versionName } from './tls-names.ts';
import { CONTENT_TYPE, TlsRecordReader } from './tls-records.ts';

/** What a client offers (RFC 8446 §4.1.2), by IANA names; values that are only noise (RFC 8701) are left out. */
export interface ClientHello {
  /** Highest first as the client lists them; before TLS 1.3 the one highest version. */
  readonly versions: readonly string[];
  readonly ciphers: readonly string[];
  readonly groups: readonly string[];
  readonly signatureSchemes: readonly string[];
  /** The name asked for (SNI, RFC 6066 §3). */
  readonly serverName: string | undefined;
  /** Application protocols (RFC 7301). */
  readonly alpn: readonly string[];
  /** Whether the client proposes to resume a session, by ticket or pre-shared key. */
  readonly resumes: boolean;
}

const EXTENSION = Object.freeze({
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  sessionTicket: 35,
  preSharedKey: 41,
  supportedVersions: 43,
});

/** Reads the body of a client_hello message. */
export function readClientHello(body: Uint8Array): Result<ClientHello, string> {
  const cursor = new OctetCursor(body);
  const legacyVersion = cursor.uint(2);
  cursor.take(32);
  cursor.vector(1);
  const ciphers = cursor.vector(2).list(2);
  cursor.vector(1);
  const extensions = readHelloExtensions(cursor);
  if (cursor.truncated || ciphers.length === 0) return err('the ClientHello is cut off');
  const list = (id: number, width: 1 | 2): number[] =>
    extensions.get(id)?.vector(width).list(2).filter(notGrease) ?? [];
  const versions = list(EXTENSION.supportedVersions, 1);
  return ok({
    versions: (versions.length > 0 ? versions : [legacyVersion]).map(versionName),
    ciphers: ciphers.filter(notGrease).map(cipherName),
    groups: list(EXTENSION.supportedGroups, 2).map(groupName),
    signatureSchemes: list(EXTENSION.signatureAlgorithms, 2).map(signatureSchemeName),
    serverName: readServerName(extensions.get(EXTENSION.serverName)),
    alpn: readAlpn(extensions.get(EXTENSION.alpn)),
    resumes: extensions.has(EXTENSION.preSharedKey) || extensions.get(EXTENSION.sessionTicket)?.atEnd === false,
  });
}

/**
 * Finds the ClientHello at the start of what a client sent. `undefined` where more octets are needed; the error says why
 * these octets are none.
 */
export function findClientHello(octets: Uint8Array): Result<ClientHello | undefined, string> {
  const reader = new TlsRecordReader();
  const messages = reader.push(octets);
  if (reader.failure !== undefined) return err(reader.failure);
  const [first] = messages;
  if (first === undefined) return ok(undefined);
  if (first.contentType !== CONTENT_TYPE.handshake || first.type !== 1)
    return err('the first message is no ClientHello');
  return readClientHello(first.body);
}

function readServerName(extension: OctetCursor | undefined): string | undefined {
  const list = extension?.vector(2);
  while (list !== undefined && !list.atEnd) {
    const type = list.uint(1);
    const name = list.take(list.uint(2));
    if (type === 0 && name.length > 0) return readLatin1(name);
  }
  return undefined;
}

function readAlpn(extension: OctetCursor | undefined): string[] {
  const protocols: string[] = [];
  const list = extension?.vector(2);
  while (list !== undefined && !list.atEnd) protocols.push(readLatin1(list.take(list.uint(1))));
  return protocols;
}

function notGrease(code: number): boolean {
  return !isGrease(code);
}
