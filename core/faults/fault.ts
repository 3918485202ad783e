import type { DiagnosisCode } from '../base/diagnosis.ts';
import type { SecureMedia } from '../sdp/offer-answer.ts';
import type { TlsVersion } from '../tls/tls-security.ts';

/** What can be wrong with the certificate that a listener shows. */
export type FaultyCertificate =
  | 'good'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-name'
  | 'address-only'
  | 'wildcard'
  | 'without-intermediate'
  | 'self-signed'
  | 'other-authority'
  | 'other-authority-shown'
  | 'revoked'
  | 'list-ended'
  | 'for-clients'
  | 'weak-key'
  | 'weak-signature'
  | 'chain-too-long'
  | 'issued-by-no-authority'
  | 'inspected';

/** What a listener does with a ClientHello instead of a handshake. */
export type HelloAnswer = 'close' | 'nothing' | 'alert' | 'sip' | 'http' | 'garbage' | 'old-renegotiation';

/** What is done to the session descriptions that the switch sends. */
export type DescriptionEdit = 'no-srtp' | 'other-key' | 'broken-key' | 'unreachable-address' | 'unknown-codec';

/** How a fault comes about. Parameters that a behaviour reads stand beside it in the row. */
export type FaultBehaviour =
  /** The handshake is done, with these settings. */
  | {
      readonly kind: 'tls';
      readonly certificate: FaultyCertificate;
      /** Shown from the second connection on, to which clients are brought by the loss of the first (parameter `after`). */
      readonly next?: FaultyCertificate;
      readonly minVersion?: TlsVersion;
      readonly maxVersion?: TlsVersion;
      readonly ciphers?: string;
      readonly asksClientCertificate?: true;
    }
  /** No handshake; `alert` reads the parameter `number`. */
  | { readonly kind: 'hello'; readonly answer: HelloAnswer }
  /** The connection breaks `after` seconds after a call was answered. */
  | { readonly kind: 'reset-in-call' }
  /** Requests of the parameter `method` are answered with `status`. */
  | { readonly kind: 'status' }
  /** Messages of the switch arrive `seconds` late. */
  | { readonly kind: 'late' }
  /** Requests never arrive: those of `method`, else of the parameter of that name. */
  | { readonly kind: 'no-answer'; readonly method?: string }
  /** Keep-alives are asked for every `seconds`, and not answered. */
  | { readonly kind: 'no-pong' }
  /** The Contact of answers leads to a port where nobody listens. */
  | { readonly kind: 'wrong-contact' }
  /** The answers to INVITE have no Content-Length that can be read. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'description'; readonly edit: DescriptionEdit }
  /** The media goes through a relay: share of packets lost, milliseconds of delay, who is not heard. */
  | { readonly kind: 'media'; readonly act: 'loss' | 'delay' | 'silence' | 'deaf' | 'replay' };

/** One value of a fault that can be chosen. */
export type FaultParameter = { readonly name: string; readonly summary: string } & (
  | { readonly type: 'number'; readonly min: number; readonly max: number; readonly default: number }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default: string }
);

/** The values of all parameters of a fault. */
export type FaultValues = Readonly<Record<string, number | string>>;

/** What each side must say of a fault; `undefined` where it is to notice nothing. */
export interface Expectation {
  readonly client: DiagnosisCode | undefined;
  readonly switch: DiagnosisCode | undefined;
}

/** The client that a fault is made for, where it is not one as it comes out of the box. */
export interface FaultAudience {
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly secureMedia?: SecureMedia;
  /** The fault shows only while it calls the echo test. */
  readonly calls?: true;
}

/** One way in which the switch misbehaves on demand, and what must be said about it. */
export interface Fault {
  /** Stable, lower case, dotted: its layer comes first. */
  readonly id: string;
  /** One sentence for people. */
  readonly summary: string;
  readonly parameters: readonly FaultParameter[];
  readonly behaviour: FaultBehaviour;
  /** With the default parameters. */
  readonly expected: Expectation;
  /** With others, where it then differs. */
  readonly expectedWith?: (values: FaultValues) => Expectation;
  readonly audience?: FaultAudience;
}
