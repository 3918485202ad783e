import { useTranslation } from 'react-i18next';
import type { SecurityView } from '../../../core/api/state.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { HopPicture } from './HopPicture.tsx';
import { TechnicalRows } from './TechnicalRows.tsx';
import { serverName, whoCouldListen } from './security-facts.ts';
import './security.css';

interface SecurityDetailsProps {
  readonly security: SecurityView;
  /** Opens the wire view on the call. */
  readonly onInspect: () => void;
}

/** Who could listen to a call, the way that it takes, why it is not better protected, and the technical rows. */
export function SecurityDetails({ security, onInspect }: SecurityDetailsProps) {
  const { t } = useTranslation();
  return (
    <div className="security-details">
      <h2>{t('security.whoTitle')}</h2>
      <p className="security-who">
        {t(`security.who.${whoCouldListen(security)}`, { server: serverName(security) ?? t('security.server') })}
      </p>
      <HopPicture security={security} />
      {security.reasons.length > 0 && (
        <>
          <h3>{t('security.reasonsTitle')}</h3>
          <ul className="reasons">
            {security.reasons.map((reason) => (
              <li key={reason}>{t(`security.reason.${reason}`)}</li>
            ))}
          </ul>
        </>
      )}
      {(security.signalling ?? security.media) !== null && (
        <>
          <h3>{t('security.technical')}</h3>
          <TechnicalRows security={security} />
        </>
      )}
      <Button kind="quiet" className="inspect" onClick={onInspect}>
        <Icon name="wire" />
        {t('security.inspect')}
      </Button>
    </div>
  );
}
