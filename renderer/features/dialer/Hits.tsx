import type { KeyboardEvent, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { PersonHit } from '../../../core/api/people.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { useLabelWords } from '../contacts/use-label-words.ts';
import { plainAddress, remoteLabel } from '../call/call-words.ts';

interface HitsProps {
  readonly ref: Ref<HTMLUListElement>;
  readonly hits: readonly PersonHit[];
  readonly accountId: string | null;
}

/** Contacts and people of earlier calls that fit what is typed; Enter calls one, the arrow keys go from one to the next. */
export function Hits({ ref, hits, accountId }: HitsProps) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const words = useLabelWords();
  return (
    <section className="hits" aria-label={t('dialer.hits')}>
      <p className="visually-hidden" role="status">
        {t('dialer.hitCount', { count: hits.length })}
      </p>
      <ul ref={ref} className="list" onKeyDown={moveFocus}>
        {hits.map((hit) => {
          const name = remoteLabel({ remoteName: hit.name, remoteAddress: hit.address });
          const note = [plainAddress(hit.address), hit.label === '' ? '' : words(hit.label)]
            .filter((part) => part !== '')
            .join(' · ');
          return (
            <li key={`${hit.name} ${hit.address}`}>
              <button
                type="button"
                className="entry entry-main"
                onClick={() => void model.call(hit.address, accountId)}
              >
                <span className="visually-hidden">{`${t('dialer.call')} `}</span>
                <Avatar label={name} size="small" />
                <span className="entry-text">
                  <span className="entry-name">{name}</span> <span className="entry-note">{note}</span>
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
