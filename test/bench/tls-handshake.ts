import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { issue, makeAuthority } from '../support/test-authority.ts';
import type { BenchRow } from './bench-row.ts';
import type { Answer, Mode, Order } from './tls-handshake-peer.ts';

/** The name on the command line. */
export const name = 'tls-handshake';

const ROUNDS = 7;
const HANDSHAKES = 250;
const WARM_UP = 300;
/** With 5,000 the figures are the same; it takes a minute longer. */
const IDLE_CONNECTIONS = Number(process.env.SOTTO_BENCH_CONNECTIONS ?? 1000);

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];
const KEYS = [
  ['EC', 'ec'],
  ['RSA', 'rsa'],
] as const;

/** A process that serves or dials as it is told, so that its use of processor and memory is its own. */
class Peer {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = fork(join(import.meta.dirname, 'tls-handshake-peer.ts'), { execArgv: ['--expose-gc'] });
  }

  async tell(order: Order): Promise<Answer> {
    const answered = new Promise<Answer>((resolve, reject) => {
      this.#process.once('message', (answer) => {
        resolve(answer as Answer);
      });
      this.#process.once('exit', (code) => {
        reject(new Error(`a peer ended with ${String(code)}`));
      });
    });
    this.#process.send(order);
    const answer = await answered;
    this.#process.removeAllListeners('exit');
    if (answer.failed !== undefined) throw new Error(answer.failed);
    return answer;
  }

  end(): void {
    this.#process.kill();
  }
}

interface Identity {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** Full and resumed handshakes in a second of processor time, of one end, beside bare node:tls; and what an open connection costs. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [label, keyType] of KEYS) {
    const root = await makeAuthority();
    const { certificateChain, key } = await issue(root, { keyType });
    const identity = { certificate: certificateChain, key: key.reveal(), authority: root.certificate };
    for (const version of VERSIONS) {
      for (const resume of [false, true]) {
        const kind = `${resume ? 'resumed' : 'full'} ${version} ${label}`;
        rows.push(...(await compareServers(kind, identity, version, resume)));
        if (label === 'EC') rows.push(...(await compareClients(kind, identity, version, resume)));
      }
    }
    if (label === 'EC') rows.push(...(await compareMemory(identity)), await compareRefusal(identity));
  }
  return rows;
}

const MODES: readonly Mode[] = ['bare', 'default', 'records'];

/** Our server beside a bare one, both dialled by bare clients. */
async function compareServers(
  kind: string,
  identity: Identity,
  version: SecureVersion,
  resume: boolean,
): Promise<BenchRow[]> {
  const dialler = new Peer();
  const servers = await Promise.all(
    MODES.map(async (mode) => {
      const peer = new Peer();
      const { port } = await peer.tell({ do: 'listen', mode, version, ...identity });
      return { mode, peer, port };
    }),
  );
  const dial = (port: number, count: number): Promise<Answer> =>
    dialler.tell({ do: 'dial', mode: 'bare', version, port, count, resume, atOnce: 8, hold: false, ...identity });
  const costs = new Map<Mode, number[]>(MODES.map((mode) => [mode, []]));
  for (let round = -1; round < ROUNDS; round++) {
    // Turn by turn, so that a busy machine is unfair to none.
    for (const { mode, peer, port } of servers) {
      const count = round < 0 ? WARM_UP : HANDSHAKES;
      const before = await peer.tell({ do: 'look' });
      await dial(port, count);
      const after = await peer.tell({ do: 'look' });
      if (mode === 'bare') checkResumed(kind, (after.resumed - before.resumed) / count, resume);
      if (round >= 0) costs.get(mode)?.push((after.cpuMs - before.cpuMs) / count);
    }
  }
  for (const { peer } of [...servers, { peer: dialler }]) peer.end();
  return rowsOf(`server, ${kind}`, costs);
}

