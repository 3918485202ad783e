import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { useSeconds } from '../../app/use-seconds.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import './settings.css';

/** What keeps calls from ringing here, in sight while it is on, with the way to end it. */
export function StandingOrders() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { doNotDisturb, forward } = useSnapshot().settings;
  const now = useSeconds();
  const left = doNotDisturb.until === null ? null : Math.max(1, Math.ceil((doNotDisturb.until - now) / 60_000));
  return (
    <>
      {forward.always !== '' && (
        <div className="order">
          <Icon name="transfer" />
          <span>{t('settings.forwardingTo', { target: forward.always })}</span>
          <Button kind="quiet" onClick={() => void model.ask('settings.set', { forward: { ...forward, always: '' } })}>
            {t('settings.end')}
          </Button>
        </div>
      )}
      {doNotDisturb.on && (
        <div className="order">
          <Icon name="moon" />
          <span>{left === null ? t('settings.dndOn') : t('settings.dndLeft', { count: left })}</span>
          <Button
            kind="quiet"
            onClick={() => void model.ask('settings.set', { doNotDisturb: { on: false, until: null } })}
          >
            {t('settings.end')}
          </Button>
        </div>
      )}
    </>
  );
}
