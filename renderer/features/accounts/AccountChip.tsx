import { Popover } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { plainAddress } from '../call/call-words.ts';
import { AccountImport } from './AccountImport.tsx';
import { AccountEntry } from './AccountEntry.tsx';
import { RegistrationSign } from './RegistrationSign.tsx';
import './accounts.css';

/** The account that calls go out with, and how its registration stands. A click opens all accounts. */
export function AccountChip() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { accounts, defaultAccountId } = useSnapshot();
  const [open, setOpen] = useState(false);
  const chosen = accounts.find(({ id }) => id === defaultAccountId) ?? accounts[0];
  const name = chosen === undefined ? '' : chosen.displayName || plainAddress(chosen.address);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="account-chip">
        <span className="visually-hidden">{`${t('account.list')}: `}</span>
        {chosen === undefined ? (
          <span className="account-chip-name">{t('account.none')}</span>
        ) : (
          <>
            <span className="account-chip-name">{name}</span> <RegistrationSign state={chosen.registration} />
          </>
        )}
        <Icon name="down" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover"
          align="start"
          sideOffset={6}
          collisionPadding={10}
          aria-label={t('account.list')}
        >
          <h2>{t('account.list')}</h2>
          {accounts.length === 0 && <p>{t('account.empty')}</p>}
          {accounts.map((account) => (
            <AccountEntry
              key={account.id}
              account={account}
              chosen={account.id === chosen?.id}
              startsOpen={accounts.length === 1 || account.registration === 'failed'}
              onChange={() => {
                setOpen(false);
                model.show({ kind: 'account-form', accountId: account.id });
              }}
            />
          ))}
          <Button
            kind="quiet"
            className="account-add"
            onClick={() => {
              setOpen(false);
              model.show({ kind: 'account-form' });
            }}
          >
            <Icon name="plus" />
            {t('account.add')}
          </Button>
          <AccountImport />
          <Popover.Close className="popover-close" aria-label={t('common.close')}>
            <Icon name="close" />
          </Popover.Close>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
