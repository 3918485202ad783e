import { err, ok, type Result } from '../base/result.ts';
import { readLatin1, toHex } from './der.ts';
import { readHelloExtensions } from './hello-extensions.ts';
import { LONGEST_LIST, OctetCursor } from './octet-cursor.ts';
import { cipherName, extensionName, groupName, isGrease, signatureSchemeName, versionName } from './tls-names.ts';

/** What a client offers (RFC 8446 §4.1.2), by IANA names; values that are only noise (RFC 8701) are left out. */
export interface ClientHello {
  /** Highest first as the client lists them; before TLS 1.3 the one highest version. */
  readonly versions: readonly string[];
  readonly ciphers: readonly string[];
  readonly groups: readonly string[];
  /** The groups that it sends a key for at once (TLS 1.3); a server that likes another one asks for a second ClientHello. */
  readonly keyShares: readonly string[];
  readonly signatureSchemes: readonly string[];
  /** The name asked for (SNI, RFC 6066 §3). */
  readonly serverName: string | undefined;
  /** Application protocols (RFC 7301). */
  readonly alpn: readonly string[];
  /** How the client proposes to resume a session, if it does. */
  readonly resumption: 'none' | 'session-id' | 'ticket' | 'pre-shared-key';
  /** Hex; with TLS 1.3 it means nothing (RFC 8446 §D.4). */
  readonly sessionId: string;
  /** Whether it knows secure renegotiation (RFC 5746), by the extension or by the cipher suite that stands for it. */
  readonly secureRenegotiation: boolean;
  /** Names of all extensions in their order. */
  readonly extensions: readonly string[];
}

const EXTENSION = Object.freeze({
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  sessionTicket: 35,
  preSharedKey: 41,
  supportedVersions: 43,
  keyShare: 51,
  renegotiationInfo: 0xff01,
});

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3). */
const RENEGOTIATION_SUITE = 0x00ff;

/** Reads the body of a client_hello message. */
export function readClientHello(body: Uint8Array): Result<ClientHello, string> {
  const cursor = new OctetCursor(body);
  const legacyVersion = cursor.uint(2);
  cursor.take(32);
  const sessionId = cursor.take(cursor.uint(1));
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
    keyShares: readKeyShares(extensions.get(EXTENSION.keyShare)),
    signatureSchemes: list(EXTENSION.signatureAlgorithms, 2).map(signatureSchemeName),
    serverName: readServerName(extensions.get(EXTENSION.serverName)),
    alpn: readAlpn(extensions.get(EXTENSION.alpn)),
    resumption: resumptionOf(extensions, versions.length > 0 ? 0 : sessionId.length),
    sessionId: toHex(sessionId),
    secureRenegotiation: extensions.has(EXTENSION.renegotiationInfo) || ciphers.includes(RENEGOTIATION_SUITE),
    extensions: [...extensions.keys()].filter(notGrease).slice(0, LONGEST_LIST).map(extensionName),
  });
}

function resumptionOf(
  extensions: ReadonlyMap<number, OctetCursor>,
  sessionIdLength: number,
): ClientHello['resumption'] {
  if (extensions.has(EXTENSION.preSharedKey)) return 'pre-shared-key';
  if (extensions.get(EXTENSION.sessionTicket)?.atEnd === false) return 'ticket';
  return sessionIdLength > 0 ? 'session-id' : 'none';
}

function readKeyShares(extension: OctetCursor | undefined): string[] {
  const groups: string[] = [];
  const list = extension?.vector(2);
  while (list !== undefined && !list.atEnd && groups.length < LONGEST_LIST) {
    const group = list.uint(2);
    list.vector(2);
    if (notGrease(group)) groups.push(groupName(group));
  }
  return groups;
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
  while (list !== undefined && !list.atEnd && protocols.length < LONGEST_LIST) {
    protocols.push(readLatin1(list.take(list.uint(1))));
  }
  return protocols;
}

function notGrease(code: number): boolean {
  return !isGrease(code);
}
