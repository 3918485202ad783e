import { useTranslation } from 'react-i18next';
import './dialer.css';

const KEYS = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
] as const;

const SPOKEN: Partial<Record<string, 'pad.star' | 'pad.hash'>> = { '*': 'pad.star', '#': 'pad.hash' };

/** Twelve keys with their letters. */
export function DialPad({ onDigit }: { readonly onDigit: (digit: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="pad" role="group" aria-label={t('pad.label')}>
      {KEYS.map(([digit, letters]) => {
        const spoken = SPOKEN[digit];
        return (
          <button
            key={digit}
            type="button"
            className="pad-key"
            aria-label={spoken === undefined ? undefined : t(spoken)}
            onClick={() => {
              onDigit(digit);
            }}
          >
            <span className="pad-digit">{digit}</span> <span className="pad-letters">{letters}</span>
          </button>
        );
      })}
    </div>
  );
}
