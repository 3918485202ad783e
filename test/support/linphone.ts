import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExternalProgram, installed } from './external-program.ts';

/** Whether Debian's linphonec is here. */
export const linphoneAvailable = installed('linphonec');

export interface LinphoneOptions {
  /** Folder for its configuration and recordings; is made. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** Port of the switch for TLS on `localhost`: Linphone looks for names in a certificate, never for addresses. */
  readonly port: number;
  /** File with the authorities that it trusts. */
  readonly ca: string;
  /** WAV file to play. */
  readonly play: string;
  readonly autoAnswer?: boolean;
  /** A linphonerc in place of the account made of the above. */
  readonly settings?: string;
}

/** A running Linphone (SDES with RTP/SAVP, mandatory) that plays and records files instead of using sound devices. */
export class Linphone {
  /** The WAV file with what it heard; complete once its call has ended. */
  readonly heard: string;
  readonly program: ExternalProgram;
  readonly #domain: string;

  private constructor(program: ExternalProgram, heard: string, domain: string) {
    this.program = program;
    this.heard = heard;
    this.#domain = domain;
  }

  /** Starts it; it registers by itself. */
  static async start(options: LinphoneOptions): Promise<Linphone> {
    const { folder, autoAnswer = false } = options;
    // It does not make the folder of its database.
    await mkdir(join(folder, '.local/share/linphone'), { recursive: true });
    const config = join(folder, 'linphonerc');
    await writeFile(config, configuration(options));
    const program = new ExternalProgram('linphonec', ['-c', config, ...(autoAnswer ? ['-a'] : [])], {
      env: { HOME: folder, XDG_DATA_HOME: join(folder, '.local/share'), XDG_CONFIG_HOME: join(folder, '.config') },
    });
    const linphone = new Linphone(program, join(folder, 'heard.wav'), options.domain);
    program.say('soundcard use files');
    program.say(`play ${options.play}`);
    program.say(`record ${linphone.heard}`);
    await program.line(/Using wav files instead of soundcard/);
    return linphone;
  }

  /** Waits until it has registered. */
  async registered(): Promise<void> {
    for (const end = performance.now() + 20_000; !(await this.isRegistered());) {
      if (performance.now() > end) throw new Error('linphonec did not register');
    }
  }

  /** Whether it says that it is registered. */
  async isRegistered(): Promise<boolean> {
    const from = this.program.output.length;
    this.program.say('status register');
    const state = await this.program.until('its registration state', () =>
      this.program.output.slice(from).find((line) => line.startsWith('registered')),
    );
    return state.startsWith('registered, ');
  }

  /** Calls a user of its domain; resolves once there is sound. */
  async call(user: string): Promise<void> {
    this.program.say(`call sip:${user}@${this.#domain}`);
    await this.streaming();
  }

  /** Resolves once a call has sound. */
  async streaming(): Promise<void> {
    await this.program.line(/Media streams established/);
  }

  async hangUp(): Promise<void> {
    this.program.say('terminate');
    await this.ended();
  }

  /** Puts the other side on hold; resolves once it says so: what it is told before that, it forgets. */
  pause(): Promise<string> {
    return this.#told('pause', /is now paused/);
  }

  /** Takes it off hold; resolves once there is sound again. */
  resume(): Promise<string> {
    return this.#told('resume 1', /Media streams established/);
  }

  #told(command: string, answer: RegExp): Promise<string> {
    const from = this.program.output.length;
    this.program.say(command);
    return this.program.until(`its answer to ${command}`, () => this.program.output.slice(from).find((line) => answer.test(line))); // prettier-ignore
  }

  /** Sends the other side of its call to another user of its domain (RFC 3515). */
  transfer(user: string): void {
    this.program.say(`transfer 1 sip:${user}@${this.#domain}`);
  }

  /** Resolves once its call has ended. */
  async ended(): Promise<void> {
    await this.program.line(/Call 1 with .* ended/);
  }

  /** Ends it; it takes its registration away. */
  async stop(): Promise<void> {
    this.program.say('quit');
    try {
      await this.program.end();
    } finally {
      await this.program.stop();
    }
  }
}

/** What it needs on a machine with nothing but loopback. */
function configuration(options: LinphoneOptions): string {
  const lines = `[sip]
sip_port=0
sip_tcp_port=0
sip_tls_port=-1
register_only_when_network_is_up=0
use_ipv6=0
guess_hostname=0
`;
  return `${(options.settings ?? account(options)).replace('[sip]\n', lines)}
[net]
firewall_policy=0

[rtp]
audio_rtp_port=-1
`;
}

function account({ user, password, domain, port, ca }: LinphoneOptions): string {
  const server = `<sip:localhost:${port};transport=tls>`;
  return `[sip]
verify_server_certs=1
verify_server_cn=1
root_ca=${ca}
default_proxy=0
media_encryption=srtp
media_encryption_mandatory=1

[proxy_0]
reg_proxy=${server}
reg_route=${server}
reg_identity=sip:${user}@${domain}
reg_expires=60
reg_sendregister=1
publish=0

[auth_info_0]
username=${user}
userid=${user}
passwd=${password}
realm=${domain}
domain=${domain}
`;
}
