import { err, ok, type Result } from '../base/result.ts';
import { readHelloExtensions } from './hello-extensions.ts';
import { OctetCursor } from './octet-cursor.ts';
import { cipherName, groupName, versionName } from './tls-names.ts';

/** What the server chose (RFC 8446 §4.1.3). */
export interface ServerHello {
  readonly version: string;
  readonly cipher: string;
  /** Group of the key exchange; only TLS 1.3 says it here. */
  readonly group: string | undefined;
  /** Whether the server asks for another ClientHello with a group that it likes. */
  readonly retry: boolean;
}

const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;

/** The random of a ServerHello that is a HelloRetryRequest starts with these octets (RFC 8446 §4.1.3). */
const RETRY_RANDOM = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11];

/** Reads the body of a server_hello message. */
export function readServerHello(body: Uint8Array): Result<ServerHello, string> {
  const cursor = new OctetCursor(body);
  const legacyVersion = cursor.uint(2);
  const random = cursor.take(32);
  cursor.vector(1);
  const cipher = cursor.uint(2);
  cursor.take(1);
  const truncated = cursor.truncated;
  const extensions = readHelloExtensions(cursor);
  if (truncated) return err('the ServerHello is cut off');
  const group = extensions.get(KEY_SHARE)?.uint(2);
  return ok({
    version: versionName(extensions.get(SUPPORTED_VERSIONS)?.uint(2) ?? legacyVersion),
    cipher: cipherName(cipher),
    group: group === undefined ? undefined : groupName(group),
    retry: RETRY_RANDOM.every((octet, index) => random[index] === octet),
  });
}
