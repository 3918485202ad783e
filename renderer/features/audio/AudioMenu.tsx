import { Popover } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Icon } from '../../ui/Icon.tsx';
import { AudioText } from './AudioNotice.tsx';
import './audio.css';

/** The microphone and the speaker that calls use, behind a small button. */
export function AudioMenu() {
  const { t } = useTranslation();
  const { audio } = useSnapshot();
  const works = audio.state === 'ready' || audio.state === 'starting';
  const label = t('audio.menu', { state: t(`audio.state.${audio.state}`) });
  return (
    <Popover.Root>
      <Popover.Trigger className={`icon-button ${works ? '' : 'icon-button-trouble'}`} aria-label={label} title={label}>
        <Icon name={works ? 'headset' : 'headsetOff'} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover"
          align="end"
          sideOffset={6}
          collisionPadding={10}
          aria-label={t('audio.title')}
        >
          <h2>{t('audio.title')}</h2>
          <AudioDevices />
          <Popover.Close className="popover-close" aria-label={t('common.close')}>
            <Icon name="close" />
          </Popover.Close>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** The devices that calls use, to choose from; or why there are none. */
export function AudioDevices() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { audio } = useSnapshot();
  if (audio.state === 'starting') return <p>{t('audio.starting')}</p>;
  if (audio.state !== 'ready') return <AudioText />;
  const { input, output } = audio;
  return (
    <div className="devices">
      {(['input', 'output'] as const).map((way) => (
        <label key={way} className="field">
          <span className="field-label">{t(`audio.${way}`)}</span>
          <select
            value={audio[way] ?? ''}
            onChange={(event) =>
              void model.ask('audio.route', {
                input,
                output,
                [way]: event.target.value === '' ? null : event.target.value,
              })
            }
          >
            <option value="">{t('audio.system')}</option>
            {audio.devices
              .filter((device) => (way === 'input' ? device.inputs : device.outputs) > 0)
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </select>
        </label>
      ))}
    </div>
  );
}
