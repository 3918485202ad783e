import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { authorityContext, readAuthority } from '../io/authority-files.ts';
import type { CertificateFolder } from '../io/certificate-files.ts';
import { AUTHORITY_FOLDER, renewIdentity } from '../io/certificate-setup.ts';
import { CertificateWatcher } from '../io/certificate-watcher.ts';
import { readIdentity } from '../io/identity-file.ts';
import { CertificateExpiryWatch } from '../tls/certificate-expiry.ts';
import { daysLeft, expiresSoon } from '../tls/certificate-findings.ts';
import type { CertificateView } from '../tls/certificate-reader.ts';
import { dateProblem, describeCertificate } from '../tls/chain-diagnosis.ts';
import type { Tracer } from '../trace/tracer.ts';

const DAY_MS = 86_400_000;
/** A certificate is renewed when so many days are left, or a third of its life where that is less. */
const RENEW_DAYS = 30;

/** What {@link SwitchCertificates} needs. */
export interface SwitchCertificatesOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  /** Something about the certificate of a profile that a person should see to. */
  readonly onWarning: (warning: Diagnosis, profile: string) => void;
}

/**
 * Looks after the certificates of a running switch: notices when the files change, tells when one ends soon, and renews
 * those that the authority beside the folders issued, where its key opens without a passphrase.
 */
export class SwitchCertificates {
  readonly #options: SwitchCertificatesOptions;
  readonly #expiry: CertificateExpiryWatch;
  /** The certificate folder of each profile. */
  #folders: ReadonlyMap<string, string> = new Map();

  constructor(options: SwitchCertificatesOptions) {
    this.#options = options;
    this.#expiry = new CertificateExpiryWatch(options.clock, (profile, certificate, days) => {
      void this.#onExpiry(profile, certificate, days);
    });
  }

  /** Renews the certificate of a profile where it is due and can be. To be called before it is loaded. */
  async renewIfDue(profile: string): Promise<boolean> {
    const { clock, tracer } = this.#options;
    const folder = this.#folders.get(profile);
    if (folder === undefined) return false;
    const path = join(folder, 'agent.pem');
    const now = clock.wall();
    const current = await readIdentity({ certificate: path });
    const leaf = current.ok ? current.value.chain[0] : undefined;
    if (leaf === undefined || !isDue(leaf, now)) return false;
    const authorityFolder = join(folder, '..', AUTHORITY_FOLDER);
    const authority = await readAuthority(
      authorityFolder,
      authorityContext(() => clock.wall()),
    );
    if (!authority.ok) return false;
    const renewed = await renewIdentity(path, { authority: authority.value.authority, authorityFolder }, {});
    if (!renewed.ok || renewed.value.after.notAfter <= leaf.notAfter) return false;
    const { subject, serial, notAfter } = renewed.value.after;
    tracer.emit('tls', 5, 'certificate.renewed', { profile, path, subject, serial, notAfter });
    return true;
  }

  /** The folder that is in force for a profile from now on. */
  loaded(profile: string, { chain, files }: CertificateFolder): void {
    const [leaf] = chain;
    this.#options.tracer.emit('tls', 5, 'certificate.loaded', {
      profile,
      path: files.identity,
      subject: leaf?.subject,
      serial: leaf?.serial,
      notAfter: leaf?.notAfter,
    });
    this.#expiry.set(profile, chain);
  }

  /**
   * Looks after these folders, one for each profile, and tells of each whose files have changed, until it is closed; with it
   * ends the watch over the dates, too, which begins again with the next {@link loaded}.
   */
  async watch(folders: ReadonlyMap<string, string>, onChange: (profile: string) => void): Promise<{ close(): void }> {
    this.#folders = folders;
    const watcher = await CertificateWatcher.start(this.#options.clock, folders, onChange);
    return {
      close: () => {
        watcher.close();
        this.#expiry.close();
      },
    };
  }

  async #onExpiry(profile: string, certificate: CertificateView, days: number): Promise<void> {
    // A renewed file is noticed as any other change is.
    if (await this.renewIfDue(profile)) return;
    const problem = dateProblem(certificate, this.#options.clock.wall());
    const warning =
      problem === undefined
        ? expiresSoon(certificate, days)
        : describeCertificate(problem, 'here', certificate, { daysLeft: days });
    this.#options.onWarning(warning, profile);
  }
}

function isDue(leaf: CertificateView, now: number): boolean {
  const life = (Date.parse(leaf.notAfter) - Date.parse(leaf.notBefore)) / DAY_MS;
  return daysLeft(leaf, now) < Math.min(RENEW_DAYS, life / 3);
}
