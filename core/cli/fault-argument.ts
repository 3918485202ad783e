import { findFault, readFaultValues } from '../faults/catalogue.ts';
import type { Fault, FaultValues } from '../faults/fault.ts';
import { UsageError } from './command.ts';

/** The fault that the command line names, with its values; throws a {@link UsageError} where there is no such thing. */
export function faultArgument(
  id: string | undefined,
  given: readonly string[],
): { readonly fault: Fault; readonly values: FaultValues } {
  if (id === undefined) throw new UsageError('the ID of a fault is needed; "sotto fault list" shows them');
  const found = findFault(id);
  if (found === undefined) throw new UsageError(`there is no fault "${id}"; "sotto fault list" shows them`);
  const values = readFaultValues(found.fault, [...found.given, ...given]);
  if (!values.ok) throw new UsageError(values.error);
  return { fault: found.fault, values: values.value };
}
