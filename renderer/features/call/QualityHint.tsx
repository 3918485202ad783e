import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { formatNumber } from '../../i18n/format.ts';
import { Rows } from '../../ui/Rows.tsx';
import { qualityOf } from './call-words.ts';

/** The quality of the line in two words, with a bar chart of one to three bars beside them. */
export function QualityHint({ quality }: Pick<CallView, 'quality'>) {
  const { t } = useTranslation();
  const word = qualityOf(quality);
  return (
    <p className={`quality quality-${word}`}>
      <span className="quality-bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {t(`quality.${word}`)}
    </p>
  );
}

/** The figures behind the hint. */
export function QualityRows({ quality }: { readonly quality: NonNullable<CallView['quality']> }) {
  const { t, i18n } = useTranslation();
  const number = (value: number, digits: number): string => formatNumber(value, i18n.language, digits);
  return (
    <Rows
      rows={[
        quality.mos === null ? null : [t('quality.mos'), t('quality.mosValue', { value: number(quality.mos, 1) })],
        [t('quality.loss'), t('quality.percent', { value: number(quality.lossPercent, 1) })],
        [t('quality.jitter'), t('quality.milliseconds', { value: number(quality.jitterMs, 1) })],
        quality.roundTripMs === null
          ? null
          : [t('quality.roundTrip'), t('quality.milliseconds', { value: number(quality.roundTripMs, 0) })],
      ]}
    />
  );
}
