import type { Diagnosis } from '../../base/diagnosis.ts';

/** A 2xx of ours was never acknowledged. */
export function ackMissing(contact: string): Diagnosis {
  return {
    code: 'sip.ack-missing',
    side: 'there',
    summary: 'The other end never confirmed that it saw our answer.',
    cure: 'Check the address in our Contact and any NAT or firewall between: the ACK is sent there.',
    evidence: { contact },
  };
}

/** A reliable provisional response of ours was never acknowledged. */
export function prackMissing(contact: string): Diagnosis {
  return {
    code: 'sip.ack-missing',
    side: 'there',
    summary: 'The caller never confirmed that it saw our ringing.',
    cure: 'Check the address in our Contact and any NAT or firewall between: the PRACK is sent there.',
    evidence: { contact },
  };
}

/** No refresh came in time, or none of ours was answered. */
export function sessionExpired(intervalS: number): Diagnosis {
  return {
    code: 'sip.timeout',
    side: 'there',
    summary: 'The call was not refreshed in time, so the other end is taken to be gone.',
    cure: 'Check the network between; if it happens after the same time in each call, switch session timers off there.',
    evidence: { intervalS },
  };
}

/** The session is not, or no longer, in a state in which it could be changed. */
export function notChangeable(): Diagnosis {
  return {
    code: 'sip.status.491',
    side: 'here',
    summary: 'The call cannot be changed at the moment.',
    cure: 'Try again in a moment, once the call stands and the other end has finished its own change.',
    evidence: {},
  };
}
