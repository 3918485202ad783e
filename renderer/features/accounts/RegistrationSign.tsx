import { useTranslation } from 'react-i18next';
import type { AccountView } from '../../../core/api/state.ts';
import './accounts.css';

/** How a registration stands: a word, and a shape of its own for each state. */
export function RegistrationSign({ state }: { readonly state: AccountView['registration'] }) {
  const { t } = useTranslation();
  return (
    <span className={`registration registration-${state}`}>
      <span className="registration-shape" aria-hidden="true" />
      {t(`account.state.${state}`)}
    </span>
  );
}
