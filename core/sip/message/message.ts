import type { CSeq, NameAddress, Via } from './header-values.ts';
import type { Headers } from './headers.ts';
import type { Uri } from './uri.ts';

/** What requests and responses have in common. Typed values are parsed when first asked for, then kept. */
export interface SipMessageBase {
  /** Every header field in the order received or added; names compare without case, compact forms are one with long. */
  readonly headers: Headers;
  /** May be empty, never absent. */
  body: Uint8Array;
  /** The topmost Via, `undefined` where absent or malformed. The same holds for the other typed values. */
  readonly via: Via | undefined;
  readonly vias: readonly Via[];
  readonly from: NameAddress | undefined;
  readonly to: NameAddress | undefined;
  /** Empty where absent. */
  readonly callId: string;
  readonly cseq: CSeq | undefined;
  /** `'*'` for `Contact: *`; empty where absent or malformed. */
  readonly contacts: readonly NameAddress[] | '*';
  readonly routes: readonly NameAddress[];
  readonly recordRoutes: readonly NameAddress[];
  readonly fromTag: string | undefined;
  readonly toTag: string | undefined;
  /** Media type in lower case without parameters, such as `application/sdp`; `undefined` where there is none. */
  readonly contentType: string | undefined;
}

export interface SipRequest extends SipMessageBase {
  readonly kind: 'request';
  /** As written; methods compare with case. */
  readonly method: string;
  readonly uri: Uri;
}

export interface SipResponse extends SipMessageBase {
  readonly kind: 'response';
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
}

export type SipMessage = SipRequest | SipResponse;
