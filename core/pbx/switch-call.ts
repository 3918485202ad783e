import { callSecurity, type SecurityState } from '../media/call-security.ts';
import type { MediaSession } from '../media/media-session.ts';
import type { Flow, TransportProtocol } from '../sip/transport/flow.ts';

/** One leg of a call as the switch sees it. */
export interface LegView {
  readonly transport: TransportProtocol;
  readonly security: SecurityState;
  readonly suite: string | null;
}

/** A call through the switch, for events, tables and the console. */
export interface SwitchCallView {
  readonly id: string;
  /** Where it came in. */
  readonly profile: string;
  /** ISO 8601: when it began to ring, or was answered at once. */
  readonly created: string;
  readonly from: string;
  readonly to: string;
  readonly state: 'ringing' | 'answered' | 'ended';
  readonly legs: readonly LegView[];
}

/** One end of a call: its connection, and its sound once there is any. */
export interface Leg {
  readonly flow: Flow;
  readonly media: MediaSession;
}

/**
 * What a leg is protected by. The far end of an accepted connection proved itself by its password over this very
 * connection, which for the switch is what a verified certificate is for a phone.
 */
export function legView({ flow, media }: Leg): LegView {
  const { negotiated } = media;
  const suite = negotiated === undefined ? undefined : (negotiated.suite ?? null);
  const signalling = flow.security === undefined ? undefined : { ...flow.security, peerVerified: true };
  return { transport: flow.protocol, security: callSecurity({ signalling, suite }).state, suite: suite ?? null };
}
