import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { formatDay } from '../../i18n/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { PagedRows } from '../../ui/PagedRows.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { UndoBar } from '../../ui/UndoBar.tsx';
import { ECHO_TEST } from '../call/call-words.ts';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { Recordings } from './Recordings.tsx';
import { HistoryRow } from './HistoryRow.tsx';
import { useHistory } from './use-history.ts';
import './history.css';

const ROW_HEIGHT = 52;
const FILTERS = ['all', 'missed', 'recordings'] as const;

/** Every call, newest first, by days; those that were missed; and those that fit a search. */
export function History() {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const { history, accounts } = useSnapshot();
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>('all');
  const missed = filter === 'missed';
  const [search, setSearch] = useState<string | null>(null);
  const [sure, setSure] = useState(false);
  const text = search ?? '';
  const { days, entry, onSeen } = useHistory({ filter: missed ? 'missed' : 'all', text });
  const count = (days ?? []).reduce((sum, day) => sum + day.count, 0);
  const look = (): void => {
    if (history.missed > 0) void model.request('history.seen', {});
  };
  return (
    <section className="history" aria-label={t('history.title')} onPointerDown={look} onKeyDown={look}>
      <div className="list-bar">
        <div className="list-filter" role="group" aria-label={t('history.filter')}>
          {FILTERS.map((one) => (
            <button
              key={one}
              type="button"
              className="filter"
              aria-pressed={filter === one}
              onClick={() => {
                setFilter(one);
              }}
            >
              {t(`history.${one}`)}
              {one === 'missed' && history.missed > 0 && (
                <span className="badge">
                  {history.missed > 99 ? '99+' : history.missed}
                  <span className="visually-hidden"> {t('history.new')}</span>
                </span>
              )}
            </button>
          ))}
        </div>
        {filter !== 'recordings' && (
          <span className="list-tools">
            <IconButton
              icon="search"
              label={t('history.search')}
              aria-expanded={search !== null}
              onClick={() => {
                setSearch(search === null ? '' : null);
              }}
            />
            <IconButton
              icon="trash"
              label={t('history.removeAll')}
              aria-expanded={sure}
              onClick={() => {
                setSure(!sure);
              }}
            />
          </span>
        )}
      </div>
      {search !== null && filter !== 'recordings' && (
        <SearchField label={t('history.search')} clearLabel={t('dialer.clear')} value={search} onChange={setSearch} />
      )}
      {sure && filter !== 'recordings' && (
        <div className="sure" role="alert">
          <p>{t('history.removeAllSure')}</p>
          <Button
            kind="stop"
            onClick={() => {
              setSure(false);
              void model.ask('history.remove', { callIds: null });
            }}
          >
            {t('history.removeAllYes')}
          </Button>
          <Button
            onClick={() => {
              setSure(false);
            }}
          >
            {t('common.cancel')}
          </Button>
        </div>
      )}
      {history.diagnosis !== null && <DiagnosisCard what={t('history.trouble')} diagnosis={history.diagnosis} />}
      {filter === 'recordings' && <Recordings />}
      {filter !== 'recordings' && days !== null && count === 0 && (
        <Nothing filtered={missed || text !== ''} noAccount={accounts.length === 0} />
      )}
      {filter !== 'recordings' && count > 0 && (
        <PagedRows
          label={t('history.title')}
          rowHeight={ROW_HEIGHT}
          sections={(days ?? []).map(({ day, count }) => ({
            key: String(day),
            title: () => formatDay(day, Date.now(), i18n.language, t('history.today'), t('history.yesterday')),
            count,
          }))}
          onSeen={onSeen}
          row={(index) => {
            const call = entry(index);
            return call === undefined ? <span className="paged-wait" /> : <HistoryRow key={call.id} call={call} />;
          }}
        />
      )}
      <UndoBar
        text={history.removed === 0 ? null : t('history.removed', { count: history.removed })}
        undo={t('common.undo')}
        onUndo={() => void model.ask('history.restore', {})}
      />
    </section>
  );
}

function Nothing({ filtered, noAccount }: { readonly filtered: boolean; readonly noAccount: boolean }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  if (filtered) return <p className="empty">{t('history.noHits')}</p>;
  return (
    <div className="empty">
      <Icon name={noAccount ? 'person' : 'phone'} />
      <p>
        <strong>{t(noAccount ? 'account.none' : 'history.empty')}</strong>
        <span>{noAccount ? t('account.empty') : t('history.emptyHint', { number: ECHO_TEST })}</span>
      </p>
      {noAccount && (
        <Button
          onClick={() => {
            model.show({ kind: 'account-form' });
          }}
        >
          {t('account.add')}
        </Button>
      )}
    </div>
  );
}
