import { Collapsible, Switch } from 'radix-ui';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/Icon.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { TextField } from './TextField.tsx';
import { differsFromDefault, type AccountDraft } from './account-draft.ts';

interface AdvancedFieldsProps {
  readonly draft: AccountDraft;
  readonly trustProblem: boolean;
  readonly onChange: (draft: AccountDraft) => void;
}

/** The rest of an account. Opens by itself where something differs from the safe choices. */
export function AdvancedFields({ draft, trustProblem, onChange }: AdvancedFieldsProps) {
  const { t } = useTranslation();
  const id = useId();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const differs = differsFromDefault(draft);
  const open = trustProblem || (wanted ?? differs);
  return (
    <Collapsible.Root className="advanced" open={open} onOpenChange={setWanted}>
      <Collapsible.Trigger className="advanced-head">
        <Icon name="down" />
        {t('form.advanced.title')}
        {differs && <span className="advanced-changed">{t('form.advanced.changed')}</span>}
      </Collapsible.Trigger>
      <Collapsible.Content className="advanced-body">
        <TextField
          name="server"
          label={t('form.server.label')}
          hint={t('form.server.hint')}
          placeholder={t('form.server.example')}
          value={draft.server}
          onChange={(server) => {
            onChange({ ...draft, server });
          }}
        />
        <Segmented
          label={t('form.transport.label')}
          value={draft.transport}
          options={(['tls', 'tcp', 'udp'] as const).map((value) => ({ value, label: t(`form.transport.${value}`) }))}
          onChange={(transport) => {
            onChange({ ...draft, transport });
          }}
        >
          {draft.transport !== 'tls' && (
            <p className="field-warning">{t('form.transport.plain', { transport: draft.transport.toUpperCase() })}</p>
          )}
        </Segmented>
        <Segmented
          label={t('form.srtp.label')}
          value={draft.srtp}
          options={(['mandatory', 'optional', 'off'] as const).map((value) => ({
            value,
            label: t(`form.srtp.${value}`),
          }))}
          onChange={(srtp) => {
            onChange({ ...draft, srtp });
          }}
        >
          {draft.srtp === 'off' && <p className="field-warning">{t('form.srtp.plain')}</p>}
        </Segmented>
        <div className="field">
          <label className="field-label" htmlFor={`${id}-trust`}>
            {t('form.trust.label')}
          </label>
          <textarea
            id={`${id}-trust`}
            name="trust"
            rows={3}
            spellCheck={false}
            maxLength={32_768}
            placeholder="-----BEGIN CERTIFICATE-----"
            aria-describedby={`${id}-trust-note`}
            aria-invalid={trustProblem || undefined}
            value={draft.trust}
            onChange={(event) => {
              onChange({ ...draft, trust: event.target.value });
            }}
          />
          <p id={`${id}-trust-note`} className={trustProblem ? 'field-problem' : 'field-hint'}>
            {t(trustProblem ? 'form.trust.wrong' : 'form.trust.hint')}
          </p>
        </div>
        <div className="field">
          <div className="switch-row">
            <label className="field-label" htmlFor={`${id}-verify`}>
              {t('form.verify.label')}
            </label>
            <Switch.Root
              id={`${id}-verify`}
              className="switch"
              checked={draft.verify}
              onCheckedChange={(verify) => {
                onChange({ ...draft, verify });
              }}
            >
              <Switch.Thumb className="switch-thumb" />
            </Switch.Root>
          </div>
          {!draft.verify && <p className="field-warning">{t('form.verify.off')}</p>}
        </div>
      </Collapsible.Content>
    </Collapsible.Root>
  );
}
