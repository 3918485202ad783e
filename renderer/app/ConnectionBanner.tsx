import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Spinner } from '../ui/Spinner.tsx';
import { usePhone, useWindowState } from './phone-context.ts';

/** Says that the core cannot be reached and that what is shown may be old. Goes by itself. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const { reconnect } = usePhone();
  const { connection } = useWindowState();
  if (connection !== 'lost') return null;
  return (
    <section className="banner" aria-label={t('connection.lost.title')}>
      <Spinner />
      <p>
        <strong>{t('connection.lost.title')}</strong>
        <span>{t('connection.lost.text')}</span>
      </p>
      <Button kind="quiet" onClick={reconnect}>
        {t('connection.lost.now')}
      </Button>
    </section>
  );
}
