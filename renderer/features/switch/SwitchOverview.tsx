import { useTranslation } from 'react-i18next';
import type { SwitchDetails } from '../../../core/api/switch.ts';
import { useSnapshot } from '../../app/phone-context.ts';
import { formatTime } from '../../i18n/format.ts';
import { Rows, type Row } from '../../ui/Rows.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { CertificateCard } from '../wire/CertificateCard.tsx';

/** Where the switch listens, what it shows of itself, its gateways, and what went wrong with clients. */
export function SwitchOverview({ details }: { readonly details: SwitchDetails }) {
  const { t, i18n } = useTranslation();
  const { listeners } = useSnapshot().builtInSwitch;
  const { gateways, certificates, troubles } = details;
  return (
    <>
      <h2>{t('switch.listeners')}</h2>
      {listeners.length === 0 ? (
        <p className="pbx-none">{t('switch.noListeners')}</p>
      ) : (
        <Rows
          rows={listeners.map(({ profile, transport, address, port }): Row => [
            `${profile} · ${transport.toUpperCase()}`,
            <code key="where">{`${address.includes(':') ? `[${address}]` : address}:${port}`}</code>,
          ])}
        />
      )}
      <p className="field-hint">{t('switch.onlyHere')}</p>
      {gateways.length > 0 && (
        <>
          <h2>{t('switch.gateways')}</h2>
          <Rows rows={gateways.map(({ name, state, address }): Row => [`${name} · ${state}`, address])} />
          {gateways.map(
            ({ name, diagnosis }) =>
              diagnosis !== null && <DiagnosisCard key={name} what={name} diagnosis={diagnosis} />,
          )}
        </>
      )}
      {certificates.map(({ profile, chain, findings }) => (
        <section key={profile} aria-label={t('switch.certificate', { profile })}>
          <h2>{t('switch.certificate', { profile })}</h2>
          {findings.map(({ severity, ...diagnosis }, index) => (
            <DiagnosisCard key={index} what={t(`serverTest.severity.${severity}`)} diagnosis={diagnosis} />
          ))}
          {chain.map((certificate) => (
            <CertificateCard key={certificate.sha256} certificate={certificate} expectedName={undefined} />
          ))}
        </section>
      ))}
      <h2>{t('switch.troubles')}</h2>
      {troubles.length === 0 && <p className="pbx-none">{t('switch.noTroubles')}</p>}
      {troubles.map(({ at, remote, ...diagnosis }) => (
        <DiagnosisCard
          key={`${at} ${diagnosis.code} ${remote ?? ''}`}
          what={[formatTime(at, i18n.language), remote].filter((part) => part !== null).join(' · ')}
          diagnosis={diagnosis}
        />
      ))}
    </>
  );
}
