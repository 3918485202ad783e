import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestInput } from '../../../core/api/contract.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { AudioDevices } from '../audio/AudioMenu.tsx';
import { plainAddress } from '../call/call-words.ts';
import { SwitchPower } from '../switch/SwitchPower.tsx';
import { CommittedField } from './CommittedField.tsx';
import { SettingSwitch } from './SettingSwitch.tsx';
import './settings.css';

type Group = 'calls' | 'sound' | 'appearance' | 'language' | 'switch' | 'advanced';

/** One setting, found by the words that it is described with. */
interface Setting {
  readonly group: Group;
  readonly key: string;
  readonly words: string;
  readonly control: ReactNode;
}

const DND_MINUTES = [30, 60, 120, 480] as const;
const ANSWER_SECONDS = [0, 3, 5, 10, 20] as const;
const MINUTE_MS = 60_000;

/** Everything that can be chosen, in force at once; the search looks at the words of each. */
export function Settings() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const all = useSettings();
  const wanted = text.trim().toLocaleLowerCase().split(/\s+/);
  const shown = all.filter(({ group, words }) => {
    const said = `${t(`settings.group.${group}`)} ${words}`.toLocaleLowerCase();
    return wanted.every((word) => said.includes(word));
  });
  const groups = [...new Set(shown.map(({ group }) => group))];
  return (
    <section className="settings" aria-label={t('settings.title')}>
      <div className="list-bar">
        <h1>{t('settings.title')}</h1>
      </div>
      <SearchField label={t('settings.search')} clearLabel={t('dialer.clear')} value={text} onChange={setText} />
      <div className="settings-list" tabIndex={0} role="group" aria-label={t('settings.title')}>
        {groups.length === 0 && <p className="empty">{t('settings.noHits')}</p>}
        {groups.map((group) => (
          <section key={group} className="settings-group" aria-label={t(`settings.group.${group}`)}>
            <h2>{t(`settings.group.${group}`)}</h2>
            {shown
              .filter((setting) => setting.group === group)
              .map(({ key, control }) => (
                <div key={key}>{control}</div>
              ))}
          </section>
        ))}
      </div>
    </section>
  );
}

