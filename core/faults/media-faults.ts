import type { DiagnosisCode } from '../base/diagnosis.ts';
import type { Fault, FaultBehaviour, FaultParameter } from './fault.ts';

type MediaAct = Extract<FaultBehaviour, { kind: 'media' }>['act'];
type Edit = Extract<FaultBehaviour, { kind: 'description' }>['edit'];

function description(id: string, edit: Edit, code: DiagnosisCode, summary: string): Fault {
  return {
    id,
    summary,
    parameters: [],
    behaviour: { kind: 'description', edit },
    expected: { client: code, switch: undefined },
    audience: { calls: true },
  };
}

function media(
  id: string,
  act: MediaAct,
  code: DiagnosisCode | undefined,
  summary: string,
  parameters: readonly FaultParameter[] = [],
): Fault {
  return {
    id,
    summary,
    parameters,
    behaviour: { kind: 'media', act },
    expected: { client: code, switch: undefined },
    audience: { calls: true },
  };
}

/** Where the sound of a call goes wrong: its description, its keys, its packets. */
export const MEDIA_FAULTS: readonly Fault[] = [
  description('srtp.off', 'no-srtp', 'srtp.required-here', 'The switch answers without SRTP.'),
  description('srtp.wrong-key', 'other-key', 'srtp.auth-failed', 'The switch names a key that it does not use.'),
  description('srtp.broken-key', 'broken-key', 'srtp.bad-crypto-line', 'The key line of the switch is too short.'),
  description(
    'media.unreachable',
    'unreachable-address',
    'media.address',
    'The switch wants the sound sent to a name that is no address.',
  ),
  description('media.no-codec', 'unknown-codec', 'sip.no-common-codec', 'The switch chooses a codec nobody offered.'),
  media('srtp.replay', 'replay', 'srtp.replayed', 'After a second, the same packet comes again and again.'),
  media('media.loss', 'loss', 'media.loss', 'Packets of the switch are lost.', [
    { name: 'percent', summary: 'share of the packets', type: 'number', min: 0, max: 100, default: 25 },
  ]),
  media('media.delay', 'delay', undefined, 'Packets of the switch come late, and not all equally late.', [
    { name: 'ms', summary: 'delay of all', type: 'number', min: 0, max: 5000, default: 150 },
    { name: 'jitter', summary: 'milliseconds by which they differ', type: 'number', min: 0, max: 1000, default: 40 },
  ]),
  media('media.silence', 'silence', 'media.nothing-received', 'Nothing of what the switch sends arrives.'),
  media('media.one-way', 'deaf', 'media.one-way', 'Nothing of what the caller says arrives.'),
];
