import type { CertificateView } from './certificate-reader.ts';
import type { ClientHello } from './client-hello.ts';
import type { ServerHello } from './server-hello.ts';

/** Which way octets travelled, seen from us. */
export type Direction = 'sent' | 'received';

/** One message that could be read, or a record that could only be counted (`encrypted`). Times in {@link HandshakeTree.times}'s scale. */
export interface SeenMessage {
  readonly direction: Direction;
  /** A handshake message by its name in RFC 8446 §4, `change_cipher_spec`, `alert` or `encrypted`. */
  readonly message: string;
  readonly length: number;
  readonly atMs: number;
}

export interface SeenAlert {
  readonly direction: Direction;
  /** Missing where the alert was encrypted and only the TLS library could tell its name. */
  readonly level: 'warning' | 'fatal' | undefined;
  /** By its name in RFC 8446 §6, such as `unknown_ca`; missing where it could not be decrypted. */
  readonly alert: string | undefined;
  readonly encrypted: boolean;
  readonly atMs: number;
}

/** What a server wants to see of a client (RFC 5246 §7.4.4). TLS 1.3 encrypts it. */
export interface CertificateRequest {
  readonly types: readonly string[];
  readonly signatureSchemes: readonly string[];
  /** Names of the authorities that it takes certificates of; empty where it takes any. */
  readonly authorities: readonly string[];
}

/** When something was first seen, in milliseconds since the connection was begun. */
export type HandshakeTimes = Readonly<
  Partial<
    Record<
      | 'connected'
      | 'clientHello'
      | 'serverHello'
      | 'certificate'
      | 'certificateRequest'
      | 'alert'
      | 'secured'
      | 'failed',
      number
    >
  >
>;

/** What the TLS library tells of a handshake that succeeded. */
export interface SecuredFacts {
  readonly version: string;
  readonly cipher: string;
  readonly group: string | undefined;
  readonly alpn: string | undefined;
  readonly resumed: boolean;
  /** DER, leaf first. */
  readonly peerChain: readonly Uint8Array[];
}

/** All that was seen of one handshake, as JSON takes it. What was not seen is missing. */
export interface HandshakeTree {
  /** Our role. */
  readonly role: 'client' | 'server';
  readonly outcome: 'under-way' | 'secured' | 'failed';
  /** Whether every record of both directions was read, or only what the client sent first. */
  readonly watched: 'records' | 'first-flight';
  readonly times: HandshakeTimes;
  readonly octets: Readonly<Record<Direction, number>>;
  readonly clientHello: ClientHello | undefined;
  /** The server liked none of the key shares and asked for {@link secondClientHello}. */
  readonly helloRetryRequest: ServerHello | undefined;
  readonly secondClientHello: ClientHello | undefined;
  readonly serverHello: ServerHello | undefined;
  readonly version: string | undefined;
  /** IANA name. */
  readonly cipher: string | undefined;
  /** Group of the key exchange. */
  readonly group: string | undefined;
  readonly alpn: string | undefined;
  readonly resumption: {
    readonly offered: ClientHello['resumption'] | undefined;
    /** Missing where the handshake did not get so far. */
    readonly accepted: boolean | undefined;
  };
  /** Leaf first. In clear up to TLS 1.2; with TLS 1.3 the other end's chain comes from the TLS library after success. */
  readonly serverChain: readonly CertificateView[];
  readonly clientChain: readonly CertificateView[];
  readonly certificateRequest: CertificateRequest | undefined;
  readonly alerts: readonly SeenAlert[];
  /** In the order in which they passed. */
  readonly messages: readonly SeenMessage[];
  /** Why the octets of a direction are no TLS. */
  readonly invalid: Readonly<Partial<Record<Direction, string>>>;
  /** What the other end speaks where that is not TLS, and the start of what it sent, as text. */
  readonly spoken: string | undefined;
  readonly firstOctets: string | undefined;
  /** The error with which the TLS library or the socket ended it. */
  readonly error: string | undefined;
}
