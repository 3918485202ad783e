import { useTranslation } from 'react-i18next';
import { Icon } from '../../ui/Icon.tsx';

/** There is nothing to show, and why. */
export function Nothing({
  of,
  filtered,
}: {
  readonly of: 'ladder' | 'connections' | 'events';
  readonly filtered: boolean;
}) {
  const { t } = useTranslation();
  return (
    <div className="empty">
      <Icon name="wire" />
      <p>
        <strong>{t(filtered ? 'wire.nothing.filtered' : `wire.nothing.${of}`)}</strong>
        <span>{t(filtered ? 'wire.nothing.filteredHint' : `wire.nothing.${of}Hint`)}</span>
      </p>
    </div>
  );
}
