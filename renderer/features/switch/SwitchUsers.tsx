import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestOutput } from '../../../core/api/contract.ts';
import type { SwitchDetails } from '../../../core/api/switch.ts';
import { saveFile } from '../../bridge/save-file.ts';
import { usePhone } from '../../app/phone-context.ts';
import { formatTime } from '../../i18n/format.ts';
import { CORE_LANGUAGE } from '../../i18n/languages.ts';
import { Button } from '../../ui/Button.tsx';
import { Rows, type Row } from '../../ui/Rows.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';

type Provision = RequestOutput<'switch.provision'>;
type Devices = RequestOutput<'switch.devices'>['devices'];

/** The users, from where each is registered, and what another phone needs to become one. */
export function SwitchUsers({ details, running }: { readonly details: SwitchDetails; readonly running: boolean }) {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const { users, registrations } = details;
  const [devices, setDevices] = useState<Devices>([]);
  useEffect(() => {
    void model.request('switch.devices', {}).then((read) => {
      if (read.ok) setDevices(read.value.devices);
    });
  }, [model]);
  if (users.length === 0) return <p className="pbx-none">{t('switch.state.off')}</p>;
  return users.map(({ user, name }) => (
    <section key={user} className="pbx-user" aria-label={t('switch.user', { user })}>
      <h2>{[t('switch.user', { user }), name].filter(Boolean).join(' · ')}</h2>
      {registrations.every((registration) => registration.user !== user) && (
        <p className="pbx-none">{t('switch.notRegistered')}</p>
      )}
      {registrations
        .filter((registration) => registration.user === user)
        .map(({ contact, transport, remote, agent, expiresAt }) => (
          <Rows
            key={contact}
            rows={[
              [t('switch.phone'), agent === '' ? t('common.unknown') : agent],
              [t('switch.from'), `${transport.toUpperCase()} · ${remote}`],
              [t('switch.contact'), <code key="contact">{contact}</code>],
              [t('account.until'), formatTime(expiresAt, i18n.language)],
            ]}
          />
        ))}
      {running && <DeviceSettings user={user} devices={devices} />}
    </section>
  ));
}

/** The settings for a phone of a kind that is chosen, with the password, and so only when somebody asks. */
function DeviceSettings({ user, devices }: { readonly user: string; readonly devices: Devices }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const id = useId();
  const [device, setDevice] = useState('');
  const [found, setFound] = useState<Provision | null>(null);
  const choose = async (chosen: string): Promise<void> => {
    setDevice(chosen);
    setFound(null);
    if (chosen === '') return;
    const read = await model.ask('switch.provision', { user, device: chosen });
    if (read.ok) setFound(read.value);
  };
  return (
    <>
      <label className="setting-row" htmlFor={id}>
        <span>{t('switch.settingsFor')}</span>
        <select id={id} value={device} onChange={({ target }) => void choose(target.value)}>
          <option value="">{t('switch.chooseDevice')}</option>
          {devices.map((one) => (
            <option key={one.id} value={one.id}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      {found !== null && <ProvisionCard found={found} />}
    </>
  );
}

function ProvisionCard({ found }: { readonly found: Provision }) {
  const { t } = useTranslation();
  const { files, steps, quirks, warnings } = found;
  const rows = files.map(({ name, base64, text }): Row => [
    name,
    <span key={name} className="pbx-file">
      {text !== null && <pre tabIndex={0}>{text}</pre>}
      <Button
        kind="quiet"
        onClick={() => {
          saveFile(name, [Uint8Array.from(atob(base64), (octet) => octet.charCodeAt(0))]);
        }}
      >
        {t('switch.save', { name })}
      </Button>
    </span>,
  ]);
  return (
    <div className="pbx-provision">
      <p className="field-warning">{t('switch.holdsPassword')}</p>
      {warnings.map((diagnosis) =>
        // So it is with every built-in switch that nobody has changed.
        diagnosis.code === 'port.address-not-local' ? (
          <p key={diagnosis.code} className="field-warning">
            {t('switch.onlyHere')}
          </p>
        ) : (
          <DiagnosisCard key={diagnosis.code} what={t('serverTest.severity.warning')} diagnosis={diagnosis} />
        ),
      )}
      <ol lang={CORE_LANGUAGE}>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {quirks.length > 0 && (
        <ul lang={CORE_LANGUAGE}>
          {quirks.map((quirk) => (
            <li key={quirk}>{quirk}</li>
          ))}
        </ul>
      )}
      <Rows rows={rows} />
    </div>
  );
}
