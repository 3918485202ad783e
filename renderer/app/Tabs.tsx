import { useTranslation } from 'react-i18next';
import { Icon } from '../ui/Icon.tsx';
import { usePhone, useSnapshot, useWindowState } from './phone-context.ts';

const TABS = [
  { kind: 'home', icon: 'phone', label: 'dialer.title' },
  { kind: 'messages', icon: 'message', label: 'messages.title' },
  { kind: 'contacts', icon: 'people', label: 'contacts.title' },
  { kind: 'settings', icon: 'settings', label: 'settings.title' },
] as const;

/** The views of the phone, at the foot of its column; not while a call or a form has the column. */
export function Tabs() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { view } = useWindowState();
  const { history, messages } = useSnapshot();
  const badges: Readonly<Record<string, { readonly count: number; readonly words: string }>> = {
    home: { count: history.missed, words: t('history.new') },
    messages: { count: messages.unseen, words: t('messages.unseen') },
  };
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
          <Badge {...(badges[kind] ?? { count: 0, words: '' })} />
        </button>
      ))}
    </nav>
  );
}

function Badge({ count, words }: { readonly count: number; readonly words: string }) {
  if (count === 0) return null;
  return (
    <span className="badge">
      {count > 99 ? '99+' : count}
      <span className="visually-hidden"> {words}</span>
    </span>
  );
}
