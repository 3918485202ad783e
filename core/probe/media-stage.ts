import type { Diagnosis } from '../base/diagnosis.ts';
import type { ClientDigest } from '../sip/auth/client-digest.ts';
import { formatUri, type SipUri } from '../sip/message/uri.ts';
import { statusDiagnosis } from '../sip/ua/status-diagnosis.ts';
import { MEDIA_OFFERS, offerBody, takesOffer, type MediaOffer } from './media-offers.ts';
import type { ProbePorts } from './probe-ports.ts';
import type { MediaReport } from './probe-report.ts';
import type { ProbeRun, StepEnd } from './probe-run.ts';
import { placeShortCall, type ShortCallOutcome } from './short-call.ts';
import type { SipConnection } from './sip-connection.ts';

/** What became of one offer; `unknown` where the call failed for another reason, or rang without telling. */
type Verdict = 'accepted' | 'refused' | 'unknown';

const CALL_MS = 16_000;

/** Statuses that refuse an offer and not the call (RFC 3261 §21.4.13, §21.4.26, §21.6.4). */
const NOT_ACCEPTABLE: ReadonlySet<number> = new Set([415, 488, 606]);

/** Calls a number once for each kind of offer, takes each call back at once, and tells what it takes. */
export async function askForMedia(
  run: ProbeRun,
  ports: ProbePorts,
  connection: SipConnection,
  request: { readonly number: SipUri; readonly from: string; readonly digest: ClientDigest | undefined },
): Promise<MediaReport> {
  const verdicts = new Map<string, Verdict>();
  for (const offer of MEDIA_OFFERS) {
    if (!connection.flow.open) break;
    const outcome = await run.step(
      'call',
      CALL_MS,
      async (signal) => callEnd(offer, await call(offer, signal)),
      () => callEnd(offer, NO_OUTCOME),
    );
    if (outcome === undefined) break;
    const verdict = verdictOn(offer, outcome);
    verdicts.set(offer.name, verdict);
    const { final } = outcome;
    // What fails for another reason will do so again: the number is wrong, busy or not ours to call.
    if (verdict === 'unknown' && !outcome.rang) {
      run.find('error', final === undefined ? unanswered(request.number) : statusDiagnosis(final));
      break;
    }
  }
  noteMedia(run, verdicts);
  return { accepts: [...verdicts].filter(([, verdict]) => verdict === 'accepted').map(([name]) => name) };

  function call(offer: MediaOffer, signal: AbortSignal): Promise<ShortCallOutcome> {
    const invite = connection.createRequest({
      method: 'INVITE',
      uri: request.number,
      from: `<${request.from}>`,
      to: `<${formatUri(request.number)}>`,
      headers: [
        ['Contact', `<${formatUri(connection.contact)}>`],
        ['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS'],
      ],
      body: offerBody(offer, connection.local, ports.random),
    });
    return placeShortCall(connection, ports, invite, { digest: request.digest, signal });
  }
}

const NO_OUTCOME: ShortCallOutcome = { final: undefined, answer: undefined, rang: false };

function callEnd(offer: MediaOffer, outcome: ShortCallOutcome): StepEnd<ShortCallOutcome> {
  const verdict = verdictOn(offer, outcome);
  const status = outcome.final === undefined ? '' : ` (${outcome.final.status} ${outcome.final.reason})`;
  const text = {
    accepted: `takes ${offer.name}`,
    refused: `refuses ${offer.name}${status}`,
    unknown: `${offer.name}: no verdict${status}`,
  };
  return {
    outcome: verdict === 'unknown' ? 'warning' : 'ok',
    text: text[verdict],
    value: outcome,
    evidence: { offer: offer.name, verdict },
  };
}

function verdictOn(offer: MediaOffer, { final, answer, rang }: ShortCallOutcome): Verdict {
  if (answer !== undefined) return takesOffer(offer, answer) ? 'accepted' : 'refused';
  if (final !== undefined && NOT_ACCEPTABLE.has(final.status)) return 'refused';
  // It rings for an offer that can be taken; whether keys in RTP/AVP were noticed shows only in an answer (RFC 8643).
  if (rang) return offer.profile === 'RTP/AVP' && offer.suites.length > 0 ? 'unknown' : 'accepted';
  return 'unknown';
}

function noteMedia(run: ProbeRun, verdicts: ReadonlyMap<string, Verdict>): void {
  const secure = ['RTP/SAVP', 'RTP/SAVP+GCM', 'RTP/AVP+crypto', 'UDP/TLS/RTP/SAVP'];
  const evidence = Object.fromEntries(verdicts);
  const takesSecure = secure.some((name) => verdicts.get(name) === 'accepted');
  const plain = verdicts.get('RTP/AVP');
  if (plain === 'accepted' && !takesSecure) {
    run.find('warning', {
      code: 'srtp.forbidden-here',
      side: 'there',
      summary: 'The number takes only unencrypted sound.',
      cure: 'Switch SRTP on at the server, for this number and for the leg towards the phones.',
      evidence,
    });
  } else if (plain === 'refused' && takesSecure) {
    run.find('info', {
      code: 'srtp.required-there',
      side: 'there',
      summary: 'The number takes only encrypted sound.',
      cure: 'Nothing to do for phones with SRTP; others need it switched on.',
      evidence,
    });
  } else if (plain === 'refused' && !takesSecure) run.find('error', nothingTaken(evidence));
  if (verdicts.get('RTP/AVP+crypto') === 'refused' && verdicts.get('RTP/SAVP') === 'accepted') {
    run.find('info', {
      code: 'srtp.osrtp-refused',
      side: 'there',
      summary: 'Keys in an RTP/AVP offer (optional SRTP, RFC 8643) are not taken; only RTP/SAVP is.',
      cure: 'Set phones to mandatory SRTP, or let the server accept RFC 8643.',
      evidence,
    });
  }
}

function nothingTaken(evidence: Diagnosis['evidence']): Diagnosis {
  return {
    code: 'srtp.no-common-suite',
    side: 'there',
    summary: 'The number refuses every kind of sound that was offered.',
    cure: 'Compare codecs (PCMA and PCMU were offered) and SRTP settings of the server.',
    evidence,
  };
}

function unanswered(number: SipUri): Diagnosis {
  return {
    code: 'sip.no-answer',
    side: 'there',
    summary: 'The server did not answer the call.',
    cure: 'Check the number, and whether the server sends its answers back on this connection.',
    evidence: { number: formatUri(number) },
  };
}
