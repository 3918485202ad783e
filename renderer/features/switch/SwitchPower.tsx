import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { SettingSwitch } from '../settings/SettingSwitch.tsx';

/** Whether the built-in switch is to run, and how it stands. */
export function SwitchPower() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { builtInSwitch, settings } = useSnapshot();
  const { state, domain, registrations, calls } = builtInSwitch;
  const counts = [t('switch.registrations', { count: registrations }), t('switch.calls', { count: calls })].join(', ');
  return (
    <SettingSwitch
      label={t('switch.power')}
      hint={state === 'running' ? t('switch.running', { domain, counts }) : t(`switch.state.${state}`)}
      checked={settings.builtInSwitch}
      onChange={(on) => void model.ask('settings.set', { builtInSwitch: on })}
    />
  );
}
