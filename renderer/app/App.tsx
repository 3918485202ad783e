import { useTranslation } from 'react-i18next';
import { AccountChip } from '../features/accounts/AccountChip.tsx';
import { AccountForm } from '../features/accounts/AccountForm.tsx';
import { AudioMenu } from '../features/audio/AudioMenu.tsx';
import { CallBars } from '../features/call/CallBars.tsx';
import { CallDetails } from '../features/call/CallDetails.tsx';
import { CallScreen } from '../features/call/CallScreen.tsx';
import { Home } from '../features/dialer/Home.tsx';
import { FirstRun } from '../features/first-run/FirstRun.tsx';
import { RecentCalls } from '../features/recent/RecentCalls.tsx';
import { Spinner } from '../ui/Spinner.tsx';
import { Announcer } from './Announcer.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { Notices } from './Notices.tsx';
import { useSnapshot, useWindowState } from './phone-context.ts';
import { useWide } from './use-wide.ts';
import './window.css';

/** The window: the phone column, and beside it where there is room, details or recent calls. */
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
    </div>
  );
}

function Columns() {
  const { t } = useTranslation();
  const wide = useWide();
  const { view } = useWindowState();
  const { firstRun, calls } = useSnapshot();
  const welcome = firstRun && view.kind === 'home' && calls.length === 0;
  const shown = view.kind === 'call' ? calls.find(({ id }) => id === view.callId) : undefined;
  return (
    <div className="columns">
      <div className="phone">
        {!welcome && (
          <header className="top">
            <AccountChip />
            <AudioMenu />
          </header>
        )}
        <CallBars />
        <main className="stage">
          {welcome ? <FirstRun /> : <Stage />}
          <Notices />
        </main>
      </div>
      {wide && !welcome && (
        // It scrolls, and may hold nothing else that takes the keyboard.
        <aside className="side" aria-label={t(shown === undefined ? 'recent.title' : 'call.details')} tabIndex={0}>
          {shown === undefined ? <RecentCalls /> : <CallDetails call={shown} />}
        </aside>
      )}
    </div>
  );
}

function Stage() {
  const { t } = useTranslation();
  const { view } = useWindowState();
  const { calls } = useSnapshot();
  if (view.kind === 'account-form') return <AccountForm />;
  if (view.kind === 'home') return <Home />;
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
