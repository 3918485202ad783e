import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../core/io/node-clock.ts';
import { LocationService } from '../../core/pbx/location-service.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import type { TransportProtocol } from '../../core/sip/transport/flow.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../core/tls/tls-settings.ts';
import { TestAuthority } from '../loopback/transport/certificates.ts';
import { MemoryFlow } from '../support/memory-flow.ts';
import type { BenchRow } from './bench-row.ts';
import { AGENT_NAME, BenchAgent } from './sip-calls-agent.ts';
import { sippCallee, sippCaller, sippVersion } from './sip-calls-sipp.ts';

/** The name on the command line. */
export const name = 'sip-calls';

const CALLS = 2000;
const WARM_UP_CALLS = 1000;
const OPEN_DIALOGS = [1, 100, 1000, 10_000] as const;
const REGISTRATIONS = 20_000;
/** Transactions are gone after 64 times T1, so that what stays are dialogs. Over TCP, where nothing is sent again. */
const QUICK = { t1: 100, t2: 800, t4: 1000 };

type Reference = NonNullable<BenchRow['reference']>;

/**
 * Answered calls (INVITE, 180, 200, ACK, BYE, 200) in a second of processor time, both ends counted, between two of our user
 * agents in one process; beside SIPp, which knows no dialogs but plays its messages from a script in C++.
 */
export async function run(): Promise<BenchRow[]> {
  const version = await sippVersion();
  const sipp: Reference | undefined =
    version === undefined ? undefined : { name: 'SIPp', version, value: await sippRate() };
  const rows: BenchRow[] = [];
  for (const protocol of ['udp', 'tcp', 'tls'] as const) {
    rows.push(row(`answered by ${protocol}`, await rateOver(protocol), protocol === 'udp' ? sipp : undefined));
  }
  if (sipp !== undefined) rows.push(...(await ratesWithSipp(sipp)));
  return [...rows, ...(await growth()), registrations()];
}

function row(label: string, rate: number, reference?: Reference): BenchRow {
  const value = Math.round(rate);
  const head = { bench: name, case: label, value, unit: 'calls/s', higherIsBetter: true };
  if (reference === undefined) return head;
  return { ...head, reference, ratio: Number((rate / reference.value).toFixed(3)) };
}

/** Calls in a second of processor time of this process. */
async function rate(calls: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return calls / ((user + system) / 1e6);
}

async function rateOver(protocol: TransportProtocol): Promise<number> {
  const authority = await TestAuthority.create('Bench');
  const tls = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [authority.pem] };
  const [caller, callee] = [new BenchAgent('caller', undefined, tls), new BenchAgent('callee')];
  const identity = await authority.issue([AGENT_NAME]);
  const secure = protocol === 'tls' ? { ...tls, identity, clientCertificate: 'ignored' as const } : undefined;
  const flow = await caller.flowTo(protocol, await callee.listen(protocol, secure));
  await caller.call(flow, WARM_UP_CALLS);
  const found = await rate(CALLS, () => caller.call(flow, CALLS));
  await Promise.all([caller.close(), callee.close()]);
  return found;
}

/** SIPp calls SIPp. */
async function sippRate(): Promise<number> {
  const callee = await sippCallee(CALLS);
  const calling = await sippCaller(callee.port, CALLS);
  return CALLS / (calling + (await callee.seconds));
}

/** One of ours at the other end of SIPp; only our end counts, beside half of what two SIPps need. */
async function ratesWithSipp(sipp: Reference): Promise<BenchRow[]> {
  const oneEnd = { ...sipp, value: Math.round(2 * sipp.value) };
  const agent = new BenchAgent('agent');
  const port = await agent.listen('udp');
  const answering = await rate(CALLS, async () => {
    await sippCaller(port, CALLS);
  });
  const callee = await sippCallee(CALLS);
  const calling = await rate(CALLS, async () => agent.call(await agent.flowTo('udp', callee.port), CALLS));
  await callee.seconds;
  await agent.close();
  return [row('our end, called by SIPp', answering, oneEnd), row('our end, calling SIPp', calling, oneEnd)];
}

/** How the rate falls, and the memory grows, while other calls stand. */
async function growth(): Promise<BenchRow[]> {
  const [caller, callee] = [new BenchAgent('caller', QUICK), new BenchAgent('callee', QUICK)];
  const flow = await caller.flowTo('tcp', await callee.listen('tcp'));
  await caller.call(flow, WARM_UP_CALLS);
  await Promise.all([caller.rest(), callee.rest()]);
  const empty = heapOctets();
  const rows: BenchRow[] = [];
  let open = 0;
  for (const count of OPEN_DIALOGS) {
    await caller.openMany(flow, count - open);
    open = count;
    await Promise.all([caller.rest(), callee.rest()]);
    const label = `answered by tcp, ${count.toLocaleString('en')} calls open`;
    rows.push(row(label, await rate(CALLS, () => caller.call(flow, CALLS))));
  }
  await Promise.all([caller.rest(), callee.rest()]);
  // Two dialogs for each call, one at each end.
  const value = Math.round((heapOctets() - empty) / (2 * open));
  await Promise.all([caller.close(), callee.close()]);
  return [...rows, { bench: name, case: 'an open dialog', value, unit: 'octets', higherIsBetter: false }];
}

function registrations(): BenchRow {
  const empty = heapOctets();
  const service = new LocationService(systemClock, () => undefined);
  const flows: MemoryFlow[] = [];
  for (let index = 0; index < REGISTRATIONS; index++) {
    // One connection for each phone, as with TLS; its own memory is the socket's.
    const flow = new MemoryFlow({ protocol: 'tls' });
    flows.push(flow);
    service.add({
      user: String(index),
      contact: sipUri({ user: String(index), host: '192.0.2.1', port: 5061 }),
      profile: 'internal',
      flow,
      callId: `call-${index}`,
      sequence: 1,
      expires: 3600,
      agent: 'bench',
    });
  }
  const value = Math.round((heapOctets() - empty) / REGISTRATIONS);
  service.close();
  if (flows.length === 0) throw new Error('nothing was registered');
  return { bench: name, case: 'a registration', value, unit: 'octets', higherIsBetter: false };
}

/** What is in use after all garbage is collected. */
function heapOctets(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
