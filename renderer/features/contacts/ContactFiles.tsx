import { Popover } from 'radix-ui';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContactFormat, ImportReport } from '../../../core/api/people.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { saveFile } from '../../bridge/save-file.ts';
import { sendFile } from '../../bridge/send-file.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';

/** Contacts from a file, with a report of what was read and what not; and all contacts to a file. */
export function ContactFiles() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { contacts } = useSnapshot();
  const input = useRef<HTMLInputElement>(null);
  const [report, setReport] = useState<ImportReport | null>(null);
  const [busy, setBusy] = useState(false);

  const read = async (file: File): Promise<void> => {
    setBusy(true);
    setReport(null);
    const answer = await sendFile(file, async (piece) => {
      const sent = await model.ask('contacts.import', piece, () => void read(file));
      return sent.ok ? sent.value : undefined;
    });
    setReport(answer?.report ?? null);
    setBusy(false);
  };
  const write = async (format: ContactFormat): Promise<void> => {
    const file = await model.ask('contacts.export', { format }, () => void write(format));
    if (file.ok) saveFile(format === 'vcard' ? 'contacts.vcf' : 'contacts.csv', [file.value.text]);
  };
  return (
    <Popover.Root
      onOpenChange={(open) => {
        if (!open) setReport(null);
      }}
    >
      <Popover.Trigger className="icon-button" aria-label={t('contacts.files')} title={t('contacts.files')}>
        <Icon name="dots" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover"
          align="end"
          sideOffset={6}
          collisionPadding={10}
          aria-label={t('contacts.files')}
        >
          <h2>{t('contacts.files')}</h2>
          <p className="field-hint">{t('contacts.filesHint')}</p>
          <input
            ref={input}
            type="file"
            hidden
            accept=".vcf,.csv,text/vcard,text/csv"
            aria-label={t('contacts.import')}
            onChange={(event) => {
              const file = event.target.files?.[0];
              event.target.value = '';
              if (file !== undefined) void read(file);
            }}
          />
          <Button kind="primary" busy={busy} onClick={() => input.current?.click()}>
            {t('contacts.import')}
          </Button>
          {report !== null && <Report report={report} />}
          {contacts.count > 0 && (
            <div className="popover-actions">
              <Button onClick={() => void write('vcard')}>{t('contacts.exportVcard')}</Button>
              <Button onClick={() => void write('csv')}>{t('contacts.exportCsv')}</Button>
            </div>
          )}
          <Popover.Close className="popover-close" aria-label={t('common.close')}>
            <Icon name="close" />
          </Popover.Close>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Report({ report }: { readonly report: ImportReport }) {
  const { t } = useTranslation();
  const { added, merged, skipped, problems } = report;
  return (
    <div className="import-report" role="status">
      <p>
        <strong>{t('contacts.report.added', { count: added })}</strong>
      </p>
      {merged > 0 && <p>{t('contacts.report.merged', { count: merged })}</p>}
      {skipped > 0 && <p>{t('contacts.report.skipped', { count: skipped })}</p>}
      {problems.length > 0 && (
        <ul>
          {problems.map(({ line, reason }, index) => (
            <li key={index}>{t('contacts.report.problem', { line, reason: t(`contacts.report.reason.${reason}`) })}</li>
          ))}
        </ul>
      )}
      {skipped > problems.length && <p>{t('contacts.report.more', { count: skipped - problems.length })}</p>}
      {report.encoding !== 'utf-8' && <p>{t('contacts.report.encoding', { encoding: report.encoding })}</p>}
    </div>
  );
}
