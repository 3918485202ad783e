import type { Diagnosis, DiagnosisCode } from '../../base/diagnosis.ts';
import { formatSocketAddress } from '../../base/address.ts';
import type { SipResponse } from '../message/message.ts';
import type { TransactionFailure } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';

type Explanation = readonly [code: DiagnosisCode, summary: string, cure: string];

/** What a final response other than 2xx means to a person. */
const EXPLANATIONS: ReadonlyMap<number, Explanation> = new Map<number, Explanation>([
  [401, ['sip.bad-credentials', 'The server did not accept the user name or the password.', 'Check user name and password.']],
  [403, ['sip.forbidden', 'The server forbids this.', 'Ask the administrator of the server whether this account may do it.']],
  [404, ['sip.not-found', 'The server does not know this number or user.', 'Check the number or address.']],
  [407, ['sip.bad-credentials', 'The server did not accept the user name or the password.', 'Check user name and password.']],
  [408, ['sip.no-answer', 'Nobody answered in time.', 'Try again later.']],
  [416, ['sip.uri-scheme', 'The server does not take addresses of this kind.', 'Use an address that begins with sip: or sips:.']],
  [480, ['sip.unavailable', 'The person called cannot be reached at the moment.', 'Try again later; the other phone may not be registered.']],
  [486, ['sip.busy', 'The person called is busy.', 'Try again later.']],
  [600, ['sip.busy', 'The person called is busy everywhere.', 'Try again later.']],
  [603, ['sip.declined', 'The person called declined.', 'Try again later.']],
  [604, ['sip.not-found', 'This address exists nowhere.', 'Check the number or address.']],
]); // prettier-ignore

/** The diagnosis of a final response of 3xx to 6xx. Warning, Reason and phrase go into the evidence. */
export function statusDiagnosis(response: Pick<SipResponse, 'status' | 'reason' | 'headers'>): Diagnosis {
  const known = EXPLANATIONS.get(response.status);
  const warning = response.headers.get('Warning');
  const [code, summary, cure]: Explanation = known ?? [
    `sip.status.${response.status}`,
    `The other end answered ${response.status} ${response.reason}.`,
    response.status >= 500
      ? 'Try again later; the server has a problem.'
      : 'Check the address and the settings of the account.',
  ];
  return {
    code,
    side: 'there',
    summary,
    cure,
    evidence: {
      status: response.status,
      reason: response.reason,
      ...(warning === undefined ? {} : { warning }),
    },
  };
}

/** The diagnosis of a request that got no final response. */
export function transactionDiagnosis(failure: TransactionFailure, flow: Flow): Diagnosis {
  if (failure.kind === 'transport' && failure.reason !== undefined) return failure.reason;
  const remote = formatSocketAddress(flow.remote);
  if (failure.kind === 'transport') {
    return {
      code: 'conn.lost',
      side: 'there',
      summary: 'The connection to the server was lost.',
      cure: 'Check the network; the phone connects again by itself.',
      evidence: { remote },
    };
  }
  return {
    code: 'sip.timeout',
    side: 'there',
    summary: 'The other end did not answer the request.',
    cure: 'Check the address of the server, and that no firewall drops what it sends.',
    evidence: { remote, transport: flow.protocol },
  };
}

/** The diagnosis of an answer that does not say what it has to say. */
export function unreadableAnswer(detail: string): Diagnosis {
  return {
    code: 'sip.parse',
    side: 'there',
    summary: `The other end answered with something that cannot be used: ${detail}.`,
    cure: 'Report it to the maker of the other end, with the saved trace.',
    evidence: { detail },
  };
}
