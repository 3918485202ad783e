import { FailureCard } from '../features/diagnosis/FailureCard.tsx';
import { usePhone, useWindowState } from './phone-context.ts';

/** Requests that failed, over the foot of the phone column, newest last. */
export function Notices() {
  const { model } = usePhone();
  const { notices } = useWindowState();
  if (notices.length === 0) return null;
  return (
    <div className="notices">
      {notices.map(({ id, request, failure, retry }) => (
        <FailureCard
          key={id}
          request={request}
          failure={failure}
          onRetry={() => {
            model.dismissNotice(id);
            retry();
          }}
          onDismiss={() => {
            model.dismissNotice(id);
          }}
        />
      ))}
    </div>
  );
}
