import type { KeyboardEvent, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { plainAddress, remoteLabel } from '../call/call-words.ts';

interface HitsProps {
  readonly ref: Ref<HTMLUListElement>;
  readonly hits: readonly CallView[];
  readonly accountId: string | null;
}

/** People of earlier calls that fit what is typed; Enter calls one, the arrow keys go from one to the next. */
export function Hits({ ref, hits, accountId }: HitsProps) {
  const { t } = useTranslation();
  const { model } = usePhone();
  return (
    <section className="hits" aria-label={t('dialer.hits')}>
      <p className="visually-hidden" role="status">
        {t('dialer.hitCount', { count: hits.length })}
      </p>
      <ul ref={ref} className="list" onKeyDown={moveFocus}>
        {hits.map((hit) => {
          const name = remoteLabel(hit);
          return (
            <li key={hit.remoteAddress}>
              <button
                type="button"
                className="entry entry-main"
                onClick={() => void model.call(hit.remoteAddress, accountId)}
              >
                <span className="visually-hidden">{`${t('dialer.call')} `}</span>
                <Avatar label={name} size="small" />
                <span className="entry-text">
                  <span className="entry-name">{name}</span>{' '}
                  <span className="entry-note">{plainAddress(hit.remoteAddress)}</span>
                </span>
                <Icon name="phone" />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const now = buttons.findIndex((button) => button === document.activeElement);
  buttons[now + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
  event.preventDefault();
}
