import { IconButton } from './IconButton.tsx';
import { Icon } from './Icon.tsx';

interface SearchFieldProps {
  readonly label: string;
  readonly clearLabel: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

/** A field that narrows what is below it, as one types. */
export function SearchField({ label, clearLabel, value, onChange }: SearchFieldProps) {
  return (
    <div className="search text-box">
      <Icon name="search" />
      <input
        type="text"
        role="searchbox"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={256}
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || value === '') return;
          event.preventDefault();
          onChange('');
        }}
      />
      {value !== '' && (
        <IconButton
          icon="close"
          label={clearLabel}
          onClick={() => {
            onChange('');
          }}
        />
      )}
    </div>
  );
}
