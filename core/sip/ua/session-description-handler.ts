import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';

/** A body and its type: all that the SIP side knows of a session description. */
export interface Body {
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** Why a body was not taken: the status it costs, a Warning value (RFC 3261 §20.43) and the cause for people. */
export interface BodyRefusal {
  readonly status: number;
  readonly warning: string;
  readonly diagnosis: Diagnosis;
}

/** What an offer is to change; what is left out stays as it is. */
export interface OfferWish {
  /** Puts the peer on hold, or takes it off (RFC 3264 §8.4). */
  readonly held?: boolean;
  /** Asks for fresh keys (RFC 4568 §7.1.4). */
  readonly rekey?: boolean;
}

/** Who has put the session on hold. */
export interface HoldState {
  readonly here: boolean;
  readonly there: boolean;
}

/**
 * Offer/answer for one session (RFC 3264, RFC 3261 §13.2.1, §14). The session decides when an offer or an answer is due,
 * the handler what stands in it; keys, codecs and ports are its business.
 */
export interface SessionDescriptionHandler {
  /** Makes an offer; again for each re-INVITE. What is in force stays so until the answer is taken. */
  createOffer(wish?: OfferWish): Promise<Result<Body, BodyRefusal>>;
  /** Takes the answer to the last offer; those of several forks one after the other, the last one counts. */
  receiveAnswer(body: Body): Promise<Result<void, BodyRefusal>>;
  /** Takes an offer and gives the answer; again for each re-INVITE. */
  receiveOffer(body: Body): Promise<Result<Body, BodyRefusal>>;
  /** The last offer was refused: what was agreed before stays (RFC 3261 §14.1). */
  withdrawOffer?(): void;
  /** The answer that refuses every stream of an offer: what an ACK has to carry before the BYE (RFC 3261 §13.2.2.4). */
  refuseOffer?(body: Body): Body | undefined;
  /** As of the last agreement. */
  readonly holdState?: HoldState;
}
