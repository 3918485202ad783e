import { randomPassword, type Random } from '../base/random.ts';

/** Users that a new switch has, as FreeSWITCH's. */
export const INITIAL_USERS: readonly string[] = Array.from({ length: 20 }, (_, index) => String(1000 + index));

/** A profile of a new switch: its ports, and who may call. */
export interface InitialProfile {
  readonly name: string;
  readonly sipPort: number;
  readonly tlsSipPort: number;
  readonly authCalls: boolean;
  readonly context: 'default' | 'public';
  readonly comment: string;
}

/** Where phones register. */
export const INTERNAL_PROFILE: InitialProfile = {
  name: 'internal',
  sipPort: 5060,
  tlsSipPort: 5061,
  authCalls: true,
  context: 'default',
  comment: 'Phones register here; calls need a password.',
};

/** Where other servers call in. */
export const EXTERNAL_PROFILE: InitialProfile = {
  name: 'external',
  sipPort: 5080,
  tlsSipPort: 5081,
  authCalls: false,
  context: 'public',
  comment: 'Other servers call in here, without a password; they reach only what the context public allows.',
};

/**
 * The text of a configuration that works, with a random password for each user (100 bits), and the
 * passwords apart.
 */
export function initialConfiguration(options: {
  readonly domain: string;
  readonly bind: string;
  readonly profiles: readonly InitialProfile[];
  readonly users: readonly string[];
  readonly random: Random;
}): { readonly text: string; readonly users: readonly { readonly user: string; readonly password: string }[] } {
  const users = options.users.map((user) => ({ user, password: randomPassword(options.random) }));
  const text = `# The switch of Sotto. Change it and start the switch again. Names are those of FreeSWITCH.
domain: ${JSON.stringify(options.domain)}

rtp:
  rtp-start-port: 16384
  rtp-end-port: 32768
  codecs: [opus, G722, PCMA, PCMU]

profiles:
${options.profiles.map((profile) => profileText(profile, options.bind)).join('\n')}
users:
${users.map(({ user, password }) => `  "${user}":\n    password: "${password}"`).join('\n')}
`;
  return { text, users };
}

function profileText(profile: InitialProfile, bind: string): string {
  return `  # ${profile.comment}
  ${profile.name}:
    sip-ip: "${bind}"
    sip-port: ${profile.sipPort}
    tls: true
    tls-sip-port: ${profile.tlsSipPort}
    tls-cert-dir: ssl/${profile.name}
    auth-calls: ${profile.authCalls}
    # Add SHA-256 and SHA-512-256 where every phone knows RFC 8760; older ones do not register then.
    rfc8760-auth-algorithms: [MD5]
    context: ${profile.context}
    # Towards callers: mandatory, optional or forbidden.
    rtp_secure_media: optional
    # Towards users that registered over TLS.
    rtp_secure_media_outbound: mandatory
`;
}
