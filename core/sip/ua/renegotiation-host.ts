import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Random } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import type { AckWaiter } from './ack-waiter.ts';
import type { CallDialog } from './call-dialog.ts';
import type { Body, SessionDescriptionHandler } from './session-description-handler.ts';
import type { SessionTimer } from './session-timer.ts';

type HeaderFields = readonly (readonly [name: string, value: string])[];

/** A final response, and the request that it answers as it went out last. */
export interface Answered {
  readonly response: SipResponse;
  readonly request: SipRequest;
}

/** What {@link Renegotiation} needs of its session. */
export interface RenegotiationHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly handler: SessionDescriptionHandler;
  readonly timer: SessionTimer;
  readonly acks: AckWaiter;
  /** Whether the INVITE that made the session was ours, and with it the Call-ID (RFC 3261 §14.1). */
  readonly ownsCallId: boolean;
  /** The dialog in force; `undefined` where there is none, or the session is ending. */
  readonly dialog: () => CallDialog | undefined;
  readonly established: () => boolean;
  readonly peerTakesUpdate: () => boolean;
  /** The peer turned out not to take UPDATE, whatever its Allow says. */
  readonly refusesUpdate: () => void;
  readonly send: (
    leg: CallDialog,
    method: string,
    parts: { readonly headers: HeaderFields; readonly body: Body | undefined },
  ) => Promise<Result<Answered, Diagnosis>>;
  readonly acknowledge: (leg: CallDialog, invite: SipRequest, body: Body | undefined) => void;
  readonly respond: (transaction: ServerTransaction, status: number, headers?: HeaderFields) => void;
  readonly contactHeaders: (flow: Flow) => HeaderFields;
  /** Offer and answer are through. */
  readonly renegotiated: (by: 'here' | 'there') => void;
  /** What was agreed cannot be carried out: the session ends with BYE. */
  readonly fail: (diagnosis: Diagnosis) => void;
}
