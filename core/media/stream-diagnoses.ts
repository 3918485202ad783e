import type { Diagnosis, Evidence } from '../base/diagnosis.ts';

/** No packet came within the time that a call takes to find its way. */
export function nothingReceived(seconds: number, evidence: Evidence): Diagnosis {
  return {
    code: 'media.nothing-received',
    side: 'there',
    summary: `Nothing was received from the other end in the first ${seconds} seconds.`,
    cure: 'Let UDP through the firewall for the media ports, and check that the address in the SDP can be reached from there.',
    evidence,
  };
}

/** Packet after packet fails authentication: the keys differ, or somebody forges. */
export function authenticationFailed(failures: number, evidence: Evidence): Diagnosis {
  return {
    code: 'srtp.auth-failed',
    side: 'there',
    summary: `${failures} packets in a row failed SRTP authentication; they are not played.`,
    cure: 'The two ends use different keys or suites: end the call and call again; if it stays, look for something between them that changes the SDP.',
    evidence,
  };
}

/** Packet after packet was there before. */
export function replayed(failures: number, evidence: Evidence): Diagnosis {
  return {
    code: 'srtp.replayed',
    side: 'there',
    summary: `${failures} packets in a row had been received before; they are not played.`,
    cure: 'Something between the two ends sends packets again, or the other end began its sequence numbers anew under the same key: call again.',
    evidence,
  };
}

/** Our key has protected all packets that it may. */
export function keyExpired(evidence: Evidence): Diagnosis {
  return {
    code: 'srtp.lifetime',
    side: 'here',
    summary: 'The SRTP key has come to the end of its lifetime; nothing is sent any more.',
    cure: 'Put the call on hold and resume it: that exchanges new keys.',
    evidence,
  };
}

/** So much is missing of what the other end sends that it can be heard. */
export function manyLost(percent: number, evidence: Evidence): Diagnosis {
  return {
    code: 'media.loss',
    side: 'here',
    summary: `${percent} % of the packets of the other end are lost on the way.`,
    cure: 'Use a cable instead of wireless, and let the router prefer this traffic; a codec such as opus suffers least.',
    evidence: { ...evidence, percent },
  };
}

/** The other end is heard, and its reports say that it hears nothing of us. */
export function notHeard(evidence: Evidence): Diagnosis {
  return {
    code: 'media.one-way',
    side: 'there',
    summary: 'The other end is heard here, but nothing of what is sent arrives there.',
    cure: 'Let UDP out through the firewall for the media ports, and check the address that the other end named in its SDP.',
    evidence,
  };
}
