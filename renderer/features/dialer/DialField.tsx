import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone, useWindowState } from '../../app/phone-context.ts';
import { useWide } from '../../app/use-wide.ts';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Spinner } from '../../ui/Spinner.tsx';

interface DialFieldProps {
  readonly padOpen: boolean;
  readonly busy: boolean;
  readonly callable: boolean;
  readonly onTogglePad: () => void;
  readonly onEnter: () => void;
  readonly onCall: () => void;
  readonly onDown: () => void;
}

/** The one field for a name, a number, an address or a pasted link, with the key for the dial pad and the call button. */
export function DialField({ padOpen, busy, callable, onTogglePad, onEnter, onCall, onDown }: DialFieldProps) {
  const { t } = useTranslation();
  const wide = useWide();
  const { model } = usePhone();
  const { draft } = useWindowState();
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      className="dial"
      role="search"
      aria-label={t('dialer.call')}
      onSubmit={(event) => {
        event.preventDefault();
        onEnter();
      }}
    >
      <div className="dial-box">
        <input
          ref={input}
          className="dial-input"
          type="text"
          inputMode="text"
          autoFocus
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={1024}
          aria-label={t('dialer.field')}
          placeholder={t('dialer.field')}
          value={draft}
          onChange={(event) => {
            model.type(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') model.type('');
            else if (event.key === 'ArrowDown') onDown();
            else return;
            event.preventDefault();
          }}
        />
        {draft !== '' && (
          <IconButton
            icon={padOpen ? 'backspace' : 'close'}
            label={t(padOpen ? 'dialer.backspace' : 'dialer.clear')}
            onClick={() => {
              model.type(padOpen ? draft.slice(0, -1) : '');
              if (!padOpen) input.current?.focus();
            }}
          />
        )}
        {!wide && <IconButton icon="keypad" label={t('dialer.keypad')} aria-expanded={padOpen} onClick={onTogglePad} />}
      </div>
      <button
        type="button"
        className="dial-call"
        aria-label={busy ? t('dialer.calling') : t('dialer.call')}
        title={t('dialer.call')}
        aria-disabled={!callable || busy}
        onClick={onCall}
      >
        {busy ? <Spinner /> : <Icon name="phone" />}
      </button>
    </form>
  );
}