function useSettings(): readonly Setting[] {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { settings, accounts, version } = useSnapshot();
  const { doNotDisturb, forward, autoAnswer, callWaiting, theme, language } = settings;
  const set = (input: RequestInput<'settings.set'>): void => void model.ask('settings.set', input);
  const forwardField = (key: 'always' | 'busy' | 'noAnswer'): Setting => {
    const label = t(`settings.forward.${key}`);
    return {
      group: 'calls',
      key,
      words: `${label} ${t('settings.forward.hint')}`,
      control: (
        <CommittedField
          label={label}
          hint={t('settings.forward.hint')}
          value={forward[key]}
          onCommit={(value) => {
            set({ forward: { ...forward, [key]: value } });
          }}
        />
      ),
    };
  };
  return [
    {
      group: 'calls',
      key: 'dnd',
      words: `${t('settings.dnd')} ${t('settings.dndHint')}`,
      control: (
        <>
          <SettingSwitch
            label={t('settings.dnd')}
            hint={t('settings.dndHint')}
            checked={doNotDisturb.on}
            onChange={(on) => {
              set({ doNotDisturb: { on, until: null } });
            }}
          />
          {doNotDisturb.on && (
            <label className="setting-row">
              <span>{t('settings.dndFor')}</span>
              <select
                value={doNotDisturb.until === null ? '' : 'until'}
                onChange={(event) => {
                  const minutes = Number(event.target.value);
                  set({ doNotDisturb: { on: true, until: minutes === 0 ? null : Date.now() + minutes * MINUTE_MS } });
                }}
              >
                {doNotDisturb.until !== null && <option value="until">{t('settings.dndTimed')}</option>}
                <option value="">{t('settings.dndOpen')}</option>
                {DND_MINUTES.map((minutes) => (
                  <option key={minutes} value={minutes}>
                    {t('settings.minutes', { count: minutes })}
                  </option>
                ))}
              </select>
            </label>
          )}
        </>
      ),
    },
    {
      group: 'calls',
      key: 'waiting',
      words: `${t('settings.waiting')} ${t('settings.waitingHint')}`,
      control: (
        <SettingSwitch
          label={t('settings.waiting')}
          hint={t('settings.waitingHint')}
          checked={callWaiting}
          onChange={(on) => {
            set({ callWaiting: on });
          }}
        />
      ),
    },
    forwardField('always'),
    ...(callWaiting ? [] : [forwardField('busy')]),
    forwardField('noAnswer'),
    ...(forward.noAnswer === ''
      ? []
      : [
          {
            group: 'calls',
            key: 'noAnswerSeconds',
            words: t('settings.forward.after'),
            control: (
              <label className="setting-row">
                <span>{t('settings.forward.after')}</span>
                <select
                  value={forward.noAnswerSeconds}
                  onChange={(event) => {
                    set({ forward: { ...forward, noAnswerSeconds: Number(event.target.value) } });
                  }}
                >
                  {[...new Set([10, 15, 20, 30, 60, forward.noAnswerSeconds])].map((seconds) => (
                    <option key={seconds} value={seconds}>
                      {t('settings.seconds', { count: seconds })}
                    </option>
                  ))}
                </select>
              </label>
            ),
          } as const,
        ]),
    ...accounts.map(({ id, address }): Setting => {
      const label = t('settings.answer', { account: plainAddress(address) });
      return {
        group: 'calls',
        key: `answer-${id}`,
        words: `${label} ${t('settings.answerHint')}`,
        control: (
          <>
            <label className="setting-row">
              <span>{label}</span>
              <select
                value={autoAnswer[id] ?? ''}
                onChange={(event) => {
                  const { [id]: _old, ...others } = autoAnswer;
                  const seconds = event.target.value;
                  set({ autoAnswer: seconds === '' ? others : { ...others, [id]: Number(seconds) } });
                }}
              >
                <option value="">{t('settings.answerOff')}</option>
                {ANSWER_SECONDS.map((seconds) => (
                  <option key={seconds} value={seconds}>
                    {seconds === 0 ? t('settings.atOnce') : t('settings.seconds', { count: seconds })}
                  </option>
                ))}
              </select>
            </label>
            <p className="field-hint">{t('settings.answerHint')}</p>
          </>
        ),
      };
    }),
    {
      group: 'sound',
      key: 'devices',
      words: `${t('audio.title')} ${t('audio.input')} ${t('audio.output')}`,
      control: <AudioDevices />,
    },
    {
      group: 'appearance',
      key: 'theme',
      words: `${t('settings.theme.label')} ${t('settings.theme.light')} ${t('settings.theme.dark')}`,
      control: (
        <Segmented
          label={t('settings.theme.label')}
          value={theme}
          options={(['system', 'light', 'dark'] as const).map((value) => ({
            value,
            label: t(`settings.theme.${value}`),
          }))}
          onChange={(value) => {
            set({ theme: value });
          }}
        />
      ),
    },
    {
      group: 'language',
      key: 'language',
      words: `${t('settings.language')} English Deutsch`,
      control: (
        <Segmented
          label={t('settings.language')}
          value={language}
          options={[
            { value: 'system', label: t('settings.theme.system') },
            { value: 'en', label: 'English' },
            { value: 'de', label: 'Deutsch' },
          ]}
          onChange={(value) => {
            set({ language: value });
          }}
        />
      ),
    },
    {
      group: 'switch',
      key: 'switch',
      words: `${t('switch.power')} ${t('switch.open')}`,
      control: (
        <>
          <SwitchPower />
          <Button
            onClick={() => {
              model.show({ kind: 'switch' });
            }}
          >
            {t('switch.open')}
          </Button>
        </>
      ),
    },
    {
      group: 'advanced',
      key: 'version',
      words: `Sotto ${version}`,
      control: <p className="field-hint">{t('settings.version', { version })}</p>,
    },
  ];
}
