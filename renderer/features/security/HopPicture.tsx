import { useTranslation } from 'react-i18next';
import type { SecurityView } from '../../../core/api/state.ts';
import { Icon } from '../../ui/Icon.tsx';
import { BEYOND, firstHop, type Hop } from './security-facts.ts';

/** You — server — other, with what is known of each hop and “unknown” for what is not. */
export function HopPicture({ security }: { readonly security: SecurityView }) {
  const { t } = useTranslation();
  return (
    <ol className="hops" aria-label={t('security.picture')}>
      <Party icon="person" label={t('security.party.you')} />
      <Way label={t('security.hop.first')} hop={firstHop(security)} />
      <Party icon="server" label={t('security.party.server')} />
      <Way label={t('security.hop.second')} hop={BEYOND} />
      <Party icon="person" label={t('security.party.other')} />
    </ol>
  );
}

function Party({ icon, label }: { readonly icon: 'person' | 'server'; readonly label: string }) {
  return (
    <li className="party">
      <span className="party-sign">
        <Icon name={icon} />
      </span>
      {label}
    </li>
  );
}

function Way({ label, hop }: { readonly label: string; readonly hop: Hop }) {
  const { t } = useTranslation();
  return (
    <li className={`way way-${hop.voice}`}>
      <span className="visually-hidden">{label}: </span>
      <span className="way-line" aria-hidden="true" />
      <span className="way-facts">
        {(['details', 'voice'] as const).map((part) => (
          <span key={part} className={`fact fact-${hop[part]}`}>
            <span className="fact-name">{t(`security.fact.${part}`)}:</span> {t(`security.fact.${hop[part]}`)}
          </span>
        ))}
      </span>
    </li>
  );
}
