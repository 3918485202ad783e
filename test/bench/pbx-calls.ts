import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { freePort } from '../support/free-port.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../support/pbx-scene.ts';
import { processorSeconds } from '../support/processor-time.ts';
import type { BenchRow } from './bench-row.ts';
import { sippCallee, sippCaller, sippVersion } from './sip-calls-sipp.ts';

/** The name on the command line. */
export const name = 'pbx-calls';

const WARM_UP = 200;
const CALLS = 1500;

/**
 * Calls of SIPp by UDP (INVITE to BYE, sound negotiated, none sent) in a second of the switch's processor time: answered by an
 * application, and bridged to a phone, which is SIPp again; beside SIPp answering by its script, which opens no sound.
 */
export async function run(): Promise<BenchRow[]> {
  const version = await sippVersion();
  if (version === undefined) return [];
  const reference = { name: 'SIPp', version, value: Math.round(await sippAlone()) };
  const scene = await makePbxFolder();
  try {
    await scene.edit('context: public', 'context: default');
    const pbx = await RunningPbx.start(scene);
    const target = pbx.port('udp', 'external');
    const rows: BenchRow[] = [];
    const measure = async (label: string, call: (count: number) => Promise<unknown>): Promise<void> => {
      await call(WARM_UP);
      const before = processorSeconds(pbx.process.pid);
      await call(CALLS);
      const after = processorSeconds(pbx.process.pid);
      if (before === undefined || after === undefined) return;
      const value = Math.round(CALLS / (after - before));
      rows.push({ bench: name, case: label, value, unit: 'per s and core', higherIsBetter: true, reference, ratio: Number((value / reference.value).toFixed(3)) }); // prettier-ignore
    };
    await measure('answered by an application', (count) => sippCaller(target, count, '9197'));
    const phone = await freePort();
    await register(scene, pbx.port('udp'), phone);
    await measure('bridged', async (count) => {
      const callee = await sippCallee(count, phone);
      await Promise.all([sippCaller(target, count, '1000'), callee.seconds]);
    });
    await pbx.stop();
    return rows;
  } finally {
    await scene.remove();
  }
}

async function sippAlone(): Promise<number> {
  const callee = await sippCallee(CALLS);
  const [, seconds] = await Promise.all([sippCaller(callee.port, CALLS), callee.seconds]);
  return CALLS / seconds;
}

/** Registers user 1000 from a port that SIPp then takes over: the switch calls a phone where its REGISTER came from. */
async function register(scene: PbxScene, server: number, port: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const send = async (sequence: number, authorization: string): Promise<string> => {
    const lines = [
      `REGISTER sip:${DOMAIN} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${sequence};rport`, 'Max-Forwards: 70',
      `From: <sip:1000@${DOMAIN}>;tag=1`, `To: <sip:1000@${DOMAIN}>`, 'Call-ID: bench', `CSeq: ${sequence} REGISTER`,
      `Contact: <sip:1000@127.0.0.1:${port}>`, 'Expires: 600', ...(authorization === '' ? [] : [authorization]), 'Content-Length: 0',
    ]; // prettier-ignore
    const answer = new Promise<string>((resolve) => socket.once('message', (octets) => { resolve(octets.toString()); })); // prettier-ignore
    socket.send(`${lines.join('\r\n')}\r\n\r\n`, server, '127.0.0.1');
    return answer;
  };
  const nonce = /nonce="([^"]+)"/.exec(await send(1, ''))?.[1] ?? '';
  const secret = md5(`1000:${DOMAIN}:${scene.password('1000')}`);
  const response = md5(`${secret}:${nonce}:00000001:bench:auth:${md5(`REGISTER:sip:${DOMAIN}`)}`);
  const answer = await send(2, `Authorization: Digest username="1000", realm="${DOMAIN}", nonce="${nonce}", uri="sip:${DOMAIN}", qop=auth, nc=00000001, cnonce="bench", response="${response}"`); // prettier-ignore
  if (!answer.startsWith('SIP/2.0 200')) throw new Error(`the switch answered ${answer.slice(0, 40)}`);
  await new Promise<void>((resolve) => socket.close(resolve));
}
