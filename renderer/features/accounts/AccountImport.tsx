import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestFailure } from '../../../core/api/client.ts';
import type { ImportedAccount } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { sendFile } from '../../bridge/send-file.ts';
import { Button } from '../../ui/Button.tsx';
import { FailureCard } from '../diagnosis/FailureCard.tsx';

/** Accounts from the settings of another phone, with what became of each. */
export function AccountImport() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [report, setReport] = useState<readonly ImportedAccount[] | null>(null);
  // Shown here: a notice of the window would stand behind the popover.
  const [failure, setFailure] = useState<RequestFailure | null>(null);
  const read = async (file: File): Promise<void> => {
    setBusy(true);
    setReport(null);
    setFailure(null);
    const answer = await sendFile(file, async (piece) => {
      const sent = await model.request('account.import', piece);
      if (!sent.ok) setFailure(sent.error);
      return sent.ok ? sent.value : undefined;
    });
    setBusy(false);
    setReport(answer?.report ?? null);
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('account.import')}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file !== undefined) void read(file);
        }}
      />
      <Button kind="quiet" busy={busy} onClick={() => input.current?.click()}>
        {t('account.import')}
      </Button>
      {failure !== null && <FailureCard request="account.import" failure={failure} />}
      {report !== null && (
        <ul className="account-imported" role="status">
          {report.map(({ name, outcome, needsPassword, transport }) => (
            <li key={name}>
              <strong>{name}</strong> {t(`account.imported.${outcome}`)}
              {outcome === 'added' && needsPassword && <span> {t('account.imported.password')}</span>}
              {outcome === 'added' && transport !== 'tls' && (
                <span> {t('account.imported.plain', { transport: transport.toUpperCase() })}</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
