import { OctetCursor } from './octet-cursor.ts';
import { readServerHello } from './server-hello.ts';

/** Content types of the record layer (RFC 8446 §5.1). */
export const CONTENT_TYPE = Object.freeze({ changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 });

/** One readable message, or the note that a record came whose content is encrypted. */
export type TlsMessage =
  | { readonly contentType: 22; readonly type: number; readonly body: Uint8Array }
  | { readonly contentType: 21; readonly level: number; readonly description: number }
  | { readonly contentType: 20 }
  | { readonly contentType: 'encrypted'; readonly recordType: number; readonly length: number };

const HEADER = 5;
const SERVER_HELLO = 2;
/** RFC 5246 §6.2.3: a protected record may be 2048 octets longer than the 2^14 of its content. */
const LONGEST_RECORD = 2 ** 14 + 2048;
/** Longer handshake messages are not collected; a certificate chain of this size is refused by the TLS libraries too. */
const LONGEST_HANDSHAKE = 128 * 1024;

/**
 * Cuts one direction of a connection into TLS messages, however they are spread over records and records over reads. What
 * comes after ChangeCipherSpec, and every application data record, is encrypted and only counted. Nothing it is fed throws;
 * after octets that are not TLS it stops for good and says why in `failure`.
 */
export class TlsRecordReader {
  #pending = new Uint8Array(0);
  #handshake = new Uint8Array(0);
  #encrypted = false;
  #tls13 = false;
  #failure: string | undefined;

  /** Why the octets are not TLS. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Says that TLS 1.3 was chosen, where the other direction told: ChangeCipherSpec then means nothing (RFC 8446 §D.4), and
   * encrypted records have a type of their own.
   */
  expectTls13(): void {
    this.#tls13 = true;
    this.#encrypted = false;
  }

  /** Takes the next octets and gives the messages that are complete with them. */
  push(octets: Uint8Array): TlsMessage[] {
    const messages: TlsMessage[] = [];
    if (this.#failure !== undefined) return messages;
    const all = join(this.#pending, octets);
    let at = 0;
    while (this.failure === undefined && all.length - at >= HEADER) {
      const header = new OctetCursor(all.subarray(at, at + HEADER));
      const contentType = header.uint(1);
      const version = header.uint(2);
      const length = header.uint(2);
      if (contentType < 20 || contentType > 24 || version >> 8 !== 3 || length > LONGEST_RECORD) {
        this.#failure = 'not a TLS record';
        return messages;
      }
      if (all.length - at < HEADER + length) break;
      this.#read(contentType, all.subarray(at + HEADER, at + HEADER + length), messages);
      at += HEADER + length;
    }
    this.#pending = all.slice(at);
    return messages;
  }

  #read(contentType: number, content: Uint8Array, messages: TlsMessage[]): void {
    if (this.#encrypted || contentType > CONTENT_TYPE.handshake) {
      messages.push({ contentType: 'encrypted', recordType: contentType, length: content.length });
      return;
    }
    switch (contentType) {
      case CONTENT_TYPE.handshake:
        this.#collect(content, messages);
        return;
      case CONTENT_TYPE.alert:
        messages.push({ contentType: 21, level: content[0] ?? 0, description: content[1] ?? 0 });
        return;
      default:
        this.#encrypted = !this.#tls13;
        messages.push({ contentType: 20 });
    }
  }

  #collect(content: Uint8Array, messages: TlsMessage[]): void {
    this.#handshake = join(this.#handshake, content);
    while (this.#handshake.length >= 4) {
      const cursor = new OctetCursor(this.#handshake);
      const type = cursor.uint(1);
      const length = cursor.uint(3);
      if (length > LONGEST_HANDSHAKE) {
        this.#failure = 'a handshake message too large';
        return;
      }
      if (this.#handshake.length < 4 + length) return;
      const body = cursor.take(length);
      if (type === SERVER_HELLO && choosesTls13(body)) this.expectTls13();
      messages.push({ contentType: 22, type, body });
      this.#handshake = this.#handshake.slice(4 + length);
    }
  }
}

function choosesTls13(serverHello: Uint8Array): boolean {
  const hello = readServerHello(serverHello);
  return hello.ok && hello.value.version === 'TLSv1.3';
}

function join(first: Uint8Array<ArrayBuffer>, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
