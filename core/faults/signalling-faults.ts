import type { DiagnosisCode } from '../base/diagnosis.ts';
import type { Expectation, Fault, FaultParameter } from './fault.ts';

const METHODS = ['REGISTER', 'INVITE', 'BYE', 'OPTIONS', 'MESSAGE'] as const;

const methodParameter = (preset: (typeof METHODS)[number]): FaultParameter => ({
  name: 'method',
  summary: 'requests that it hits',
  type: 'choice',
  choices: METHODS,
  default: preset,
});

/** What a caller, or whoever registers, must make of a status (RFC 3261 §21). */
const STATUS_CODES: Readonly<Record<number, DiagnosisCode>> = {
  403: 'sip.forbidden',
  404: 'sip.not-found',
  408: 'sip.no-answer',
  416: 'sip.uri-scheme',
  480: 'sip.unavailable',
  486: 'sip.busy',
  600: 'sip.busy',
  603: 'sip.declined',
  604: 'sip.not-found',
};

/** A mandatory SRTP offer that is refused may have failed only on its keys, and the client says so. */
function expectedOfStatus(status: number, method: string): Expectation {
  let code = STATUS_CODES[status] ?? (`sip.status.${status}` as const);
  if (method === 'INVITE' && (status === 488 || status === 606)) code = 'srtp.no-common-suite';
  // RFC 5626 §4.2.1: it tries again without outbound.
  if (method === 'REGISTER' && status === 439) code = 'sip.outbound-unsupported';
  return { client: code, switch: undefined };
}

/** Where SIP goes wrong over a connection that is good. */
export const SIGNALLING_FAULTS: readonly Fault[] = [
  {
    id: 'sip.status',
    summary: 'Requests are refused with a status.',
    parameters: [
      { name: 'status', summary: 'status to answer with', type: 'number', min: 400, max: 699, default: 486 },
      methodParameter('INVITE'),
    ],
    behaviour: { kind: 'status' },
    expected: expectedOfStatus(486, 'INVITE'),
    expectedWith: ({ status, method }) => expectedOfStatus(Number(status), String(method)),
    audience: { calls: true },
  },
  {
    id: 'sip.late',
    summary: 'Everything that the switch says comes late.',
    parameters: [{ name: 'seconds', summary: 'by how much', type: 'number', min: 0, max: 60, default: 1 }],
    behaviour: { kind: 'late' },
    expected: { client: undefined, switch: undefined },
  },
  {
    id: 'sip.no-answer',
    summary: 'Requests are never answered.',
    parameters: [methodParameter('INVITE')],
    behaviour: { kind: 'no-answer' },
    expected: { client: 'sip.timeout', switch: undefined },
    audience: { calls: true },
  },
  {
    id: 'sip.never-ack',
    summary: 'The ACK of the caller never arrives, so that the switch waits for it.',
    parameters: [],
    behaviour: { kind: 'no-answer', method: 'ACK' },
    expected: { client: undefined, switch: 'sip.ack-missing' },
    audience: { calls: true },
  },
  {
    id: 'sip.wrong-contact',
    // Ours sends on the connection that it has, and never comes there.
    summary: 'The Contact of the switch leads to where nobody listens.',
    parameters: [],
    behaviour: { kind: 'wrong-contact' },
    expected: { client: undefined, switch: undefined },
    audience: { calls: true },
  },
  {
    id: 'sip.no-pong',
    summary: 'The switch agrees to answer keep-alives, and answers none.',
    parameters: [
      {
        name: 'seconds',
        summary: 'interval that it asks for in Flow-Timer (RFC 5626 §10)',
        type: 'number',
        min: 1,
        max: 3600,
        default: 5,
      },
    ],
    behaviour: { kind: 'no-pong' },
    expected: { client: 'conn.no-pong', switch: undefined },
  },
  {
    id: 'sip.unreadable',
    summary: 'Answers to INVITE cannot be read as SIP.',
    parameters: [],
    behaviour: { kind: 'unreadable' },
    expected: { client: 'sip.parse', switch: undefined },
    audience: { calls: true },
  },
];
