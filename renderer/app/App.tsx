import { useTranslation } from 'react-i18next';
import { AccountChip } from '../features/accounts/AccountChip.tsx';
import { AccountForm } from '../features/accounts/AccountForm.tsx';
import { AudioMenu } from '../features/audio/AudioMenu.tsx';
import { CallBars } from '../features/call/CallBars.tsx';
import { CallDetails } from '../features/call/CallDetails.tsx';
import { CallScreen } from '../features/call/CallScreen.tsx';
import { Contacts } from '../features/contacts/Contacts.tsx';
import { Home } from '../features/dialer/Home.tsx';
import { FirstRun } from '../features/first-run/FirstRun.tsx';
import { History } from '../features/history/History.tsx';
import { Messages } from '../features/messages/Messages.tsx';
import { Settings } from '../features/settings/Settings.tsx';
import { SwitchView } from '../features/switch/SwitchView.tsx';
import { WireView } from '../features/wire/WireView.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { Spinner } from '../ui/Spinner.tsx';
import { Announcer } from './Announcer.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { Notices } from './Notices.tsx';
import { StandingOrders } from '../features/settings/StandingOrders.tsx';
import { Preferences } from './Preferences.tsx';
import { Tabs } from './Tabs.tsx';
import { usePhone, useSnapshot, useWindowState } from './phone-context.ts';
import type { View } from './window-model.ts';
import type { CallView } from '../../core/api/state.ts';
import { useWide } from './use-wide.ts';
import './window.css';

/** The window: the phone column, and beside it where there is room, details, contacts, settings or the history. */
export function App() {
  const { t } = useTranslation();
  const { snapshot } = useWindowState();
  return (
    <div className="window">
      <ConnectionBanner />
      {snapshot === null ? (
        <main className="window-start">
          <Spinner />
          <p>{t('connection.connecting')}</p>
        </main>
      ) : (
        <Columns />
      )}
      <Announcer />
      {snapshot !== null && <Preferences />}
    </div>
  );
}

function Columns() {
  const { t } = useTranslation();
  const wide = useWide();
  const { view, wire, draft } = useWindowState();
  const { model } = usePhone();
  const { firstRun, calls } = useSnapshot();
  // Whoever came with a link wants to call.
  const welcome = firstRun && view.kind === 'home' && calls.length === 0 && draft === '';
  const shown = view.kind === 'call' ? calls.find(({ id }) => id === view.callId) : undefined;
  return (
    <div className="columns">
      <div className="phone">
        {!welcome && (
          <header className="top">
            <AccountChip />
            <span className="top-buttons">
              <IconButton
                icon="wire"
                label={t('wire.open')}
                aria-pressed={wire !== null}
                onClick={() => {
                  if (wire === null) model.inspect(null);
                  else model.closeWire();
                }}
              />
              <AudioMenu />
            </span>
          </header>
        )}
        {!welcome && <StandingOrders />}
        <CallBars />
        <main className="stage">
          {welcome ? <FirstRun /> : wire !== null && !wide ? <WireView /> : <Stage />}
          <Notices />
        </main>
        {!welcome && <Tabs />}
      </div>
      {wide && !welcome && wire !== null && (
        <aside className="side side-wire">
          <WireView />
        </aside>
      )}
      {wide && !welcome && wire === null && <Side shown={shown} />}
    </div>
  );
}

/** What stands beside the phone: the view that was chosen, else the call that is shown, else the history. */
function Side({ shown }: { readonly shown: CallView | undefined }) {
  const { t } = useTranslation();
  const { view } = useWindowState();
  if (shown !== undefined) {
    return (
      // It scrolls, and may hold nothing else that takes the keyboard.
      <aside className="side" aria-label={t('call.details')} tabIndex={0}>
        <CallDetails call={shown} />
      </aside>
    );
  }
  const kind = isList(view) ? view.kind : 'history';
  return (
    <aside className="side" aria-label={t(`${kind}.title`)}>
      {isList(view) ? <List view={view} /> : <History />}
    </aside>
  );
}

const LISTS = ['contacts', 'messages', 'settings', 'switch'] as const;

/** A view that stands in the phone's column where there is no room beside it. */
type ListView = Extract<View, { readonly kind: (typeof LISTS)[number] }>;

function isList(view: View): view is ListView {
  return LISTS.some((kind) => kind === view.kind);
}

function List({ view }: { readonly view: ListView }) {
  if (view.kind === 'settings') return <Settings />;
  if (view.kind === 'switch') return <SwitchView />;
  if (view.kind === 'messages') return <Messages />;
  // A view on somebody else is another one.
  return <Contacts key={view.found?.address ?? ''} />;
}

function Stage() {
  const { t } = useTranslation();
  const wide = useWide();
  const { view } = useWindowState();
  const { calls } = useSnapshot();
  if (view.kind === 'account-form')
    return <AccountForm key={view.accountId ?? ''} accountId={view.accountId ?? null} />;
  if (view.kind === 'home' || (wide && view.kind !== 'call')) return <Home />;
  if (isList(view)) {
    return (
      <div className="stage-list">
        <List view={view} />
      </div>
    );
  }
  const call = calls.find(({ id }) => id === view.callId);
  if (call !== undefined) return <CallScreen key={call.id} call={call} />;
  // The core has taken the call and its next state will bring it.
  return (
    <div className="stage-wait">
      <Spinner />
      <p>{t('call.state.calling')}</p>
    </div>
  );
}
