import { randomToken, type Random } from '../base/random.ts';

/** Users that a new switch has, as FreeSWITCH's. */
export const INITIAL_USERS: readonly string[] = Array.from({ length: 20 }, (_, index) => String(1000 + index));

/** Ports of the two profiles (FreeSWITCH's). 0 lets the system choose. */
export interface InitialPorts {
  readonly internal: number;
  readonly internalTls: number;
  readonly external: number;
  readonly externalTls: number;
}

export const CONVENTIONAL_PORTS: InitialPorts = {
  internal: 5060,
  internalTls: 5061,
  external: 5080,
  externalTls: 5081,
};

/**
 * The text of a configuration that works, with a random password for each user (16 characters, 96 bits), and the
 * passwords apart.
 */
export function initialConfiguration(options: {
  readonly domain: string;
  readonly bind: string;
  readonly ports: InitialPorts;
  readonly random: Random;
}): { readonly text: string; readonly users: readonly { readonly user: string; readonly password: string }[] } {
  const { domain, bind, ports, random } = options;
  const users = INITIAL_USERS.map((user) => ({ user, password: randomToken(random, 16) }));
  const text = `# The switch of Sotto. Change it and send SIGHUP, or start again. Names are those of FreeSWITCH.
domain: ${domain}

rtp:
  rtp-start-port: 16384
  rtp-end-port: 32768
  codecs: [opus, PCMA, PCMU]

profiles:
  # Phones register here; calls need a password.
  internal:
    sip-ip: "${bind}"
    sip-port: ${ports.internal}
    tls: true
    tls-sip-port: ${ports.internalTls}
    tls-cert-dir: ssl/internal
    auth-calls: true
    context: default
    # Towards callers: mandatory, optional or forbidden.
    rtp_secure_media: optional
    # Towards users that registered over TLS.
    rtp_secure_media_outbound: mandatory

  # Other servers call in here, without a password; they reach only what the context public allows.
  external:
    sip-ip: "${bind}"
    sip-port: ${ports.external}
    tls: true
    tls-sip-port: ${ports.externalTls}
    tls-cert-dir: ssl/external
    auth-calls: false
    context: public

users:
${users.map(({ user, password }) => `  "${user}":\n    password: "${password}"`).join('\n')}
`;
  return { text, users };
}
