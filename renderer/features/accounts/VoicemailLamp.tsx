import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { plainAddress } from '../call/call-words.ts';

/** Says that somebody left a message, and calls the mailbox. */
export function VoicemailLamp() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { accounts } = useSnapshot();
  return accounts.map(({ id, address, mailbox }) => {
    if (mailbox === null || mailbox.fresh === 0) return null;
    const title = t('voicemail.fresh', { count: mailbox.fresh });
    return (
      <section key={id} className="card card-note" aria-label={title}>
        <Icon name="voicemail" />
        <div className="card-body">
          <h2>{title}</h2>
          {accounts.length > 1 && <p>{plainAddress(address)}</p>}
          <Button onClick={() => void model.call(mailbox.listen, id)}>{t('voicemail.listen')}</Button>
        </div>
      </section>
    );
  });
}
