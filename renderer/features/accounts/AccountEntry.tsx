import { Collapsible } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountView } from '../../../core/api/state.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { formatTime } from '../../i18n/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { plainAddress } from '../call/call-words.ts';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { TechnicalRows } from '../security/TechnicalRows.tsx';
import { registrationProtection, serverName } from '../security/security-facts.ts';
import { RegistrationSign } from './RegistrationSign.tsx';
import { ServerTest } from './ServerTest.tsx';

interface AccountEntryProps {
  readonly account: AccountView;
  readonly chosen: boolean;
  readonly startsOpen: boolean;
  readonly onChange: () => void;
}

/** One account: its live status, what it promises, how its connection is protected, and what can be done with it. */
export function AccountEntry({ account, chosen, startsOpen, onChange }: AccountEntryProps) {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const [removing, setRemoving] = useState(false);
  const { id: accountId, registration, security } = account;
  const address = plainAddress(account.address);
  const protection = registrationProtection(account);
  const { serverTest } = useSnapshot();
  const ownTest = serverTest?.accountId === accountId ? serverTest : null;
  const testing = ownTest?.running === true;
  const registering = registration === 'registering';
  return (
    <Collapsible.Root className="account" defaultOpen={startsOpen}>
      <Collapsible.Trigger className="account-head">
        <span className="account-text">
          <span className="account-name">{account.displayName || address}</span>
          <span className="account-note">{account.builtIn ? t('account.builtIn') : address}</span>
        </span>
        <RegistrationSign state={registration} />
        <Icon name="down" />
      </Collapsible.Trigger>
      <Collapsible.Content className="account-body">
        {account.diagnosis !== null && <DiagnosisCard what={t('card.registration')} diagnosis={account.diagnosis} />}
        <Rows
          rows={[
            [t('account.address'), address],
            [t('account.promise'), t(`account.promises.${account.srtp}`)],
            registration === 'registered' && account.expiresAt !== null
              ? [t('account.until'), formatTime(account.expiresAt, i18n.language)]
              : null,
            account.mailbox === null ? null : [t('voicemail.title'), t('voicemail.counts', account.mailbox)],
          ]}
        />
        {removing ? (
          <div className="account-actions" role="group" aria-label={t('account.remove')}>
            <p>{t('account.removeSure', { address })}</p>
            <Button kind="stop" onClick={() => void model.ask('account.remove', { accountId })}>
              {t('account.removeYes')}
            </Button>
            <Button
              kind="quiet"
              autoFocus
              onClick={() => {
                setRemoving(false);
              }}
            >
              {t('common.cancel')}
            </Button>
          </div>
        ) : (
          <div className="account-actions">
            <Button busy={testing} onClick={() => void model.ask('account.test', { accountId })}>
              {t(testing ? 'account.testing' : 'account.test')}
            </Button>
            {registration !== 'registered' && (
              <Button busy={registering} onClick={() => void model.ask('account.register', { accountId })}>
                {t(registering ? 'account.state.registering' : 'account.again')}
              </Button>
            )}
            {chosen ? (
              <span className="account-chosen">
                <Icon name="check" />
                {t('account.default')}
              </span>
            ) : (
              <Button kind="quiet" onClick={() => void model.ask('account.setDefault', { accountId })}>
                {t('account.makeDefault')}
              </Button>
            )}
            {!account.builtIn && (
              <Button kind="quiet" onClick={onChange}>
                {t('account.change')}
              </Button>
            )}
            {!account.builtIn && (
              <Button
                kind="quiet"
                onClick={() => {
                  setRemoving(true);
                }}
              >
                {t('account.remove')}
              </Button>
            )}
          </div>
        )}
        {ownTest !== null && <ServerTest test={ownTest} />}
        <h3>{t('account.security')}</h3>
        <p>{t(`security.account.${protection}`, { server: serverName(security) ?? t('security.server') })}</p>
        {security.signalling !== null && (
          <details>
            <summary>{t('security.technical')}</summary>
            <TechnicalRows security={{ ...security, media: null }} />
          </details>
        )}
      </Collapsible.Content>
    </Collapsible.Root>
  );
}
