import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Random } from '../../base/random.ts';
import type { SipMessage } from '../message/message.ts';
import type { ParseFailure } from '../message/parse-failure.ts';
import type { FairInbox } from './fair-inbox.ts';
import type { Flow } from './flow.ts';
import type { OpenFlow } from './open-flow.ts';
import type { TransportSettings } from './transport-settings.ts';
import type { WireTrace } from './wire-trace.ts';

/** What flows need from the transport layer that owns them, and whom they tell what happens. */
export interface FlowOwner {
  readonly clock: Clock;
  readonly random: Random;
  readonly wire: WireTrace;
  readonly settings: TransportSettings;
  /** Through which all messages come in. */
  readonly inbox: FairInbox;
  nextFlowId(protocol: Flow['protocol']): string;
  onMessage(message: SipMessage, flow: Flow): void;
  /** A message that could not be read. The flow goes on. */
  onMalformed(failure: ParseFailure, flow: Flow): void;
  /** Something is wrong with a flow that others than its user should know. */
  onFault(diagnosis: Diagnosis, flow: Flow): void;
  onOpened(flow: OpenFlow): void;
  onClosed(flow: OpenFlow, reason: Diagnosis | undefined): void;
}
