import { Popover } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import type { HistoryEntry } from '../../../core/api/people.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { formatDateTime, formatDuration, formatTime } from '../../i18n/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { plainAddress, remoteLabel } from '../call/call-words.ts';
import { SECURITY_SHAPES } from '../security/SecurityChip.tsx';

const OUTCOME_ICONS = {
  outgoing: 'outgoing',
  incoming: 'incoming',
  missed: 'missed',
  elsewhere: 'incoming',
  declined: 'missed',
  forwarded: 'transfer',
  cancelled: 'outgoing',
  failed: 'alert',
  running: 'phone',
  'cut-off': 'alert',
} as const satisfies Record<string, IconName>;

/** One call: how it went; a click says more, and the button calls again with the account of then. */
export function HistoryRow({ call }: { readonly call: HistoryEntry }) {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const { accounts, calls } = useSnapshot();
  const { address, startedAt, connectedAt, endedAt, security, code, outcome } = call;
  const name = remoteLabel({ remoteName: call.name, remoteAddress: address });
  const kind = outcome === 'answered' ? call.direction : outcome;
  const duration = connectedAt === null || endedAt === null ? null : formatDuration(endedAt - connectedAt);
  const note = [t(`history.outcome.${kind}`), duration, formatTime(startedAt, i18n.language)];
  // An account that is gone leaves the call to the one for calls.
  const accountId = accounts.some(({ id }) => id === call.accountId) ? call.accountId : null;
  const again = (): void => void model.call(address, accountId);
  return (
    <div className={`entry entry-${kind}`}>
      <Popover.Root>
        <Popover.Trigger className="entry-main">
          <span className="entry-sign">
            <Icon name={OUTCOME_ICONS[kind]} />
          </span>
          <span className="entry-text">
            <span className="entry-name">{name}</span>{' '}
            <span className="entry-note">
              {note.filter((part) => part !== null).join(' · ')}
              {connectedAt !== null && (
                <>
                  <Icon name={SECURITY_SHAPES[security]} />
                  <span className="visually-hidden"> {t(`security.state.${security}`)}</span>
                </>
              )}
            </span>
          </span>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content className="popover" align="start" sideOffset={2} collisionPadding={10} aria-label={name}>
            <h2>{name}</h2>
            <Rows
              rows={[
                [t('history.address'), plainAddress(address)],
                [t('history.went'), t(`history.outcome.${kind}`)],
                [t('history.began'), formatDateTime(startedAt, i18n.language)],
                duration === null ? null : [t('call.duration'), duration],
                [t('history.account'), plainAddress(call.account)],
                connectedAt === null ? null : [t('history.security'), t(`security.state.${security}`)],
                code === null ? null : [t('card.code'), <code>{code}</code>],
              ]}
            />
            <div className="popover-actions">
              <Button kind="primary" onClick={again}>
                {t('dialer.call')}
              </Button>
              {calls.some(({ id }) => id === call.id) && (
                <Button
                  onClick={() => {
                    model.show({ kind: 'call', callId: call.id });
                  }}
                >
                  {t('common.details')}
                </Button>
              )}
              <Button
                onClick={() => {
                  model.show({ kind: 'messages', open: { to: plainAddress(address) } });
                }}
              >
                {t('messages.write')}
              </Button>
              <Button
                onClick={() => {
                  model.show({ kind: 'contacts', found: { name: call.name, address: plainAddress(address) } });
                }}
              >
                {t('contacts.add')}
              </Button>
              <Popover.Close asChild>
                <Button kind="quiet" onClick={() => void model.ask('history.remove', { callIds: [call.id] })}>
                  {t('history.remove')}
                </Button>
              </Popover.Close>
            </div>
            <Popover.Close className="popover-close" aria-label={t('common.close')}>
              <Icon name="close" />
            </Popover.Close>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      <IconButton icon="phone" label={t('history.again', { name })} onClick={again} />
    </div>
  );
}
