import { formatHost, formatSocketAddress, isNumericHost } from '../../base/address.ts';
import { NodeResolver } from '../../io/node-dns.ts';
import { systemRandom } from '../../io/node-random.ts';
import { Locator } from '../../sip/locate/locator.ts';
import type { LocatedTarget, LocationStep } from '../../sip/locate/location-step.ts';
import { isSipUri, parseHostPort, parseUri, type SipUri } from '../../sip/message/uri.ts';
import { EXIT, openTrace, text, UsageError, type Command, type CommandContext } from '../command.ts';

/** Shows how the servers of an address are found (RFC 3263), step by step. */
export const dnsResolveCommand: Command = {
  name: 'dns resolve',
  arguments: 'TARGET [options]',
  summary: 'shows step by step which servers an address leads to (RFC 3263)',
  options: { 'server-dns': { type: 'string' } },
  help: { 'server-dns': 'IP[:PORT] of the name server to ask instead of those of the system' },
  async run(context) {
    const [word, ...more] = context.positionals;
    if (word === undefined || more.length > 0) throw new UsageError('one TARGET is needed');
    const uri = targetOf(word);
    const server = serverOf(context);
    const { tracer, stopLog } = openTrace(context);
    const resolver = new NodeResolver(server === undefined ? {} : { servers: [server] });
    const locator = new Locator({ resolver, random: systemRandom, tracer });
    const located = await locator.locate(uri, {
      onStep: (step) => {
        if (step.step !== 'located') context.output.event('step', { ...step }, stepText(step));
      },
    });
    stopLog();
    if (!located.ok) {
      context.output.failure([located.error], { target: word });
      return EXIT.failed;
    }
    const targets = located.value.map(({ protocol, address, port, host, serverName }) => {
      return { protocol, address, port, host, serverName };
    });
    context.output.success({ target: word, targets }, located.value.map(targetText).join('\n'));
    return EXIT.done;
  },
};

function targetOf(word: string): SipUri {
  const uri = parseUri(/^sips?:/i.test(word) ? word : `sip:${word}`);
  if (!uri.ok || !isSipUri(uri.value)) throw new UsageError(`"${word}" is no SIP address`);
  return uri.value;
}

function serverOf(context: CommandContext): string | undefined {
  const given = text(context, 'server-dns');
  if (given === undefined) return undefined;
  const parsed = parseHostPort(given.includes('::') && !given.startsWith('[') ? `[${given}]` : given);
  if (!parsed.ok || !isNumericHost(parsed.value.host)) {
    throw new UsageError(`--server-dns must be IP or IP:PORT, not "${given}"`);
  }
  return formatSocketAddress({ address: parsed.value.host, port: parsed.value.port ?? 53 });
}

const FAILURES = {
  'not-found': 'there is none',
  timeout: 'no answer',
  failed: 'the name servers could not tell',
} as const;

function stepText(step: Exclude<LocationStep, { readonly step: 'located' }>): string {
  switch (step.step) {
    case 'decision':
      return `· ${step.text} [${/^\d/.test(step.rule) ? `RFC 3263 §${step.rule}` : step.rule}]`;
    case 'answer': {
      const life = step.ttl === undefined ? '' : `, ${step.ttl} s`;
      const aliases = step.aliases.map((alias) => `\n  alias of ${alias}`).join('');
      const records = step.records.map((record) => `\n  ${record}`).join('');
      return `? ${step.type} ${step.name}${step.cached ? ' (known already)' : ''}${life}${aliases}${records}`;
    }
    case 'no-answer':
      return `? ${step.type} ${step.name}\n  ${FAILURES[step.failure]}`;
    case 'skipped':
      return `- ${step.record}\n  passed over: ${step.reason}`;
  }
}

function targetText({ protocol, address, port, host }: LocatedTarget, index: number): string {
  const name = host === address ? '' : ` (${host})`;
  return `${index + 1}. ${protocol.toUpperCase()} ${formatHost(address)}:${port}${name}`;
}
