import { isNumericHost } from '../base/address.ts';
import { parseAlternativeNames, type SortedNames } from '../tls/alternative-names-text.ts';
import { isDnsName, type CertificateRole } from '../tls/certificate-options.ts';
import { text, UsageError, type CommandContext, type CommandOptions } from './command.ts';

/** Options of gentls_cert that are written with one dash there. */
export const GENTLS_OPTIONS = ['cn', 'alt', 'org', 'out', 'days'] as const;

/** Options that name a subject. */
export const NAME_OPTIONS: CommandOptions = {
  cn: { type: 'string' },
  alt: { type: 'string', multiple: true },
  org: { type: 'string' },
  ip: { type: 'string', multiple: true },
  uri: { type: 'string', multiple: true },
};

/** The commonName and the alternative names of a certificate. */
export interface GivenNames {
  readonly commonName: string;
  readonly names: SortedNames;
}

/**
 * The names that were asked for. The first alternative name is the commonName where there is none; and where the commonName
 * is all there is, it becomes an alternative name too, since clients look nowhere else. Throws {@link UsageError}.
 */
export function givenNames(context: CommandContext, role: CertificateRole): GivenNames {
  const names: SortedNames = { dns: [], ips: [], uris: [] };
  for (const value of list(context, 'alt')) {
    const parsed = parseAlternativeNames(value);
    if (!parsed.ok) throw new UsageError(`-alt: "${parsed.error}" is not DNS:NAME, IP:ADDRESS or URI:sip:NAME`);
    for (const kind of ['dns', 'ips', 'uris'] as const) names[kind].push(...parsed.value[kind]);
  }
  for (const ip of list(context, 'ip')) {
    if (!isNumericHost(ip)) throw new UsageError(`--ip: "${ip}" is no IP address`);
    names.ips.push(ip.replace(/[[\]]/g, ''));
  }
  names.uris.push(...list(context, 'uri'));
  const commonName = text(context, 'cn') ?? names.dns[0] ?? names.ips[0] ?? names.uris[0];
  if (commonName === undefined) throw new UsageError('the certificate needs a name: -cn NAME, or -alt DNS:NAME');
  const nameless = names.dns.length + names.ips.length + names.uris.length === 0;
  if (nameless) addCommonName(names, commonName, role);
  for (const kind of ['dns', 'ips', 'uris'] as const) names[kind] = [...new Set(names[kind])];
  return { commonName, names };
}

/** Whether a name is one of a host rather than of a person or an authority. */
export function isHostName(name: string): boolean {
  return isNumericHost(name) || (name.includes('.') && isDnsName(name));
}

function addCommonName(names: SortedNames, commonName: string, role: CertificateRole): void {
  if (isNumericHost(commonName)) names.ips.push(commonName);
  else if (isHostName(commonName) || (role !== 'client' && isDnsName(commonName))) names.dns.push(commonName);
  else if (role !== 'client') {
    throw new UsageError(`"${commonName}" is no host name: say with -alt DNS:NAME or --ip ADDRESS how others dial`);
  }
}

function list(context: CommandContext, name: string): readonly string[] {
  const values = context.values[name];
  return (Array.isArray(values) ? values : []).filter((value) => typeof value === 'string');
}
