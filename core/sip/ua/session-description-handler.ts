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

/**
 * Offer/answer for one session (RFC 3264, RFC 3261 §13.2.1, §14). The session decides when an offer or an answer is due,
 * the handler what stands in it; keys, codecs and ports are its business.
 */
export interface SessionDescriptionHandler {
  createOffer(): Promise<Result<Body, BodyRefusal>>;
  receiveAnswer(body: Body): Promise<Result<void, BodyRefusal>>;
  /** Takes an offer and gives the answer; again for each re-INVITE. */
  receiveOffer(body: Body): Promise<Result<Body, BodyRefusal>>;
}
