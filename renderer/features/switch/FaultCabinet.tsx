import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestInput } from '../../../core/api/contract.ts';
import type { FaultView, SwitchDetails } from '../../../core/api/switch.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { saveFile } from '../../bridge/save-file.ts';
import { formatTime } from '../../i18n/format.ts';
import { CORE_LANGUAGE } from '../../i18n/languages.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Rows, type Row } from '../../ui/Rows.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { ServerTest } from '../accounts/ServerTest.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';

type ShownFault = NonNullable<SwitchDetails['fault']>;

/** Layers, as the ids of the faults begin. */
const LAYERS = ['tls', 'sip', 'media'] as const;

/** Everything that the switch does wrong on demand, and the one that it does now. */
export function FaultCabinet({ shown }: { readonly shown: ShownFault | null }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const [faults, setFaults] = useState<readonly FaultView[]>([]);
  const [text, setText] = useState('');
  useEffect(() => {
    void model.request('switch.faults', {}).then((read) => {
      if (read.ok) setFaults(read.value.faults);
    });
  }, [model]);
  const words = text.trim().toLowerCase().split(/\s+/);
  const fits = ({ id, summary }: FaultView): boolean =>
    words.every((word) => `${id} ${summary}`.toLowerCase().includes(word));
  const current = faults.find(({ id }) => id === shown?.id);
  return (
    <>
      <p className="field-hint">{t('switch.faultHint')}</p>
      {shown !== null && current !== undefined && <ShownFaultCard key={shown.server} fault={current} shown={shown} />}
      <SearchField label={t('switch.faultSearch')} clearLabel={t('dialer.clear')} value={text} onChange={setText} />
      {!faults.some(fits) && <p className="pbx-none">{t('switch.noFault')}</p>}
      {LAYERS.map((layer) => {
        const rows = faults.filter((fault) => fault.id.startsWith(`${layer}.`) && fits(fault));
        if (rows.length === 0) return null;
        return (
          <section key={layer} aria-label={t(`switch.layer.${layer}`)}>
            <h2>{t(`switch.layer.${layer}`)}</h2>
            {rows.map((fault) => (
              <FaultRow key={fault.id} fault={fault} shown={fault.id === shown?.id} />
            ))}
          </section>
        );
      })}
    </>
  );
}

/** A fault with what can be chosen about it. */
function FaultRow({ fault, shown }: { readonly fault: FaultView; readonly shown: boolean }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const { id, summary, parameters, expected } = fault;
  return (
    <details className="fault">
      <summary>
        <code>{id}</code> <span lang={CORE_LANGUAGE}>{summary}</span>
      </summary>
      {parameters.map(({ name, summary: meaning, choices, default: preset }) => {
        const change = (value: string): void => {
          setValues({ ...values, [name]: value });
        };
        const props = { value: values[name] ?? preset };
        return (
          <label key={name} className="setting-row">
            <span lang={CORE_LANGUAGE}>{meaning}</span>
            {choices === null ? (
              <span className="text-box">
                <input
                  {...props}
                  inputMode="decimal"
                  onChange={({ target }) => {
                    change(target.value);
                  }}
                />
              </span>
            ) : (
              <select
                {...props}
                onChange={({ target }) => {
                  change(target.value);
                }}
              >
                {choices.map((choice) => (
                  <option key={choice}>{choice}</option>
                ))}
              </select>
            )}
          </label>
        );
      })}
      <Rows
        rows={expectedRows(t('switch.expectedClient'), t('switch.expectedSwitch'), t('switch.unnoticed'), expected)}
      />
      <Button onClick={() => void model.ask('switch.showFault', { fault: id, values })}>
        {t(shown ? 'switch.showAgain' : 'switch.show')}
      </Button>
    </details>
  );
}

/** The fault that is on show: how a phone meets it, what it must lead to, and what came of it. */
function ShownFaultCard({ fault, shown }: { readonly fault: FaultView; readonly shown: ShownFault }) {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const { serverTest } = useSnapshot();
  const { server, address, password, trust, noticed } = shown;
  const ownTest = serverTest?.accountId === null && serverTest.target === server ? serverTest : null;
  const { client, switch: atSwitch } = fault.expected;
  const said = ownTest?.running === false ? ownTest.findings.map(({ code }) => code) : null;
  const account: RequestInput<'account.add'> = {
    address: address.replace(/^sip:/, ''),
    password,
    displayName: '',
    server,
    transport: 'tls',
    srtp: 'optional',
    trust,
    verify: true,
  };
  return (
    <section className="fault-shown" aria-label={t('switch.onShow')}>
      <h2>
        {t('switch.onShow')}: <code>{fault.id}</code>
      </h2>
      <p lang={CORE_LANGUAGE}>{fault.summary}</p>
      <Rows
        rows={[
          [t('switch.server'), <code key="server">{server}</code>],
          [t('account.address'), <code key="address">{account.address}</code>],
          [t('switch.password'), <code key="password">{password}</code>],
          [
            t('switch.expectedClient'),
            client === null ? t('switch.unnoticed') : <Expected code={client} said={said} />,
          ],
          [
            t('switch.expectedSwitch'),
            atSwitch === null ? (
              t('switch.unnoticed')
            ) : (
              <Expected code={atSwitch} said={noticed.length === 0 ? null : noticed.map(({ code }) => code)} />
            ),
          ],
        ]}
      />
      <div className="account-actions">
        <Button
          busy={ownTest?.running === true}
          onClick={() => void model.ask('account.testNew', { ...account, accountId: null })}
        >
          {t('switch.test')}
        </Button>
        <Button kind="quiet" onClick={() => void model.ask('account.add', account)}>
          {t('switch.useAccount')}
        </Button>
        <Button
          kind="quiet"
          onClick={() => {
            saveFile('cafile.pem', [trust]);
          }}
        >
          {t('switch.save', { name: 'cafile.pem' })}
        </Button>
        <Button kind="quiet" onClick={() => void model.ask('switch.showFault', { fault: null, values: {} })}>
          {t('switch.endShow')}
        </Button>
      </div>
      {ownTest !== null && <ServerTest test={ownTest} />}
      {noticed.length > 0 && <h3>{t('switch.noticed')}</h3>}
      {noticed.map(({ at, ...diagnosis }, index) => (
        <DiagnosisCard key={index} what={formatTime(at, i18n.language)} diagnosis={diagnosis} />
      ))}
    </section>
  );
}

/** A code that must be said, and whether it was, once there was something to hear. */
function Expected({ code, said }: { readonly code: string; readonly said: readonly string[] | null }) {
  const { t } = useTranslation();
  return (
    <span className="pbx-leg">
      <code>{code}</code>
      {said !== null && (
        <>
          <Icon name={said.includes(code) ? 'check' : 'close'} />
          <span>{t(said.includes(code) ? 'switch.heard' : 'switch.notHeard')}</span>
        </>
      )}
    </span>
  );
}

function expectedRows(client: string, atSwitch: string, nobody: string, expected: FaultView['expected']): Row[] {
  return [
    [client, expected.client === null ? nobody : <code key="client">{expected.client}</code>],
    [atSwitch, expected.switch === null ? nobody : <code key="switch">{expected.switch}</code>],
  ];
}
