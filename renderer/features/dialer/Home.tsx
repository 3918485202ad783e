import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot, useWindowState } from '../../app/phone-context.ts';
import { useWide } from '../../app/use-wide.ts';
import { AudioNotice } from '../audio/AudioNotice.tsx';
import { AccountTrouble } from '../accounts/AccountTrouble.tsx';
import { RecentCalls } from '../recent/RecentCalls.tsx';
import { DialField } from './DialField.tsx';
import { DialPad } from './DialPad.tsx';
import { Hits } from './Hits.tsx';
import { classifyDialText, findHits } from './dial-target.ts';
import './dialer.css';

/** The phone at rest: one field for whom to call, the dial pad behind a key, and who was called before. */
export function Home() {
  const { t } = useTranslation();
  const wide = useWide();
  const { model } = usePhone();
  const { draft } = useWindowState();
  const { calls, accounts, defaultAccountId } = useSnapshot();
  const [padOpen, setPadOpen] = useState(false);
  const [accountId, setAccountId] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const hitList = useRef<HTMLUListElement>(null);

  const kind = classifyDialText(draft);
  const hits = findHits(calls, draft);
  const chosen = accounts.find(({ id }) => id === accountId) ?? accounts.find(({ id }) => id === defaultAccountId);

  const focusHits = (): void => hitList.current?.querySelector('button')?.focus();
  const call = async (): Promise<void> => {
    if (kind === 'empty' || kind === 'name' || busy) return;
    setBusy(true);
    await model.call(draft, chosen?.id ?? null);
    setBusy(false);
  };
  const enter = (): void => {
    if (kind !== 'target' && hits.length > 0) focusHits();
    else void call();
  };

  return (
    <div className="home">
      <h1 className="visually-hidden">{t('dialer.title')}</h1>
      <DialField
        padOpen={padOpen}
        busy={busy}
        callable={kind === 'target' || kind === 'word'}
        onTogglePad={() => {
          setPadOpen(!padOpen);
        }}
        onEnter={enter}
        onCall={() => void call()}
        onDown={focusHits}
      />
      {accounts.length > 1 && (
        <label className="home-from">
          <span>{t('dialer.from')}</span>
          <select
            value={chosen?.id ?? ''}
            onChange={(event) => {
              setAccountId(event.target.value);
            }}
          >
            {accounts.map(({ id, address }) => (
              <option key={id} value={id}>
                {address.replace(/^sips?:/, '')}
              </option>
            ))}
          </select>
        </label>
      )}
      {kind === 'name' && hits.length === 0 && <p className="home-hint">{t('dialer.noMatch')}</p>}
      {hits.length > 0 && <Hits ref={hitList} hits={hits} accountId={chosen?.id ?? null} />}
      {(padOpen || (wide && hits.length === 0)) && (
        <DialPad
          onDigit={(digit) => {
            model.type(draft + digit);
          }}
        />
      )}
      <AccountTrouble />
      <AudioNotice />
      {!wide && !padOpen && kind === 'empty' && <RecentCalls />}
    </div>
  );
}
