import { isIPv6, isNumericHost } from '../../base/address.ts';
import { zoneLine, zoneRecords } from '../../sip/locate/zone-records.ts';
import { EXIT, number, text, UsageError, type Command, type CommandContext } from '../command.ts';

const PORT = { min: 1, max: 65_535 };
const U16 = { min: 0, max: 65_535 };
/** RFC 2181 §8. */
const TTL = { min: 0, max: 2_147_483_647 };

/** A host name as RFC 1123 §2.1 has it. */
const HOST_NAME =
  /^(?=.{1,253}\.?$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;

/** Writes the lines for the zone of a domain by which phones find its server (RFC 3263). */
export const dnsRecordsCommand: Command = {
  name: 'dns records',
  arguments: 'DOMAIN --host NAME [options]',
  summary: 'writes the zone lines by which a domain says where its SIP server is',
  options: {
    host: { type: 'string' },
    ip: { type: 'string', multiple: true },
    'tls-port': { type: 'string' },
    'tcp-port': { type: 'string' },
    'udp-port': { type: 'string' },
    priority: { type: 'string' },
    weight: { type: 'string' },
    ttl: { type: 'string' },
  },
  help: {
    host: 'name of the server; without a dot it is below the domain',
    ip: 'address of the server, IPv4 or IPv6, as often as it has one',
    'tls-port': 'port for TLS; 5061 where no port is given at all',
    'tcp-port': 'port for TCP',
    'udp-port': 'port for UDP',
    priority: 'priority of the SRV records, the lowest is tried first (10)',
    weight: 'weight of the SRV records among those of one priority (10)',
    ttl: 'seconds for which the records may be kept (3600)',
  },
  run(context) {
    const [domain, ...more] = context.positionals;
    const host = text(context, 'host');
    if (domain === undefined || more.length > 0) throw new UsageError('one DOMAIN is needed');
    if (!isHostName(domain)) throw new UsageError(`"${domain}" is no name of a domain`);
    if (host === undefined) throw new UsageError('--host is needed');
    if (!isHostName(host)) throw new UsageError(`--host must be the name of a server, not "${host}"`);
    const records = zoneRecords({
      domain,
      host,
      addresses: addressesOf(context),
      ports: portsOf(context),
      priority: integer(context, 'priority', U16) ?? 10,
      weight: integer(context, 'weight', U16) ?? 10,
      ttl: integer(context, 'ttl', TTL) ?? 3600,
    });
    const lines = records.map(zoneLine);
    context.output.success({ domain, records, lines }, lines.join('\n'));
    return Promise.resolve(EXIT.done);
  },
};

function isHostName(word: string): boolean {
  return HOST_NAME.test(word) && !isNumericHost(word);
}

function addressesOf(context: CommandContext): readonly string[] {
  const given = context.values.ip;
  const addresses = Array.isArray(given) ? given.map(String) : [];
  const wrong = addresses.find((address) => !isNumericHost(address));
  if (wrong !== undefined) throw new UsageError(`--ip must be an IPv4 or IPv6 address, not "${wrong}"`);
  return addresses.map((address) => (isIPv6(address) ? address.replace(/^\[|\]$/g, '') : address));
}

function portsOf(context: CommandContext): Readonly<Partial<Record<'tls' | 'tcp' | 'udp', number>>> {
  const tls = integer(context, 'tls-port', PORT);
  const tcp = integer(context, 'tcp-port', PORT);
  const udp = integer(context, 'udp-port', PORT);
  if (tls === undefined && tcp === undefined && udp === undefined) return { tls: 5061 };
  return {
    ...(tls === undefined ? {} : { tls }),
    ...(tcp === undefined ? {} : { tcp }),
    ...(udp === undefined ? {} : { udp }),
  };
}

function integer(context: CommandContext, name: string, limits: { min: number; max: number }): number | undefined {
  const value = number(context, name, limits);
  if (value !== undefined && !Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number`);
  return value;
}
