import { useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot, useWindowState } from '../../app/phone-context.ts';
import { useWide } from '../../app/use-wide.ts';
import { plainAddress } from '../call/call-words.ts';
import { AudioNotice } from '../audio/AudioNotice.tsx';
import { AccountTrouble } from '../accounts/AccountTrouble.tsx';
import { VoicemailLamp } from '../accounts/VoicemailLamp.tsx';
import { History } from '../history/History.tsx';
import { DialField } from './DialField.tsx';
import { DialPad } from './DialPad.tsx';
import { Hits } from './Hits.tsx';
import { EMPTY_DIAL, isNameLike, readDial, type DialReading } from './dial-reading.ts';
import './dialer.css';

/** The phone at rest: one field for whom to call, the dial pad behind a key, and who was called before. */
export function Home() {
  const { t } = useTranslation();
  const wide = useWide();
  const { model } = usePhone();
  const { draft } = useWindowState();
  const { accounts, defaultAccountId, history, contacts } = useSnapshot();
  const [padOpen, setPadOpen] = useState(false);
  const [accountId, setAccountId] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const hitList = useRef<HTMLUListElement>(null);

  const chosen = accounts.find(({ id }) => id === accountId) ?? accounts.find(({ id }) => id === defaultAccountId);
  const from = chosen?.id ?? null;
  const [read, setRead] = useState<DialReading>(EMPTY_DIAL);
  const hits = draft === '' ? [] : read.hits;
  const address = read.text === draft ? read.address : null;

  useEffect(() => {
    let current = true;
    void readDial(model, draft, from).then((now) => {
      if (current) setRead(now);
    });
    return () => {
      current = false;
    };
  }, [model, draft, from, history.revision, contacts.revision]);

  const focusHits = (): void => hitList.current?.querySelector('button')?.focus();
  const call = async (): Promise<void> => {
    if (draft.trim() === '' || busy) return;
    setBusy(true);
    await model.call(draft, from);
    setBusy(false);
  };
  const enter = async (): Promise<void> => {
    // Whoever types quickly is answered by what stands there now.
    const now = read.text === draft ? read : await readDial(model, draft, from);
    flushSync(() => {
      setRead(now);
    });
    if (isNameLike(draft) && now.hits.length > 0) focusHits();
    else if (now.address !== null) void call();
  };

  return (
    <div className="home">
      <h1 className="visually-hidden">{t('dialer.title')}</h1>
      <DialField
        padOpen={padOpen}
        busy={busy}
        callable={address !== null}
        onTogglePad={() => {
          setPadOpen(!padOpen);
        }}
        onEnter={() => void enter()}
        onCall={() => {
          if (address !== null) void call();
        }}
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
      {draft !== '' && read.text === draft && (hits.length === 0 || !isNameLike(draft)) && (
        <p className="home-hint">
          {address === null ? t('dialer.noMatch') : t('dialer.willCall', { address: plainAddress(address) })}
        </p>
      )}
      {hits.length > 0 && <Hits ref={hitList} hits={hits} accountId={from} />}
      {(padOpen || (wide && hits.length === 0)) && (
        <DialPad
          onDigit={(digit) => {
            model.type(draft + digit);
          }}
        />
      )}
      <AccountTrouble />
      <VoicemailLamp />
      <AudioNotice />
      {!wide && !padOpen && draft.trim() === '' && <History />}
    </div>
  );
}
