import { useTranslation } from 'react-i18next';
import type { SwitchDetails } from '../../../core/api/switch.ts';
import { formatTime } from '../../i18n/format.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { SECURITY_SHAPES } from '../security/SecurityChip.tsx';

/** The calls through the switch, each leg with its own protection. */
export function SwitchCalls({ details }: { readonly details: SwitchDetails }) {
  const { t, i18n } = useTranslation();
  if (details.calls.length === 0) return <p className="pbx-none">{t('switch.noCalls')}</p>;
  return details.calls.map(({ id, from, to, state, startedAt, legs }) => (
    <section key={id} className="pbx-user" aria-label={t('switch.call', { from, to })}>
      <h2>{t('switch.call', { from, to })}</h2>
      <Rows
        rows={[
          [t('switch.began'), `${formatTime(startedAt, i18n.language)} · ${t(`switch.callState.${state}`)}`],
          ...legs.map(
            ({ transport, security, suite }, index) =>
              [
                index === 0 ? t('switch.caller') : t('switch.called'),
                <span key="leg" className="pbx-leg">
                  <Icon name={SECURITY_SHAPES[security]} />
                  {[t(`switch.leg.${security}`), transport.toUpperCase(), suite].filter(Boolean).join(' · ')}
                </span>,
              ] as const,
          ),
        ]}
      />
    </section>
  ));
}
