import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { SecurityDetails } from '../security/SecurityDetails.tsx';
import { QualityRows } from './QualityHint.tsx';

/** The second column beside a call: who could listen, and the figures of the line. */
export function CallDetails({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  return (
    <div className="details">
      <SecurityDetails
        security={call.security}
        onInspect={() => {
          model.inspect(call.id);
        }}
      />
      {call.quality !== null && (
        <div className="security-details">
          <h3>{t('quality.title')}</h3>
          <QualityRows quality={call.quality} />
        </div>
      )}
    </div>
  );
}
