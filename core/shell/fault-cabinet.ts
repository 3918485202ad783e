import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomPassword } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import { FaultFront } from '../faults/fault-front.ts';
import { FaultyCertificates } from '../faults/faulty-certificates.ts';
import type { Fault, FaultValues } from '../faults/fault.ts';
import { authorityContext } from '../io/authority-files.ts';
import { configurationSchema } from '../pbx/configuration.ts';
import { MiniPbx } from '../pbx/mini-pbx.ts';
import type { PhonePorts } from '../phone/phone-agent.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../tls/tls-settings.ts';

/** The domain of the cabinet; every certificate is for it, where the fault does not say otherwise. */
export const FAULT_DOMAIN = 'faults.sotto.localhost';
/** The one account of the cabinet. */
export const FAULT_USER = '1000';

const LOOPBACK = '127.0.0.1';

/** A fault on show. */
export interface FaultCabinet {
  /** Where clients go. */
  readonly local: SocketAddress;
  /** What they have to trust, PEM. */
  readonly trust: string;
  /** What they have to know of certificates that were taken back, PEM. */
  readonly revocationLists: readonly string[];
  /** Of {@link FAULT_USER}. */
  readonly password: string;
  close(): Promise<void>;
}

/** Starts a switch that is in order, on loopback, and in front of it the fault; `onDiagnosis` hears what both notice. */
export async function openFaultCabinet(
  ports: PhonePorts,
  options: {
    readonly fault: Fault;
    readonly values: FaultValues;
    readonly listen: SocketAddress;
    readonly onDiagnosis: (diagnosis: Diagnosis, remote: SocketAddress | undefined) => void;
    /** A client has come and gone, or was turned away. */
    readonly onGone?: () => void;
  },
): Promise<Result<FaultCabinet, Diagnosis>> {
  const { listen, onDiagnosis, onGone = () => undefined } = options;
  const context = authorityContext(() => ports.clock.wall());
  const certificates = await FaultyCertificates.create({ domain: FAULT_DOMAIN, address: listen.address }, context);
  const { trust } = certificates;
  const identity = await certificates.identity('good');
  const password = randomPassword(ports.random);
  const loadTls = () =>
    Promise.resolve(
      ok({ ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [trust], identity, clientCertificate: 'ignored' as const }),
    );
  const pbx = new MiniPbx({ ...ports, loadTls }, configuration(password), (event) => {
    if (event.event === 'diagnosis') onDiagnosis(event.diagnosis, event.remote);
  });
  const [listener] = await pbx.start();
  if (listener === undefined) throw new Error('loopback has no free port');
  const front = await FaultFront.open(ports, {
    ...options,
    onGone,
    certificates,
    behind: { remote: { address: LOOPBACK, port: listener.port }, serverName: FAULT_DOMAIN, trust },
  });
  if (!front.ok) {
    await pbx.close();
    return front;
  }
  return ok({
    local: front.value.local,
    trust,
    revocationLists: certificates.revocationLists,
    password,
    close: async () => {
      await front.value.close();
      await pbx.close();
    },
  });
}

function configuration(password: string) {
  return configurationSchema.parse({
    domain: FAULT_DOMAIN,
    profiles: {
      internal: { 'sip-ip': LOOPBACK, 'tls-sip-port': 0, 'tls-cert-dir': '.', rtp_secure_media: 'optional' },
    },
    users: { [FAULT_USER]: { password } },
  });
}
