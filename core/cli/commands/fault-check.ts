import type { Diagnosis } from '../../base/diagnosis.ts';
import { FAULTS } from '../../faults/catalogue.ts';
import type { Fault } from '../../faults/fault.ts';
import { EXIT, type Command } from '../command.ts';
import { faultArgument } from '../fault-argument.ts';
import { tryFault, type TrialOutcome } from '../fault-trial.ts';

/** Trials at a time: most of them only wait. */
const AT_ONCE = 4;

/** Lets our own phone come to every fault: cabinet and inspector must say the same. */
export const faultCheckCommand: Command = {
  name: 'fault check',
  arguments: '[ID ...]',
  summary: 'tries the TLS faults, or those named, with our own phone: expected against actual',
  options: {},
  help: {},
  async run(context) {
    const { output, positionals, signal } = context;
    const faults =
      positionals.length === 0
        ? FAULTS.filter(({ id }) => id.startsWith('tls.')).map(({ id }) => faultArgument(id, []))
        : positionals.map((id) => faultArgument(id, []));
    const waiting = [...faults];
    let disagreed = 0;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
        const outcome = await tryFault(next.fault, next.values, signal);
        if (!outcome.agrees) disagreed++;
        output.event('fault', fieldsOf(next.fault, outcome), lineOf(next.fault, outcome));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const counts = { tried: faults.length, disagreed };
    if (signal.aborted || disagreed > 0) {
      output.failure([], counts);
      return EXIT.failed;
    }
    output.success(counts, `✓ ${faults.length} faults, each with the diagnosis that it must lead to`);
    return EXIT.done;
  },
};

function fieldsOf({ id }: Fault, { agrees, expected, client, switch: atSwitch }: TrialOutcome) {
  return {
    fault: id,
    agrees,
    expected: { client: expected.client ?? null, switch: expected.switch ?? null },
    actual: { client: codesOf(client), switch: codesOf(atSwitch) },
  };
}

function lineOf({ id }: Fault, { agrees, expected, client, switch: atSwitch }: TrialOutcome): string {
  const compare = (side: string, wanted: string | undefined, said: readonly Diagnosis[]): readonly string[] => {
    if (agrees) return wanted === undefined ? [] : [`${side} ${wanted}`];
    return [`${side}: expected ${wanted ?? 'nothing'}, got ${codesOf(said).join(' ') || 'nothing'}`];
  };
  const sides = [...compare('client', expected.client, client), ...compare('switch', expected.switch, atSwitch)];
  return `${agrees ? '✓' : '✗'} ${id.padEnd(34)} ${sides.join(', ') || 'nobody notices'}`;
}

function codesOf(said: readonly Diagnosis[]): readonly string[] {
  return [...new Set(said.map(({ code }) => code))];
}
