import { useTranslation } from 'react-i18next';
import type { SecurityView } from '../../../core/api/state.ts';
import { useSeconds } from '../../app/use-seconds.ts';
import { formatDate } from '../../i18n/format.ts';
import { Rows, type Row } from '../../ui/Rows.tsx';
import { daysLeft } from './security-facts.ts';

/** TLS version, cipher, certificate and suite, as far as there are any. */
export function TechnicalRows({ security: { signalling, media } }: { readonly security: SecurityView }) {
  const { t, i18n } = useTranslation();
  const now = useSeconds();
  const until = (notAfter: number): string => {
    const count = daysLeft(notAfter, now);
    const date = formatDate(notAfter, i18n.language);
    return count < 0 ? t('security.expired', { date }) : t('security.daysLeft', { date, count });
  };
  const identity = (verified: boolean, name: string | null): string => {
    if (!verified) return t('security.identity.unverified');
    return name === null ? t('security.identity.verifiedNoName') : t('security.identity.verified', { name });
  };
  const rows: Row[] = [];
  if (signalling !== null) {
    const tls = signalling.transport === 'tls';
    rows.push(
      [t('security.row.server'), signalling.server],
      [t('security.row.transport'), signalling.protocol ?? signalling.transport.toUpperCase()],
      signalling.cipher === null ? null : [t('security.row.cipher'), signalling.cipher],
      tls ? [t('security.row.identity'), identity(signalling.peerVerified, signalling.peerName)] : null,
      signalling.certificateNotAfter === null
        ? null
        : [t('security.row.certificate'), until(signalling.certificateNotAfter)],
      tls
        ? [
            t('security.row.clientCertificate'),
            t(`security.clientCertificate.${signalling.clientCertificate ? 'sent' : 'none'}`),
          ]
        : null,
    );
  }
  if (media !== null) {
    rows.push(
      [t('security.row.profile'), media.profile],
      [t('security.row.suite'), media.suite ?? t('common.none')],
      [t('security.row.codec'), media.codec ?? t('common.unknown')],
    );
  }
  return <Rows rows={rows} />;
}
