import { join } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { FOLDER_FILES, readCertificateFile } from '../io/certificate-files.ts';
import { listensForTls, type PbxConfiguration, type ProfileConfiguration } from '../pbx/configuration.ts';
import { INTERNAL_PROFILE } from '../pbx/initial-configuration.ts';
import type { PhoneSettings } from '../provision/device.ts';
import { matchIdentity } from '../tls/peer-identity.ts';
import { certificateFolderOf, type PbxFolder } from './pbx-folder.ts';

/** The profile that phones register with: the one of that name, or the first one with TLS that asks for passwords. */
export function phoneProfile(
  { profiles }: PbxConfiguration,
  wanted?: string,
): readonly [name: string, profile: ProfileConfiguration] | undefined {
  const candidates = Object.entries(profiles).filter(([, profile]) => listensForTls(profile));
  if (wanted !== undefined) return candidates.find(([name]) => name === wanted);
  const open = candidates.filter(([, profile]) => profile['auth-calls']);
  return open.find(([name]) => name === INTERNAL_PROFILE.name) ?? open[0];
}

/**
 * What a phone must know to be a user of the switch of a folder, and what will keep it from that. `host` is the name that
 * the phone connects to; without it, the domain.
 */
export async function readPhoneSettings(
  pbx: PbxFolder,
  {
    user,
    host,
    profile: wanted,
  }: { readonly user: string; readonly host?: string | undefined; readonly profile?: string | undefined },
): Promise<Result<{ readonly settings: PhoneSettings; readonly warnings: readonly Diagnosis[] }, Diagnosis>> {
  const { configuration, file } = pbx;
  const entry = configuration.users[user];
  if (entry === undefined) {
    return err({
      code: 'sip.not-found',
      side: 'here',
      summary: `There is no user ${user} in ${file}.`,
      cure: 'Choose one of its users, or add this one.',
      evidence: { user, users: Object.keys(configuration.users).slice(0, 40).join(' ') },
    });
  }
  const found = phoneProfile(configuration, wanted);
  if (found === undefined) {
    return err({
      code: 'config.conflict',
      side: 'here',
      summary:
        wanted === undefined ? 'No profile has TLS and asks for passwords.' : `There is no profile ${wanted} with TLS.`,
      cure: 'Give a profile a tls-sip-port and a tls-cert-dir.',
      evidence: { file, profiles: Object.keys(configuration.profiles).join(' ') },
    });
  }
  const [name, profile] = found;
  const port = profile['tls-sip-port'] ?? 5061;
  if (port === 0) {
    return err({
      code: 'config.conflict',
      side: 'here',
      summary: `${name} gets another port for TLS at each start, which no phone can be told.`,
      cure: 'Give its tls-sip-port a number, such as 5061.',
      evidence: { profile: name },
    });
  }
  const folder = certificateFolderOf(pbx.folder, profile);
  const trust = await readCertificateFile(join(folder, FOLDER_FILES.trust));
  if (!trust.ok) return trust;
  const identity = await readCertificateFile(join(folder, FOLDER_FILES.identity));
  if (!identity.ok) return identity;
  const server = host ?? configuration.domain;
  const warnings: Diagnosis[] = [];
  const [leaf] = identity.value;
  if (leaf !== undefined) {
    const match = matchIdentity(leaf.view, server);
    if (!match.matched) {
      warnings.push({
        code: match.code,
        side: 'here',
        summary: `The certificate of ${name} does not hold ${server}, the name that the phone will look for.`,
        cure: `Choose one of its names with --host, or make a new certificate: sotto cert create_server -cn ${server} --dir ${folder}.`,
        evidence: { host: server, names: match.names.join(' ') },
      });
    }
  }
  if (isLoopback(profile['sip-ip'])) {
    warnings.push({
      code: 'port.address-not-local',
      side: 'here',
      summary: `${name} listens on ${profile['sip-ip']}, which only programs on this machine can reach.`,
      cure: 'Set its sip-ip to the address of this machine in the network of the phone.',
      evidence: { profile: name, 'sip-ip': profile['sip-ip'] },
    });
  }
  return ok({
    settings: {
      user,
      password: new Secret(entry.password),
      displayName: entry['effective-caller-id-name'] ?? `Extension ${user}`,
      domain: configuration.domain,
      host: server,
      port,
      srtp: srtpOf(profile),
      authority: { file: FOLDER_FILES.trust, pem: trust.value.map(({ block }) => `${block.text.trim()}\n`).join('') },
    },
    warnings,
  });
}

/** What a phone must be set to, so that calls in both directions have what the profile asks for. */
function srtpOf({
  rtp_secure_media: inbound,
  rtp_secure_media_outbound: outbound,
}: ProfileConfiguration): PhoneSettings['srtp'] {
  if (inbound === 'mandatory' || outbound === 'mandatory') return 'mandatory';
  return inbound === 'forbidden' && outbound === 'forbidden' ? 'forbidden' : 'optional';
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
