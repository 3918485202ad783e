import { err, ok, type Result } from '../base/result.ts';
import type { Expectation, Fault, FaultParameter, FaultValues } from './fault.ts';
import { MEDIA_FAULTS } from './media-faults.ts';
import { SIGNALLING_FAULTS } from './signalling-faults.ts';
import { TLS_FAULTS } from './tls-faults.ts';

/** Everything that the switch can do wrong on demand. */
export const FAULTS: readonly Fault[] = [...TLS_FAULTS, ...SIGNALLING_FAULTS, ...MEDIA_FAULTS];

/** The fault of this id; `tls.alert-48` is `tls.alert` with its number. */
export function findFault(id: string): { readonly fault: Fault; readonly given: readonly string[] } | undefined {
  const alert = /^tls\.alert-(\d{1,3})$/.exec(id);
  const fault = FAULTS.find((candidate) => candidate.id === (alert === null ? id : 'tls.alert'));
  if (fault === undefined) return undefined;
  return { fault, given: alert?.[1] === undefined ? [] : [`number=${alert[1]}`] };
}

/** Takes parameters as `name=value`; what is not given has its default. The error is for the person who wrote it. */
export function readFaultValues({ id, parameters }: Fault, given: readonly string[]): Result<FaultValues, string> {
  const values: Record<string, number | string> = {};
  for (const { name, default: preset } of parameters) values[name] = preset;
  for (const assignment of given) {
    const equals = assignment.indexOf('=');
    const [name, text] = [assignment.slice(0, Math.max(equals, 0)), assignment.slice(equals + 1)];
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) {
      const known = parameters.map((one) => one.name).join(', ');
      return err(`${id} has ${known === '' ? 'no parameters' : `the parameters ${known}`}, not "${assignment}"`);
    }
    const value = readValue(parameter, text);
    if (!value.ok) return value;
    values[name] = value.value;
  }
  return ok(values);
}

/** What must be said of a fault with these values. */
export function expectationOf(fault: Fault, values: FaultValues): Expectation {
  return fault.expectedWith?.(values) ?? fault.expected;
}

function readValue(parameter: FaultParameter, text: string): Result<number | string, string> {
  if (parameter.type === 'choice') {
    const choice = parameter.choices.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
    return choice === undefined
      ? err(`${parameter.name} must be one of ${parameter.choices.join(', ')}, not "${text}"`)
      : ok(choice);
  }
  const { name, min, max } = parameter;
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) || value < min || value > max
    ? err(`${name} must be a number from ${min} to ${max}, not "${text}"`)
    : ok(value);
}
