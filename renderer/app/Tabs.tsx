import { useTranslation } from 'react-i18next';
import { Icon } from '../ui/Icon.tsx';
import { usePhone, useSnapshot, useWindowState } from './phone-context.ts';

const TABS = [
  { kind: 'home', icon: 'phone', label: 'dialer.title' },
  { kind: 'contacts', icon: 'people', label: 'contacts.title' },
  { kind: 'settings', icon: 'settings', label: 'settings.title' },
] as const;

/** The views of the phone, at the foot of its column; not while a call or a form has the column. */
export function Tabs() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { view } = useWindowState();
  const { missed } = useSnapshot().history;
  if (!TABS.some(({ kind }) => kind === view.kind)) return null;
  return (
    <nav className="view-tabs" aria-label={t('tabs.label')}>
      {TABS.map(({ kind, icon, label }) => (
        <button
          key={kind}
          type="button"
          className="view-tab"
          aria-current={view.kind === kind ? 'page' : undefined}
          onClick={() => {
            model.closeWire();
            model.show({ kind });
          }}
        >
          <Icon name={icon} />
          <span>{t(label)}</span>
          {kind === 'home' && missed > 0 && (
            <span className="badge">
              {missed > 99 ? '99+' : missed}
              <span className="visually-hidden"> {t('history.new')}</span>
            </span>
          )}
        </button>
      ))}
    </nav>
  );
}
