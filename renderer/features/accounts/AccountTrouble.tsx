import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';

/** Says why the account that calls go out with is not registered: without it the phone is deaf. */
export function AccountTrouble() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { accounts, defaultAccountId } = useSnapshot();
  const chosen = accounts.find(({ id }) => id === defaultAccountId);
  if (chosen?.registration !== 'failed' || chosen.diagnosis === null) return null;
  return (
    <DiagnosisCard
      what={t('card.registration')}
      diagnosis={chosen.diagnosis}
      onRetry={() => void model.ask('account.register', { accountId: chosen.id })}
    />
  );
}
