import type { Clock } from '../base/clock.ts';
import { formatUri } from '../sip/message/uri.ts';
import { COMPONENTS, type Component, type TraceEvent, type TraceLevel, type Tracer } from '../trace/tracer.ts';
import {
  callRows,
  channelRows,
  gatewayDetails,
  gatewayTable,
  profileTable,
  registrationRows,
  registrationTable,
  showTable,
  statusTable,
} from './console-tables.ts';
import type { MiniPbx } from './mini-pbx.ts';
import type { SipProfile } from './sip-profile.ts';

export interface SwitchConsoleOptions {
  readonly pbx: MiniPbx;
  readonly clock: Clock;
  readonly tracer: Tracer;
  /** Codecs as configured, for `sofia status profile`. */
  readonly codecs: readonly string[];
  /** Where `siptrace` goes. */
  readonly print: (text: string) => void;
}

/** One command: the words that it begins with, and what the rest of the line does. */
interface Entry {
  readonly words: readonly string[];
  readonly usage: string;
  readonly run: (args: readonly string[]) => string | Promise<string>;
}

/**
 * FreeSWITCH's console for our switch: the words that its users know, answered in its formats. Every line gets an answer,
 * `-ERR …` where it means nothing.
 */
export class SwitchConsole {
  readonly #options: SwitchConsoleOptions;
  /** Profiles whose messages are printed. */
  readonly #traced = new Set<string>();
  #stopTrace: (() => void) | undefined;

