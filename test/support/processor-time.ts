import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process and all below it have spent; `undefined` where the system does not tell. */
export function processorSeconds(pid: number): number | undefined {
  const processes = readProcesses();
  if (!processes.has(pid)) return undefined;
  let seconds = 0;
  const pending = [pid];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    seconds += processes.get(next)?.seconds ?? 0;
    for (const [child, { parent }] of processes) if (parent === next) pending.push(child);
  }
  return seconds;
}

function readProcesses(): ReadonlyMap<number, { readonly parent: number; readonly seconds: number }> {
  const found = new Map<number, { readonly parent: number; readonly seconds: number }>();
  try {
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        // The name of the program may hold spaces and brackets: what counts comes behind the last one.
        const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
        found.set(Number(name), { parent: Number(fields[1]), seconds });
      } catch {
        // It ended while we looked.
      }
    }
  } catch {
    // There is no /proc here.
  }
  return found;
}
