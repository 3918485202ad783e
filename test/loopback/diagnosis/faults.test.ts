import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { tryFault, type TrialOutcome } from '../../../core/cli/fault-trial.ts';
import { FAULTS, expectationOf, findFault, readFaultValues } from '../../../core/faults/catalogue.ts';
import type { Fault } from '../../../core/faults/fault.ts';
import { good } from '../../support/test-authority.ts';
import { expectComplete } from './complete.ts';
import { VARIATIONS } from './variations.ts';

const never = new AbortController().signal;
const TIMEOUT = { timeout: 90_000 };

function attempt(fault: Fault, given: readonly string[]): Promise<TrialOutcome> {
  return tryFault(fault, good(readFaultValues(fault, given)), never);
}

/** Everything that our own phone and switch say must be whole, and what was expected must be among it. */
function expectAgreement({ expected, client, switch: atSwitch, agrees }: TrialOutcome): void {
  const codes = (said: readonly Diagnosis[]): readonly string[] => said.map(({ code }) => code);
  expect(agrees, JSON.stringify({ expected, client: codes(client), switch: codes(atSwitch) })).toBe(true);
  for (const diagnosis of [...client, ...atSwitch]) expectComplete(diagnosis, diagnosis.code, diagnosis.side);
}

const words = (code: string | undefined): string => code ?? 'nothing';

// Most of them wait for somebody: together they take as long as the slowest.
describe.concurrent('each fault of the cabinet leads to its diagnosis, on both sides of a connection', () => {
  for (const fault of FAULTS) {
    const { client, switch: atSwitch } = fault.expected;
    it(`${fault.id}: the phone says ${words(client)}, the switch ${words(atSwitch)}`, TIMEOUT, async () => {
      expectAgreement(await attempt(fault, []));
    });
  }
  for (const { id, given, code, secureMedia } of VARIATIONS) {
    const found = findFault(id);
    if (found === undefined) throw new Error(`no fault ${id}`);
    const fault: Fault =
      secureMedia === undefined
        ? found.fault
        : {
            ...found.fault,
            audience: { ...found.fault.audience, secureMedia },
            expectedWith: () => ({ client: code, switch: undefined }),
          };
    const how = [id, ...given, ...(secureMedia === undefined ? [] : [`SRTP ${secureMedia}`])].join(' ');
    it(`${how}: the phone says ${code}`, TIMEOUT, async () => {
      const parameters = [...found.given, ...given];
      expect(expectationOf(fault, good(readFaultValues(fault, parameters))).client).toBe(code);
      expectAgreement(await attempt(fault, parameters));
    });
  }
});
