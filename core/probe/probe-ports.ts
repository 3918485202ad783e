import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';
import type { DigestHash } from '../sip/auth/digest.ts';
import type { Resolver } from '../sip/locate/resolver.ts';
import type { SipUri } from '../sip/message/uri.ts';
import type { Network } from '../sip/transport/network.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { ProbeStep } from './probe-report.ts';
import type { AttemptTls } from './tls-attempt.ts';

/** What a probe stands on. */
export interface ProbePorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly hash: DigestHash;
  readonly resolver: Resolver;
  /** User-Agent header. */
  readonly userAgent: string;
  readonly attemptTls: AttemptTls;
}

/** The account to test with. */
export interface ProbeAccount {
  readonly address: SipUri;
  /** The name that the password belongs to. */
  readonly authorizationUser: string;
  readonly password: Secret;
}

/** What is to be tested, and how far. */
export interface ProbeRequest {
  /** As a person wrote it; see {@link parseProbeTarget}. */
  readonly text: string;
  readonly uri: SipUri;
  /** Trust, own certificate, and whether a password may go to a server that proved nothing (`verify: false`). */
  readonly tls: TlsClientSettings;
  readonly account?: ProbeAccount | undefined;
  /** A number to call: it rings there, or answers, for a moment and several times. */
  readonly call?: SipUri | undefined;
  /** For all of it; the parting words of an account come on top. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Told of each step as it ends. */
  readonly onStep: (step: ProbeStep) => void;
}
