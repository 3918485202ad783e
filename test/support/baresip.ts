import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TransportProtocol } from '../../core/sip/transport/flow.ts';
import { ExternalProgram, installed } from './external-program.ts';
import { freePort } from './free-port.ts';

/** Whether Debian's baresip is here. */
export const baresipAvailable = installed('baresip');

/** baresip's names: SDES with RTP/SAVP, SDES in RTP/AVP (RFC 8643), none. */
export type BaresipEncryption = 'srtp-mand' | 'srtp' | undefined;

export interface BaresipOptions {
  /** Folder for its configuration and recordings; is made. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly server: { readonly port: number; readonly transport: TransportProtocol };
  readonly encryption: BaresipEncryption;
  /** Such as `pcma` or `opus/48000/2`. */
  readonly codecs: string;
  /** WAV file to play, at the rate of the codec. */
  readonly play: string;
  /** A line for its accounts in place of the one made of the above. */
  readonly account?: string;
}

/** What baresip tells of a call. */
export interface BaresipEvent {
  readonly type: string;
  readonly param?: string;
}

const MODULES = ['stdio', 'g711', 'opus', 'aufile', 'aubridge', 'sndfile', 'srtp'];
const FIRST_RTP_PORT = 40_000;
const LAST_RTP_PORT = 44_998;

/** A running baresip: registers by itself, answers by itself, dials when told, and records what it hears. */
export class Baresip {
  readonly events: BaresipEvent[] = [];
  readonly program: ExternalProgram;
  readonly #folder: string;
  readonly #control: Socket;

  private constructor(program: ExternalProgram, folder: string, control: Socket) {
    this.program = program;
    this.#folder = folder;
    this.#control = control;
    const reader = new NetstringReader((text) => {
      const message = JSON.parse(text) as BaresipEvent & { readonly event?: boolean };
      if (message.event === true) this.events.push(message);
    });
    control.on('data', (octets: Buffer) => {
      reader.push(octets);
    });
    control.on('error', () => undefined);
  }

  /** Starts it; resolves when it can be told what to do. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const { folder } = options;
    const controlPort = await freePort();
    await mkdir(folder);
    await writeFile(join(folder, 'config'), configuration(options, controlPort));
    await writeFile(join(folder, 'accounts'), `${options.account ?? account(options)}\n`);
    await writeFile(join(folder, 'contacts'), '');
    const program = new ExternalProgram('baresip', ['-f', folder], { env: { HOME: folder } });
    try {
      await program.line(/baresip is ready/);
      const control = connect({ host: '127.0.0.1', port: controlPort });
      await new Promise<void>((resolve, reject) => control.once('connect', resolve).once('error', reject));
      return new Baresip(program, folder, control);
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  /** Waits until it has registered; that may have happened before it could be asked for events. */
  async registered(): Promise<void> {
    await this.program.line(/ 200 OK .*\[1 binding\]/);
  }

  /** Waits for an event of a call, of this type (`CALL_MENC`, `CALL_ESTABLISHED`, `CALL_CLOSED`). */
  event(type: string): Promise<BaresipEvent> {
    return this.program.until(`its event ${type}`, () => this.events.find((event) => event.type === type));
  }

  dial(target: string): void {
    this.#command('dial', target);
  }

  hangUp(): void {
    this.#command('hangup');
  }

  hold(): void {
    this.#command('hold');
  }

  resume(): void {
    this.#command('resume');
  }

  /** Sends the other side to somebody else (RFC 3515). */
  transfer(target: string): void {
    this.#command('transfer', target);
  }

  /** The WAV file with what it said in its only call; complete once that has ended. */
  said(): Promise<string> {
    return this.#recording('enc');
  }

  /** The WAV file with what it heard in its only call; complete once that has ended. */
  heard(): Promise<string> {
    return this.#recording('dec');
  }

  async #recording(side: 'enc' | 'dec'): Promise<string> {
    const file = (await readdir(this.#folder)).find((name) => name.endsWith(`-${side}.wav`));
    if (file === undefined) throw new Error(`baresip recorded nothing (${side})`);
    return join(this.#folder, file);
  }

  /** Ends it; it takes its registration away. */
  async stop(): Promise<void> {
    this.#control.destroy();
    await this.program.stop();
  }

  #command(command: string, params = ''): void {
    const text = JSON.stringify({ command, params });
    this.#control.write(`${Buffer.byteLength(text)}:${text},`);
  }
}

/** Splits a stream into netstrings, `LENGTH:TEXT,`. */
class NetstringReader {
  readonly #onText: (text: string) => void;
  #pending = Buffer.alloc(0);

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  push(octets: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, octets]);
    for (;;) {
      const colon = this.#pending.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#pending.toString('latin1', 0, colon));
      if (this.#pending.length <= end) return;
      this.#onText(this.#pending.toString('utf8', colon + 1, end));
      this.#pending = this.#pending.subarray(end + 1);
    }
  }
}

function configuration({ folder, play }: BaresipOptions, controlPort: number): string {
  return `sip_listen 127.0.0.1:0
net_interface 127.0.0.1
rtp_ports ${FIRST_RTP_PORT}-${LAST_RTP_PORT}
rtcp_mux no
audio_path ${folder}
audio_source aufile,${play}
audio_player aubridge,nobody
audio_alert aubridge,nobody
snd_path ${folder}
module_path /usr/lib/baresip/modules
${MODULES.map((name) => `module ${name}.so`).join('\n')}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
`;
}

function account({ user, password, domain, server, encryption, codecs }: BaresipOptions): string {
  const parameters = [
    `auth_pass=${password}`,
    `outbound="sip:127.0.0.1:${server.port};transport=${server.transport}"`,
    'regint=60',
    'answermode=auto',
    `audio_codecs=${codecs}`,
    ...(encryption === undefined ? [] : [`mediaenc=${encryption}`]),
  ];
  return `<sip:${user}@${domain};transport=${server.transport}>;${parameters.join(';')}`;
}
