import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { CliProcess } from '../support/cli-run.ts';
import { ExternalProgram, installed } from '../support/external-program.ts';
import { freePort } from '../support/free-port.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../support/pbx-scene.ts';
import { processorSeconds } from '../support/processor-time.ts';
import type { BenchRow } from './bench-row.ts';

/** The name on the command line. */
export const name = 'pbx-register';

const USERS = ['1000', '1001', '1002'];
/** A connection each; ten contacts of a user are the most that are kept. */
const PHONES = 24;
const WARM_UP = 1500;
const REGISTRATIONS = 9000;
const GIVE_UP_MS = 60_000;

/**
 * Registrations over TLS with digest (MD5, one nonce for many, as phones refresh) in a second of the switch's processor time,
 * beside Kamailio with the configuration that `sotto export kamailio` made of the same switch, loaded in the same way.
 */
export async function run(): Promise<BenchRow[]> {
  const scene = await makePbxFolder();
  try {
    const ports = {
      udp: await freePort(),
      tls: await freePort(),
      otherUdp: await freePort(),
      otherTls: await freePort(),
    };
    for (const port of [ports.udp, ports.otherUdp]) await scene.edit(/^ {4}sip-port: 0/m, `    sip-port: ${port}`);
    for (const port of [ports.tls, ports.otherTls]) await scene.edit('tls-sip-port: 0', `tls-sip-port: ${port}`);
    const pbx = await RunningPbx.start(scene);
    const ours = await rate(scene, ports.tls, pbx.process.pid);
    await pbx.stop();
    const reference = installed('kamailio') ? await kamailio(scene, ports.tls) : undefined;
    if (ours === undefined) return [];
    const row = { bench: name, case: 'over TLS with digest', value: Math.round(ours), unit: 'per s and core', higherIsBetter: true }; // prettier-ignore
    return [reference === undefined ? row : { ...row, reference, ratio: Number((ours / reference.value).toFixed(3)) }];
  } finally {
    await scene.remove();
  }
}

async function kamailio(scene: PbxScene, tlsPort: number): Promise<BenchRow['reference'] | undefined> {
  const folder = join(scene.folder, 'kamailio');
  await new CliProcess(['export', 'kamailio', folder, '--config', scene.config, '--json']).finished;
  const program = new ExternalProgram('kamailio', ['-DD', '-E', '-m', '64', '-M', '8', '-f', join(folder, 'kamailio.cfg'), '-P', join(folder, 'pid'), '-Y', folder]); // prettier-ignore
  try {
    await program.listening(tlsPort);
    const pid = Number((await readFile(join(folder, 'pid'), 'utf8')).trim());
    const value = await rate(scene, tlsPort, pid);
    const version = /version: kamailio ([\d.]+)/.exec(await versionText())?.[1] ?? 'unknown';
    return value === undefined ? undefined : { name: 'Kamailio', version, value };
  } finally {
    await program.stop();
  }
}

/** What `kamailio -v` prints. */
async function versionText(): Promise<string> {
  const program = new ExternalProgram('kamailio', ['-v']);
  await program.end();
  return program.output.join('\n');
}

/** Registrations in a second of the processor time of a server and its children. */
async function rate(scene: PbxScene, port: number, pid: number): Promise<number | undefined> {
  const ca = await readFile(scene.ca, 'utf8');
  const phones = await Promise.all(Array.from({ length: PHONES }, (_, index) => Phone.open(index, scene, port, ca)));
  const give = { left: 0 };
  const load = async (count: number): Promise<void> => {
    give.left = count;
    await Promise.all(phones.map((phone) => phone.register(() => give.left-- > 0)));
  };
  await load(WARM_UP);
  const before = processorSeconds(pid);
  await load(REGISTRATIONS);
  const after = processorSeconds(pid);
  for (const phone of phones) phone.close();
  return before === undefined || after === undefined ? undefined : REGISTRATIONS / (after - before);
}

/** One connection that registers again and again, each time when the answer to the last one is there. */
class Phone {
  readonly #socket: TLSSocket;
  readonly #user: string;
  readonly #password: string;
  readonly #index: number;
  #sequence = 1;
  #count = 0;
  #nonce = '';
  #onAnswer: (text: string) => void = () => undefined;

  private constructor(socket: TLSSocket, index: number, scene: PbxScene) {
    this.#socket = socket;
    this.#index = index;
    this.#user = USERS[index % USERS.length] ?? '';
    this.#password = scene.password(this.#user);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      // REGISTER has no body in its answers.
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const answer = text.slice(0, end);
      text = text.slice(end + 4);
      this.#onAnswer(answer);
    });
  }

  static async open(index: number, scene: PbxScene, port: number, ca: string): Promise<Phone> {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy(new Error('no answer')));
    return new Phone(socket, index, scene);
  }

  /** Registers as long as `more` says so. */
  async register(more: () => boolean): Promise<void> {
    while (more()) {
      let answer = await this.#send();
      if (answer.startsWith('SIP/2.0 401')) {
        this.#nonce = /nonce="([^"]+)"/.exec(answer)?.[1] ?? '';
        this.#count = 0;
        answer = await this.#send();
      }
      if (!answer.startsWith('SIP/2.0 200')) throw new Error(`the server answered ${answer.slice(0, 60)}`);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(): Promise<string> {
    const uri = `sip:${DOMAIN}`;
    const id = `${this.#index}-${this.#sequence}`;
    const { port } = this.#socket.address() as { readonly port: number };
    const lines = [
      `REGISTER ${uri} SIP/2.0`,
      `Via: SIP/2.0/TLS 127.0.0.1:${port};branch=z9hG4bK-${id};rport`,
      'Max-Forwards: 70',
      `From: <sip:${this.#user}@${DOMAIN}>;tag=${this.#index}`,
      `To: <sip:${this.#user}@${DOMAIN}>`,
      `Call-ID: bench-${this.#index}`,
      `CSeq: ${this.#sequence++} REGISTER`,
      `Contact: <sip:${this.#user}@127.0.0.1:${port};transport=tls>`,
      'Expires: 600',
      ...(this.#nonce === '' ? [] : [`Authorization: ${this.#credentials(uri)}`]),
      'Content-Length: 0',
    ];
    return new Promise((resolve, reject) => {
      this.#onAnswer = resolve;
      this.#socket.once('error', reject);
      this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`, () => this.#socket.off('error', reject));
    });
  }

  #credentials(uri: string): string {
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    const count = String(++this.#count).padStart(8, '0');
    const secret = md5(`${this.#user}:${DOMAIN}:${this.#password}`);
    const response = md5(`${secret}:${this.#nonce}:${count}:bench:auth:${md5(`REGISTER:${uri}`)}`);
    return `Digest username="${this.#user}", realm="${DOMAIN}", nonce="${this.#nonce}", uri="${uri}", qop=auth, nc=${count}, cnonce="bench", response="${response}", algorithm=MD5`;
  }
}
