import type { SipRequest } from './message.ts';

/** The statuses by which a message is refused before anybody looks at what it asks for. */
export type RefusalStatus = 400 | 413 | 414 | 416 | 505 | 513;

/**
 * A malformed message. A request that can be answered is refused: `request` holds what could be read of it, enough for
 * `createResponse`, and a URI that could not be read stands there as scheme `other`. Everything else is dropped: responses
 * (RFC 3261 §18.1.2), ACK (§17.1.1.3), requests without a Via, and what is no SIP.
 */
export type ParseFailure =
  | {
      readonly action: 'refuse';
      readonly status: RefusalStatus;
      /** Says what is wrong, short enough for the reason phrase (§21.4.1). */
      readonly reason: string;
      readonly request: SipRequest;
    }
  | { readonly action: 'drop'; readonly reason: string };
