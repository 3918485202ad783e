import { useTranslation } from 'react-i18next';
import type { ShownCertificate } from '../../../core/trace/connections.ts';
import { useSeconds } from '../../app/use-seconds.ts';
import { formatDate } from '../../i18n/format.ts';
import { Rows } from '../../ui/Rows.tsx';
import { daysLeft } from '../security/security-facts.ts';

interface CertificateCardProps {
  readonly certificate: ShownCertificate;
  /** The name that was dialled, to be found among the certificate's; only for the leaf. */
  readonly expectedName: string | undefined;
}

/** A certificate of a chain: for whom, by whom, how long, for what. */
export function CertificateCard({ certificate, expectedName }: CertificateCardProps) {
  const { t, i18n } = useTranslation();
  const now = useSeconds();
  const { subject, issuer, notAfter, names, key, signature, usage, sha256, selfSigned } = certificate;
  const end = Date.parse(notAfter);
  const count = Number.isNaN(end) ? 0 : daysLeft(end, now);
  const date = Number.isNaN(end) ? notAfter : formatDate(end, i18n.language);
  const isExpected = (name: string): boolean =>
    name.slice(name.indexOf(':') + 1).toLowerCase() === expectedName?.toLowerCase();
  return (
    <div className="certificate-card" data-expired={count < 0 || undefined}>
      <strong>{subject}</strong>
      <Rows
        rows={[
          [t('wire.certificate.issuer'), selfSigned ? t('wire.certificate.itself') : issuer],
          [
            t('wire.certificate.until'),
            count < 0 ? t('security.expired', { date }) : t('security.daysLeft', { date, count }),
          ],
          names.length === 0
            ? null
            : [
                t('wire.certificate.names'),
                <ul key="names">
                  {names.map((name) => (
                    <li key={name} className={isExpected(name) ? 'name-expected' : ''}>
                      {name}
                      {isExpected(name) && ` ✓ ${t('wire.certificate.dialled')}`}
                    </li>
                  ))}
                </ul>,
              ],
          expectedName !== undefined && !names.some(isExpected) ? [t('wire.certificate.expected'), expectedName] : null,
          [t('wire.certificate.key'), [key, signature].filter(Boolean).join(' · ')],
          usage.length === 0 ? null : [t('wire.certificate.usage'), usage.join(', ')],
          [t('wire.certificate.fingerprint'), <code key="fingerprint">{sha256.match(/.{1,4}/g)?.join(' ')}</code>],
        ]}
      />
    </div>
  );
}
