import { useTranslation } from 'react-i18next';
import type { DiagnosisView } from '../../../core/api/state.ts';
import { CORE_LANGUAGE } from '../../i18n/languages.ts';
import { Rows, type Row } from '../../ui/Rows.tsx';
import { ErrorCard } from './ErrorCard.tsx';
import { useDiagnosisWords } from './use-diagnosis-words.ts';

interface DiagnosisCardProps {
  readonly what: string;
  readonly diagnosis: DiagnosisView;
  readonly onRetry?: () => void;
  readonly retryLabel?: string;
  readonly onDismiss?: () => void;
}

/** A diagnosis of the core as a card; its code and evidence are under the details. */
export function DiagnosisCard({ what, diagnosis, ...actions }: DiagnosisCardProps) {
  const { t } = useTranslation();
  const words = useDiagnosisWords()(diagnosis);
  const evidence = Object.entries(diagnosis.evidence).map(([name, value]): Row => [
    name,
    Array.isArray(value) ? value.join(', ') : String(value),
  ]);
  const details = (
    <>
      <Rows
        rows={[
          [t('card.code'), <code>{diagnosis.code}</code>],
          [t('card.side'), t(`card.sides.${diagnosis.side}`)],
          ...evidence,
        ]}
      />
      {words.why === null && (
        <p className="card-core">
          {t('card.core')}: <q lang={CORE_LANGUAGE}>{`${diagnosis.summary} ${diagnosis.cure}`}</q>
        </p>
      )}
    </>
  );
  return <ErrorCard what={what} {...words} details={details} {...actions} />;
}
