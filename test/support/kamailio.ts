import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransportProtocol } from '../../core/sip/transport/flow.ts';
import { ExternalProgram } from './external-program.ts';
import { freePort } from './free-port.ts';
import { issue, makeAuthority } from './test-authority.ts';

/** The domain of the proxy. */
export const PROXY_DOMAIN = 'proxy.example.com';

/** The password of every user of the proxy. */
export const PROXY_PASSWORD = 'open-sesame';

/** How long the proxy lets a number ring, milliseconds. */
const RINGS_MS = 2500;

const MODULES = [
  'tls', 'kex', 'corex', 'tm', 'tmx', 'sl', 'rr', 'pv', 'maxfwd', 'usrloc', 'registrar', 'siputils', 'textops', 'auth',
]; // prettier-ignore

/** Users 1000 to 1009; a call to 1003 that is not taken goes to 1001 (RFC 3261 §16). */
const REGISTRAR = `
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not Here");
    exit;
  }
  t_check_trans();
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("${PROXY_DOMAIN}", "${PROXY_PASSWORD}", "0")) { www_challenge("${PROXY_DOMAIN}", "1"); exit; }
    save("location");
    exit;
  }
  if (is_method("INVITE|MESSAGE|SUBSCRIBE")) {
    if (!pv_proxy_authenticate("${PROXY_DOMAIN}", "${PROXY_PASSWORD}", "0")) { proxy_challenge("${PROXY_DOMAIN}", "1"); exit; }
    consume_credentials();
  }
  if ($rU == $null) { sl_send_reply("200", "OK"); exit; }
  if (is_method("INVITE")) {
    record_route();
    t_set_fr("${RINGS_MS}", "${RINGS_MS}");
    if ($rU == "1003") t_on_failure("ELSEWHERE");
  }
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  t_relay();
}
failure_route[ELSEWHERE] {
  if (t_is_canceled() || !t_check_status("408|480|486|603")) exit;
  $ru = "sip:1001@${PROXY_DOMAIN}";
  if (!lookup("location")) exit;
  t_relay();
}
`;

/** A Kamailio of this test alone, on ports of 127.0.0.1, with a certificate of an authority of its own and no database. */
export class RunningKamailio {
  readonly ports: Readonly<Record<'udp' | 'tcp' | 'tls', number>>;
  /** PEM of the authority that issued its certificate. */
  readonly trust: string;
  readonly #folder: string;
  readonly #program: ExternalProgram;

  private constructor(
    folder: string,
    program: ExternalProgram,
    ports: Readonly<Record<'udp' | 'tcp' | 'tls', number>>,
    trust: string,
  ) {
    this.#folder = folder;
    this.#program = program;
    this.ports = ports;
    this.trust = trust;
  }

  /** Starts it, and waits until it listens. */
  static async start(): Promise<RunningKamailio> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-kamailio-'));
    const authority = await makeAuthority({ commonName: 'Proxy Root' });
    const certificate = await issue(authority, {
      commonName: PROXY_DOMAIN,
      role: 'both',
      dns: [PROXY_DOMAIN],
      ips: ['127.0.0.1'],
    });
    const ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() };
    await writeFile(join(folder, 'chain.pem'), certificate.certificateChain);
    await writeFile(join(folder, 'key.pem'), certificate.key.reveal(), { mode: 0o600 });
    const section = (head: string): string =>
      `[${head}:default]\nmethod = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\n` +
      `private_key = ${folder}/key.pem\ncertificate = ${folder}/chain.pem\n`;
    await writeFile(join(folder, 'tls.cfg'), section('server') + section('client'));
    const configuration = [
      '#!KAMAILIO', 'debug=1', 'log_stderror=yes', 'children=2', 'tcp_children=2', 'auto_aliases=no', 'enable_tls=yes',
      `alias="${PROXY_DOMAIN}"`,
      ...Object.entries(ports).map(([protocol, port]) => `listen=${protocol}:127.0.0.1:${port}`),
      ...MODULES.map((name) => `loadmodule "${name}.so"`),
      `modparam("tls", "config", "${folder}/tls.cfg")`,
      'modparam("registrar", "min_expires", 30)',
      'modparam("rr", "enable_double_rr", 1)',
      REGISTRAR,
    ]; // prettier-ignore
    await writeFile(join(folder, 'kamailio.cfg'), configuration.join('\n'));
    const program = new ExternalProgram('kamailio', [
      '-DD', '-E', '-m', '32', '-M', '8', '-f', join(folder, 'kamailio.cfg'), '-P', join(folder, 'pid'), '-Y', folder,
    ]); // prettier-ignore
    // It prints its listeners before it opens them.
    await program.listening(ports.tls);
    return new RunningKamailio(folder, program, ports, authority.certificate);
  }

  /** Where phones register over `transport`. */
  server(transport: TransportProtocol): { readonly host: string; readonly port: number } {
    if (transport !== 'udp' && transport !== 'tcp' && transport !== 'tls') throw new Error(`no ${transport} here`);
    return { host: '127.0.0.1', port: this.ports[transport] };
  }

  async stop(): Promise<void> {
    await this.#program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
