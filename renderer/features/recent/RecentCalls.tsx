import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { formatDuration, formatTime } from '../../i18n/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { ECHO_TEST, outcomeOf, remoteLabel, type Outcome } from '../call/call-words.ts';
import { SECURITY_SHAPES } from '../security/SecurityChip.tsx';
import './recent.css';

const OUTCOME_ICONS = {
  outgoing: 'outgoing',
  incoming: 'incoming',
  missed: 'missed',
  declined: 'missed',
  cancelled: 'outgoing',
  failed: 'alert',
} as const satisfies Record<Outcome, IconName>;

/** The ended calls of this session, newest first. */
export function RecentCalls() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { calls, accounts } = useSnapshot();
  const ended = calls.filter(({ state }) => state === 'ended').toSorted((a, b) => b.startedAt - a.startedAt);
  return (
    <section className="recent" aria-label={t('recent.title')}>
      <h2>{t('recent.title')}</h2>
      {accounts.length === 0 && ended.length === 0 ? (
        <div className="empty">
          <Icon name="person" />
          <p>
            <strong>{t('account.none')}</strong>
            <span>{t('account.empty')}</span>
          </p>
          <Button
            onClick={() => {
              model.show({ kind: 'account-form' });
            }}
          >
            {t('account.add')}
          </Button>
        </div>
      ) : ended.length === 0 ? (
        <div className="empty">
          <Icon name="phone" />
          <p>
            <strong>{t('recent.empty')}</strong>
            <span>{t('recent.emptyHint', { number: ECHO_TEST })}</span>
          </p>
        </div>
      ) : (
        <ul className="list">
          {ended.map((call) => (
            <RecentCall key={call.id} call={call} />
          ))}
        </ul>
      )}
    </section>
  );
}

function RecentCall({ call }: { readonly call: CallView }) {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const name = remoteLabel(call);
  const kind = outcomeOf(call);
  const note = [t(`recent.outcome.${kind}`), formatTime(call.startedAt, i18n.language)];
  if (call.connectedAt !== null)
    note.splice(1, 0, formatDuration((call.endedAt ?? call.connectedAt) - call.connectedAt));
  return (
    <li className={`entry entry-${kind}`}>
      <button
        type="button"
        className="entry-main"
        onClick={() => {
          model.show({ kind: 'call', callId: call.id });
        }}
      >
        <span className="entry-sign">
          <Icon name={OUTCOME_ICONS[kind]} />
        </span>
        <span className="entry-text">
          <span className="entry-name">{name}</span>{' '}
          <span className="entry-note">
            {note.join(' · ')}
            {call.connectedAt !== null && <Icon name={SECURITY_SHAPES[call.security.state]} />}
          </span>
        </span>
      </button>
      <IconButton
        icon="phone"
        label={t('recent.again', { name })}
        onClick={() => void model.call(call.remoteAddress, call.accountId)}
      />
      <IconButton
        icon="close"
        label={t('recent.remove', { name })}
        onClick={() => void model.ask('call.dismiss', { callId: call.id })}
      />
    </li>
  );
}
