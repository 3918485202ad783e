import { formatHost } from '../../base/address.ts';
import type { Diagnosis, DiagnosisCode } from '../../base/diagnosis.ts';
import type { SipUri } from '../message/uri.ts';
import { hostToFind } from './transport-choice.ts';

const CURES = {
  'dns.not-found': 'Check the spelling of the domain, or name the server with its address and port.',
  'dns.timeout': 'Check the network connection and the name servers of this machine.',
  'dns.no-sips-records': 'Add a _sips._tcp SRV record for port 5061, or name the server with its port.',
  'dns.service-mismatch': 'Let SIPS+D2T lead to _sips._tcp, SIP+D2T to _sip._tcp and SIP+D2U to _sip._udp.',
  'sip.uri-scheme': 'Change the transport of the address, or allow that transport in the settings.',
} as const satisfies Partial<Record<DiagnosisCode, string>>;

/** Why no way to `uri` was found, or why it is a doubtful one. */
export function locationDiagnosis(code: keyof typeof CURES, uri: SipUri, reason: string): Diagnosis {
  return {
    code,
    side: code === 'dns.timeout' || code === 'sip.uri-scheme' ? 'here' : 'there',
    summary: `No way to ${hostToFind(uri)} was found: ${reason}.`,
    cure: CURES[code],
    evidence: { uri: describedUri(uri), host: hostToFind(uri), reason },
  };
}

/** A URI without user and password, which a search does not need. */
export function describedUri({ scheme, host, port }: SipUri): string {
  return `${scheme}:${formatHost(host)}${port === undefined ? '' : `:${port}`}`;
}
