import type { AccountView, CallView, DiagnosisView, SecurityView } from '../api/state.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { callSecurity, type CallSecurity } from '../media/call-security.ts';
import type { StreamStatistics } from '../media/media-plane.ts';
import type { NegotiatedStream } from '../sdp/offer-answer.ts';
import { formatUri, type SipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { Account } from './account.ts';
import type { MailboxState } from './mailbox-lamp.ts';
import type { PhoneCall } from './phone-call.ts';
import type { StoredAccount } from './phone-store.ts';

/** A diagnosis for a window. */
export function diagnosisView(diagnosis: Diagnosis): DiagnosisView {
  const evidence = Object.fromEntries(
    Object.entries(diagnosis.evidence).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
  return { ...diagnosis, evidence };
}

/** The facts behind the sign, for a window. */
export function securityView(
  security: CallSecurity,
  flow: Flow | undefined,
  server: string,
  negotiated: NegotiatedStream | undefined,
): SecurityView {
  const tls = flow?.security;
  return {
    state: security.state,
    reasons: [...security.reasons],
    signalling:
      flow === undefined
        ? null
        : {
            transport: flow.protocol,
            server,
            protocol: tls?.protocol ?? null,
            cipher: tls?.cipher ?? null,
            peerVerified: tls?.peerVerified ?? false,
            peerName: tls?.peerName ?? null,
            certificateNotAfter: tls?.peerNotAfter === undefined ? null : Date.parse(tls.peerNotAfter),
            clientCertificate: tls?.clientCertificate ?? false,
          },
    media:
      negotiated === undefined
        ? null
        : { profile: negotiated.profile, suite: negotiated.suite ?? null, codec: negotiated.parameters.send.name },
  };
}

/** A call for a window; `contact` is the name of the contact that it is with. */
export function callView(call: PhoneCall, contact?: string): CallView {
  const { remote, account, transfer } = call;
  return {
    id: call.id,
    accountId: account.id,
    direction: call.direction,
    state: call.state,
    remoteAddress: formatUri(remote.uri),
    remoteName: contact ?? remote.displayName ?? remote.uri.user ?? remote.uri.host,
    startedAt: call.startedAt,
    connectedAt: call.connectedAt ?? null,
    endedAt: call.endedAt ?? null,
    muted: call.muted,
    hold: call.hold,
    conference: call.inConference,
    recording: call.recording && call.state === 'connected',
    transfer:
      transfer === undefined
        ? null
        : {
            state: transfer.state,
            target: nameOf(transfer.target),
            diagnosis: transfer.diagnosis === undefined ? null : diagnosisView(transfer.diagnosis),
          },
    consults: call.consults === undefined || call.consults.state === 'ended' ? null : call.consults.id,
    transferRequest: call.referral === undefined ? null : formatUri(call.referral.referTo.uri),
    answeredElsewhere: call.answeredElsewhere,
    security: securityView(call.security, call.flow, account.serverUri.host, call.negotiated),
    quality: call.statistics === undefined || call.connectedAt === undefined ? null : qualityView(call.statistics),
    diagnosis: call.diagnosis === undefined ? null : diagnosisView(call.diagnosis),
  };
}

/** How a person names an address: its user, where it has one. */
function nameOf(uri: SipUri): string {
  return uri.user ?? uri.host;
}

function qualityView(statistics: StreamStatistics): NonNullable<CallView['quality']> {
  const { packetsLost, packetsReceived, jitterMs, mos, roundTripMs } = statistics;
  const expected = packetsReceived + packetsLost;
  return {
    mos: mos ?? null,
    lossPercent: expected === 0 ? 0 : (100 * packetsLost) / expected,
    jitterMs,
    roundTripMs: roundTripMs ?? null,
  };
}

/** An account for a window. */
export function accountView(
  account: Account,
  stored: StoredAccount,
  builtIn: boolean,
  mailbox: MailboxState | undefined,
): AccountView {
  const { view } = account.registration;
  const { flow } = view;
  const security = callSecurity({ signalling: flow === undefined ? null : flow.security, suite: undefined });
  return {
    id: stored.id,
    address: stored.address,
    displayName: stored.displayName,
    server: account.serverUri.host,
    transport: stored.transport,
    srtp: stored.srtp,
    builtIn,
    registration: view.state,
    expiresAt: view.expiresAt ?? null,
    mailbox: mailbox ?? null,
    diagnosis: view.diagnosis === undefined ? null : diagnosisView(view.diagnosis),
    // Without a call only the signalling can be judged: verified TLS protects it, and that is all there is so far.
    security: securityView(
      flow?.security?.peerVerified === true ? { state: 'signalling', reasons: [] } : security,
      flow,
      account.serverUri.host,
      undefined,
    ),
  };
}
