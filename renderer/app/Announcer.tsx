import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Announcement } from './announcements.ts';
import { useWindowState } from './phone-context.ts';

/** Says changes of state to screen readers; nothing of it is seen. */
export function Announcer() {
  const { t } = useTranslation();
  const { spoken, connection } = useWindowState();
  const say = (urgent: boolean): string =>
    spoken.announcements
      .filter((announcement) => announcement.urgent === urgent)
      .map((announcement) => sentence(t, announcement))
      .join('. ');
  return (
    <>
      <div role="status" aria-live="polite" className="visually-hidden">
        <span key={spoken.serial}>{say(false)}</span>
      </div>
      <div role="alert" aria-live="assertive" className="visually-hidden" data-testid="urgent">
        <span key={spoken.serial}>{say(true)}</span>
        {connection === 'lost' && <span>{t('announce.connectionLost')}</span>}
      </div>
    </>
  );
}

function sentence(t: TFunction, announcement: Announcement): string {
  if (announcement.kind === 'voicemail') return t('voicemail.fresh', { count: announcement.count });
  const security = 'security' in announcement ? t(`security.state.${announcement.security}`) : '';
  return t(`announce.${announcement.kind}`, { ...announcement, security });
}
