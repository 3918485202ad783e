import { useTranslation } from 'react-i18next';
import type { RequestFailure } from '../../../core/api/client.ts';
import type { RequestName } from '../../../core/api/contract.ts';
import { DiagnosisCard } from './DiagnosisCard.tsx';
import { ErrorCard } from './ErrorCard.tsx';

interface FailureCardProps {
  readonly request: RequestName;
  readonly failure: RequestFailure;
  readonly onRetry?: () => void;
  readonly onDismiss?: () => void;
}

/** A request of this window that brought nothing, said at once to screen readers. */
export function FailureCard({ request, failure, ...actions }: FailureCardProps) {
  const { t } = useTranslation();
  const what = t(`failure.action.${request}`);
  return (
    <div role="alert">
      {failure.kind === 'refused' ? (
        <DiagnosisCard what={what} diagnosis={failure.diagnosis} {...actions} />
      ) : (
        <ErrorCard
          what={what}
          why={t(`failure.${failure.kind}.why`)}
          cure={t(`failure.${failure.kind}.cure`)}
          {...actions}
        />
      )}
    </div>
  );
}