  readonly #entries: readonly Entry[] = [
    { words: ['help'], usage: 'help', run: () => this.#help() },
    { words: ['sofia', 'status', 'profile'], usage: 'sofia status profile NAME [reg [USER]]', run: (args) => this.#statusProfile(args) },
    { words: ['sofia', 'status', 'gateway'], usage: 'sofia status gateway [NAME]', run: (args) => this.#statusGateway(args) },
    { words: ['sofia', 'status'], usage: 'sofia status', run: () => statusTable(this.#pbx.profiles, this.#pbx.calls) },
    { words: ['sofia', 'loglevel'], usage: 'sofia loglevel COMPONENT|all [0-9]', run: (args) => this.#logLevel(args) },
    { words: ['sofia', 'global', 'siptrace'], usage: 'sofia global siptrace on|off', run: (args) => this.#globalTrace(args) },
    { words: ['sofia', 'profile'], usage: 'sofia profile NAME rescan|restart|siptrace on|off|register GATEWAY|all|unregister GATEWAY|all', run: (args) => this.#profile(args) },
    { words: ['reload', 'mod_sofia'], usage: 'reload mod_sofia', run: () => this.#rescan('+OK Reloading XML\n+OK module loaded') },
    { words: ['reloadxml'], usage: 'reloadxml', run: () => this.#rescan('+OK [Success]') },
    { words: ['reloadcert'], usage: 'reloadcert', run: () => this.#reload('+OK cert reload event sent') },
    { words: ['sofia_contact'], usage: 'sofia_contact [PROFILE/]USER[@DOMAIN]', run: (args) => this.#contact(args) },
    { words: ['show', 'calls'], usage: 'show calls [count] [as json]', run: (args) => show(args, callRows(this.#pbx.calls)) },
    { words: ['show', 'channels'], usage: 'show channels [count] [as json]', run: (args) => show(args, channelRows(this.#pbx.calls)) },
    { words: ['show', 'registrations'], usage: 'show registrations [count] [as json]', run: (args) => show(args, registrationRows(this.#pbx.registrations, this.#pbx.domain, this.#time())) },
    { words: ['console', 'loglevel'], usage: 'console loglevel 0-9', run: (args) => this.#consoleLevel(args) },
    { words: ['console_complete'], usage: 'console_complete LINE', run: () => this.complete('').join('\n') },
  ]; // prettier-ignore

  constructor(options: SwitchConsoleOptions) {
    this.#options = options;
  }

  /** Does what a line says and gives the answer, without a line end. */
  async execute(line: string): Promise<string> {
    // Its blanks matter: behind one begins the next word.
    if (line.startsWith(COMPLETE)) return this.complete(line.slice(COMPLETE.length)).join('\n');
    const words = line.trim().split(/\s+/);
    const lower = words.map((word) => word.toLowerCase());
    const entry = this.#entries.find((candidate) => candidate.words.every((word, index) => lower[index] === word));
    if (entry === undefined) return `-ERR ${words[0] ?? ''} Command not found!`;
    return entry.run(words.slice(entry.words.length));
  }

  /** The lines that a line may become, in the order of the commands. */
  complete(line: string): readonly string[] {
    const words = line.trimStart().toLowerCase().split(/\s+/);
    const last = words.length - 1;
    const fits = (candidate: readonly string[]): boolean =>
      candidate.length > last &&
      words.every((word, index) => (index === last ? candidate[index]?.startsWith(word) : candidate[index] === word));
    const found = this.#candidates()
      .filter(fits)
      .map((candidate) => candidate.slice(0, last + 1).join(' '));
    return [...new Set(found)];
  }

  /** Prints no more messages. */
  close(): void {
    this.#traced.clear();
    this.#stopTrace?.();
  }

  /** All lines that could be meant, a word each. */
  #candidates(): readonly (readonly string[])[] {
    const profiles = this.#pbx.profiles.map(({ name }) => name);
    const gateways = this.#pbx.gateways.map(({ name }) => name);
    const users = [...new Set(this.#pbx.registrations.map(({ user }) => user))];
    const names: Readonly<Record<string, readonly string[]>> = {
      NAME: profiles,
      GATEWAY: [...gateways, 'all'],
      COMPONENT: COMPONENTS,
      USER: users,
    };
    const expand = (parts: readonly string[]): readonly (readonly string[])[] => {
      const [part, ...rest] = parts;
      if (part === undefined) return [[]];
      const choices = part.split('|').flatMap((word) => names[word] ?? [word]);
      if (choices.length === 0) return [[]];
      const tails = expand(rest);
      return choices.flatMap((choice) => tails.map((tail) => [choice, ...tail]));
    };
    return LINES.flatMap((text) => expand(text.split(' ')));
  }

  get #pbx(): MiniPbx {
    return this.#options.pbx;
  }

  #time(): { readonly now: number; readonly wall: number } {
    return { now: this.#options.clock.now(), wall: this.#options.clock.wall() };
  }

  #help(): string {
    return this.#entries.map(({ usage }) => usage).join('\n');
  }

  #findProfile(name: string | undefined): SipProfile | undefined {
    return this.#pbx.profiles.find((profile) => profile.name === name);
  }

  #statusProfile([name, part, filter]: readonly string[]): string {
    const profile = this.#findProfile(name);
    if (profile === undefined) return 'Invalid Profile!';
    const bindings = this.#pbx.registrations.filter(({ flow }) => profile.owns(flow));
    if (part !== undefined) {
      if (part !== 'reg') return '-ERR sofia status profile NAME [reg [USER]]';
      const wanted = filter === undefined ? bindings : bindings.filter(({ user }) => user.includes(userOf(filter)));
      return registrationTable(wanted, this.#pbx.domain, this.#time());
    }
    const calls = this.#pbx.calls.filter((call) => call.profile === profile.name).length;
    return profileTable(profile, this.#pbx.domain, this.#options.codecs, bindings.length, calls);
  }

  #logLevel([name = '', number]: readonly string[]): string {
    const component = name === 'all' ? 'all' : COMPONENTS.find((known) => known === name);
    if (component === undefined) return `-ERR invalid component [${name}], one of all ${COMPONENTS.join(' ')}`;
    if (number === undefined) {
      const shown: Component = component === 'all' ? 'app' : component;
      return `Sofia-sip loglevel for [${component}] is [${this.#options.tracer.level(shown)}]`;
    }
    const level = levelOf(number);
    if (level === undefined) return '-ERR the level must be from 0 to 9';
    this.#options.tracer.setLevel(component, level);
    return `Sofia log level for component [${component}] has been set to [${level}]`;
  }

  #consoleLevel([number = '']: readonly string[]): string {
    const level = levelOf(number);
    if (level === undefined) return '-ERR the level must be from 0 to 9';
    this.#options.tracer.setLevel('all', level);
    return `+OK console log level set to ${level}`;
  }

  #globalTrace([word]: readonly string[]): string {
    if (word !== 'on' && word !== 'off') return '-ERR sofia global siptrace on|off';
    for (const { name } of this.#pbx.profiles) this.#setTrace(name, word === 'on');
    return `+OK Global siptrace ${word}`;
  }

  async #profile([name, action, word]: readonly string[]): Promise<string> {
    const profile = this.#findProfile(name);
    if (profile === undefined) return `-ERR cannot find config for profile ${name ?? ''}`;
    switch (action) {
      case 'siptrace':
        if (word !== 'on' && word !== 'off') return '-ERR sofia profile NAME siptrace on|off';
        this.#setTrace(profile.name, word === 'on');
        return `${word === 'on' ? 'Enabled' : 'Disabled'} sip debugging on ${profile.name}`;
      case 'rescan':
        return this.#rescan('+OK scan complete');
      case 'restart':
        return this.#rescan(
          `+OK certificates and settings of ${profile.name} are in force; its calls and connections went on`,
        );
      case 'register':
      case 'unregister':
        return this.#register(profile, action, word);
      default:
        return '-ERR sofia profile NAME rescan|restart|siptrace on|off|register GATEWAY|unregister GATEWAY';
    }
  }

  #register(profile: SipProfile, action: 'register' | 'unregister', name: string | undefined): string {
    const meant = profile.gateways.filter((gateway) => name === 'all' || gateway.name === name);
    if (meant.length === 0) return 'Invalid gateway!';
    for (const gateway of meant) {
      if (action === 'register') gateway.start();
      else void gateway.stop();
    }
    return '+OK';
  }

  async #rescan(answer: string): Promise<string> {
    const problems = await this.#pbx.rescan();
    return problems.length === 0 ? answer : problems.map(({ summary }) => `-ERR ${summary}`).join('\n');
  }

  async #reload(answer: string): Promise<string> {
    await this.#pbx.reloadCertificates();
    return answer;
  }

  #statusGateway([name]: readonly string[]): string {
    const { gateways, calls } = this.#pbx;
    if (name === undefined) return gatewayTable(gateways);
    const gateway = gateways.find((known) => known.name === name.replace(/^.*::/, ''));
    return gateway === undefined ? 'Invalid Gateway!' : gatewayDetails(gateway, calls);
  }

  #contact([address = '']: readonly string[]): string {
    const [, profileName, user = ''] = /^(?:([^/]+)\/)?(.*)$/.exec(address) ?? [];
    const found = this.#pbx.registrations.filter(
      (binding) =>
        binding.user === userOf(user) &&
        (profileName === undefined || profileName === '*' || binding.profile === profileName),
    );
    if (found.length === 0) return 'error/user_not_registered';
    return found.map(({ profile, contact }) => `sofia/${profile}/${formatUri(contact)}`).join(',');
  }

  #setTrace(profile: string, on: boolean): void {
    if (on) this.#traced.add(profile);
    else this.#traced.delete(profile);
    if (this.#traced.size === 0) {
      this.#stopTrace?.();
      this.#stopTrace = undefined;
    } else {
      this.#stopTrace ??= this.#options.tracer.record((event) => {
        this.#printMessage(event);
      });
    }
  }

  /** As FreeSWITCH's siptrace, but with the secrets masked. */
  #printMessage({ kind, connection = '', size, protocol, remote, time, text }: TraceEvent): void {
    if (kind !== 'sip.sent' && kind !== 'sip.received') return;
    if (![...this.#traced].some((profile) => connection.startsWith(`${profile}-`))) return;
    const [verb, preposition] = kind === 'sip.sent' ? ['send', 'to'] : ['recv', 'from'];
    const head = `${verb} ${String(size)} bytes ${preposition} ${String(protocol)}/[${String(remote).replace(/:(\d+)$/, ']:$1')} at ${time.slice(11, -1)}:`;
    this.#options.print([head, '-'.repeat(72), String(text), ''].join('\n'));
  }
}

const COMPLETE = 'console_complete ';

/** What can be written, one word or one of several; capitals stand for names that there are. */
const LINES = [
  'help',
  'sofia status profile NAME reg USER',
  'sofia status gateway GATEWAY',
  'sofia loglevel COMPONENT|all',
  'sofia global siptrace on|off',
  'sofia profile NAME rescan|restart',
  'sofia profile NAME siptrace on|off',
  'sofia profile NAME register|unregister GATEWAY',
  'reload mod_sofia',
  'reloadxml',
  'reloadcert',
  'sofia_contact USER',
  'show calls|channels|registrations count',
  'show calls|channels|registrations as json',
  'console loglevel',
] as const;

/** What is in front of an `@`. */
function userOf(address: string): string {
  return address.split('@')[0] ?? '';
}

function levelOf(word: string): TraceLevel | undefined {
  return /^[0-9]$/.test(word) ? (Number(word) as TraceLevel) : undefined;
}

function show(args: readonly string[], rows: Parameters<typeof showTable>[0]): string {
  const [first, second] = args;
  if (first === 'count') return `${rows.length} total.`;
  if (first === 'as' && second === 'json') return showTable(rows, true);
  return first === undefined ? showTable(rows, false) : '-ERR show calls|channels|registrations [count] [as json]';
}