/** Our client beside a bare one, both against a bare server. */
async function compareClients(
  kind: string,
  identity: Identity,
  version: SecureVersion,
  resume: boolean,
): Promise<BenchRow[]> {
  const server = new Peer();
  const { port } = await server.tell({ do: 'listen', mode: 'bare', version, ...identity });
  const diallers = MODES.map((mode) => ({ mode, peer: new Peer() }));
  const costs = new Map<Mode, number[]>(MODES.map((mode) => [mode, []]));
  const reused: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const { mode, peer } of diallers) {
      const count = round < 0 ? WARM_UP : HANDSHAKES;
      // One after the other: our client gives each session to one connection alone.
      const order = { do: 'dial', mode, version, port, count, resume, atOnce: 1, hold: false, ...identity } as const;
      const before = await server.tell({ do: 'look' });
      const { cpuMs } = await peer.tell(order);
      const after = await server.tell({ do: 'look' });
      reused.push((after.resumed - before.resumed) / count);
      if (round >= 0) costs.get(mode)?.push(cpuMs / count);
    }
  }
  for (const { peer } of [...diallers, { peer: server }]) peer.end();
  if (resume && Math.min(...reused) < 0.9) {
    process.stderr.write(
      `${name}: no figure for "client, ${kind}": only ${Math.min(...reused)} of them were resumed\n`,
    );
    return [];
  }
  checkResumed(kind, resume ? 1 : Math.max(...reused), resume);
  return rowsOf(`client, ${kind}`, costs);
}

/** A figure for resumed handshakes that were none would be a lie, and the other way round. */
function checkResumed(kind: string, share: number, wanted: boolean): void {
  if (wanted ? share < 0.9 : share > 0) throw new Error(`${kind}: ${share} of them were resumed`);
}

/** The cheapest round of each: what others do on the machine only ever adds. */
function rowsOf(label: string, costs: ReadonlyMap<Mode, readonly number[]>): BenchRow[] {
  const rate = (mode: Mode): number => 1000 / Math.min(...(costs.get(mode) ?? []));
  const bare = rate('bare');
  return (['default', 'records'] as const).map((mode) => ({
    bench: name,
    case: mode === 'default' ? label : `${label}, all records`,
    value: Math.round(rate(mode)),
    unit: 'handshakes/s',
    higherIsBetter: true,
    reference: { name: 'node:tls', version: process.versions.node, value: Math.round(bare) },
    ratio: Number((rate(mode) / bare).toFixed(3)),
  }));
}

/** What an open connection that says nothing takes of the server's memory. */
async function compareMemory(identity: Identity): Promise<BenchRow[]> {
  const perConnection = new Map<Mode, number>();
  for (const mode of MODES) {
    const server = new Peer();
    const dialler = new Peer();
    const { port } = await server.tell({ do: 'listen', mode, version: 'TLSv1.3', ...identity });
    const terms = { mode: 'bare', version: 'TLSv1.3', port, resume: false, atOnce: 8, ...identity } as const;
    await dialler.tell({ do: 'dial', ...terms, count: WARM_UP, hold: false });
    const { residentBytes: before } = await server.tell({ do: 'look', tidy: true });
    await dialler.tell({ do: 'dial', ...terms, count: IDLE_CONNECTIONS, hold: true });
    const { residentBytes: after } = await server.tell({ do: 'look', tidy: true });
    perConnection.set(mode, (after - before) / 1024 / IDLE_CONNECTIONS);
    server.end();
    dialler.end();
  }
  const bare = perConnection.get('bare') ?? 0;
  return (['default', 'records'] as const).map((mode) => {
    const value = perConnection.get(mode) ?? 0;
    return {
      bench: name,
      case: `memory of one of ${IDLE_CONNECTIONS} idle${mode === 'default' ? '' : ', all records'}`,
      value: Number(value.toFixed(1)),
      unit: 'KiB',
      higherIsBetter: false,
      reference: { name: 'node:tls', version: process.versions.node, value: Number(bare.toFixed(1)) },
      ratio: Number((bare / value).toFixed(3)),
    };
  });
}

/** How long it takes to be told that a certificate is not good; ours says why, and cure. */
async function compareRefusal(identity: Identity): Promise<BenchRow> {
  const server = new Peer();
  const dialler = new Peer();
  const { port } = await server.tell({ do: 'listen', mode: 'bare', version: 'TLSv1.3', ...identity });
  const refused = async (mode: Mode, count: number): Promise<number> =>
    (await dialler.tell({ do: 'refuse', mode, version: 'TLSv1.3', port, count, ...identity })).refusalMs;
  await refused('default', 100);
  await refused('bare', 100);
  const value = await refused('default', 100);
  const bare = await refused('bare', 100);
  server.end();
  dialler.end();
  return {
    bench: name,
    case: 'from the dial to the diagnosis of a bad certificate',
    value: Number(value.toFixed(2)),
    unit: 'ms',
    higherIsBetter: false,
    reference: { name: 'node:tls', version: process.versions.node, value: Number(bare.toFixed(2)) },
    ratio: Number((bare / value).toFixed(3)),
  };
}
