import { useId, type ComponentProps, type ReactNode } from 'react';

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'onChange' | 'value' | 'children'> {
  readonly label: string;
  readonly hint?: string;
  /** Why the value cannot stay; takes the place of the hint. */
  readonly problem?: string | null;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** What stands inside of the field, at its end. */
  readonly children?: ReactNode;
}

/** A line of text with its label above and a hint or a problem below. */
export function TextField({ label, hint, problem = null, value, onChange, children, ...input }: TextFieldProps) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className={`text-box ${problem === null ? '' : 'text-box-wrong'}`}>
        <input
          id={id}
          type="text"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          aria-invalid={problem !== null || undefined}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
          }}
          {...input}
        />
        {children}
      </div>
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === null ? 'field-hint' : 'field-problem'}>
          {note}
        </p>
      )}
    </div>
  );
}
