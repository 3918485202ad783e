import { err, ok, type Result } from '../base/result.ts';
import { readLatin1, toHex } from './der.ts';
import { readHelloExtensions } from './hello-extensions.ts';
import { LONGEST_LIST, OctetCursor } from './octet-cursor.ts';
import { cipherName, extensionName, groupName, versionName } from './tls-names.ts';

/** What the server chose (RFC 8446 §4.1.3). */
export interface ServerHello {
  readonly version: string;
  readonly cipher: string;
  /** Group of the key exchange; only TLS 1.3 says it here. */
  readonly group: string | undefined;
  /** Whether the server asks for another ClientHello with a group that it likes (HelloRetryRequest). */
  readonly retry: boolean;
  /** Application protocol (RFC 7301); TLS 1.3 encrypts it. */
  readonly alpn: string | undefined;
  /** Whether it takes the pre-shared key (TLS 1.3) that resumes a session. */
  readonly takesPreSharedKey: boolean;
  /** Hex. */
  readonly sessionId: string;
  /** Names of all extensions in their order. */
  readonly extensions: readonly string[];
}

const ALPN = 16;
const PRE_SHARED_KEY = 41;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;

/** SHA-256 of "HelloRetryRequest": the random of a ServerHello that is one (RFC 8446 §4.1.3). */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** Reads the body of a server_hello message. */
export function readServerHello(body: Uint8Array): Result<ServerHello, string> {
  const cursor = new OctetCursor(body);
  const legacyVersion = cursor.uint(2);
  const random = cursor.take(32);
  const sessionId = cursor.take(cursor.uint(1));
  const cipher = cursor.uint(2);
  cursor.take(1);
  const truncated = cursor.truncated;
  const extensions = readHelloExtensions(cursor);
  if (truncated) return err('the ServerHello is cut off');
  const names = [...extensions.keys()].slice(0, LONGEST_LIST).map(extensionName);
  const group = extensions.get(KEY_SHARE)?.uint(2);
  const protocols = extensions.get(ALPN)?.vector(2);
  return ok({
    version: versionName(extensions.get(SUPPORTED_VERSIONS)?.uint(2) ?? legacyVersion),
    cipher: cipherName(cipher),
    group: group === undefined ? undefined : groupName(group),
    retry: toHex(random) === RETRY_RANDOM,
    alpn: protocols === undefined ? undefined : readLatin1(protocols.take(protocols.uint(1))),
    takesPreSharedKey: extensions.has(PRE_SHARED_KEY),
    sessionId: toHex(sessionId),
    extensions: names,
  });
}
