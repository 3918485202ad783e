import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { SwitchPower } from './SwitchPower.tsx';
import { FaultCabinet } from './FaultCabinet.tsx';
import { SwitchConsole, type ConsoleLine } from './SwitchConsole.tsx';
import { SwitchCalls } from './SwitchCalls.tsx';
import { SwitchOverview } from './SwitchOverview.tsx';
import { SwitchUsers } from './SwitchUsers.tsx';
import { useSwitch } from './use-switch.ts';
import './switch.css';

const TABS = ['overview', 'users', 'calls', 'console', 'faults'] as const;

/** The built-in switch: whether it runs, who and what is on it, its console, and what it does wrong on demand. */
export function SwitchView() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { builtInSwitch } = useSnapshot();
  const details = useSwitch();
  // Stays while one looks at another tab.
  const [lines, setLines] = useState<readonly ConsoleLine[]>([]);
  const running = builtInSwitch.state === 'running';
  return (
    <section className="pbx" aria-label={t('switch.title')}>
      <header className="panel-head">
        <IconButton
          icon="back"
          label={t('common.back')}
          onClick={() => {
            model.show({ kind: 'settings' });
          }}
        />
        <h1>{t('switch.title')}</h1>
      </header>
      <div className="pbx-power">
        <SwitchPower />
        {builtInSwitch.diagnosis !== null && (
          <DiagnosisCard what={t(`switch.state.${builtInSwitch.state}`)} diagnosis={builtInSwitch.diagnosis} />
        )}
      </div>
      <Tabs.Root defaultValue="overview" className="panel-tabs">
        <Tabs.List className="tabs" aria-label={t('switch.title')}>
          {TABS.map((tab) => (
            <Tabs.Trigger key={tab} value={tab} className="tab">
              {t(`switch.tab.${tab}`)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {details !== null && (
          <>
            <Tabs.Content value="overview" className="tab-content pbx-scroll">
              <SwitchOverview details={details} />
            </Tabs.Content>
            <Tabs.Content value="users" className="tab-content pbx-scroll">
              <SwitchUsers details={details} running={running} />
            </Tabs.Content>
            <Tabs.Content value="calls" className="tab-content pbx-scroll">
              <SwitchCalls details={details} />
            </Tabs.Content>
            <Tabs.Content value="console" className="tab-content">
              <SwitchConsole lines={lines} onLines={setLines} running={running} />
            </Tabs.Content>
            <Tabs.Content value="faults" className="tab-content pbx-scroll">
              <FaultCabinet shown={details.fault} />
            </Tabs.Content>
          </>
        )}
      </Tabs.Root>
    </section>
  );
}
