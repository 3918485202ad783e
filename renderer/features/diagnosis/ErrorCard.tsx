import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import './diagnosis.css';

interface ErrorCardProps {
  /** What went wrong, from where the person stands: “The call did not come about”. */
  readonly what: string;
  /** The cause in a few words. */
  readonly title?: string;
  readonly why: string | null;
  readonly cure: string;
  readonly details?: ReactNode;
  readonly onRetry?: (() => void) | undefined;
  readonly retryLabel?: string;
  readonly onDismiss?: (() => void) | undefined;
}

/** An error as a card: what happened, why, what to do, details. */
export function ErrorCard({ what, title, why, cure, details, onRetry, retryLabel, onDismiss }: ErrorCardProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <section className="card card-error" role="group" aria-labelledby={id}>
      <Icon name="alert" />
      <div className="card-body">
        <h2 id={id}>{what}</h2>
        {title !== undefined && <p className="card-title">{title}</p>}
        {why !== null && why !== title && <p>{why}</p>}
        <p className="card-cure">
          <span>{t('card.cure')}</span> {cure}
        </p>
        {details !== undefined && (
          <details>
            <summary>{t('common.details')}</summary>
            {details}
          </details>
        )}
        {(onRetry ?? onDismiss) !== undefined && (
          <div className="card-actions">
            {onRetry !== undefined && <Button onClick={onRetry}>{retryLabel ?? t('common.again')}</Button>}
            {onDismiss !== undefined && (
              <Button kind="quiet" onClick={onDismiss}>
                {t('common.dismiss')}
              </Button>
            )}
          </div>
        )}
      </div>
    </section>
  );
}
