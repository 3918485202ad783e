import { RadioGroup } from 'radix-ui';
import { useId, type ReactNode } from 'react';

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
  /** What the choice means, where it needs saying. */
  readonly children?: ReactNode;
}

/** One of two or three, all seen at once. */
export function Segmented<T extends string>({ label, value, options, onChange, children }: SegmentedProps<T>) {
  const id = useId();
  return (
    <div className="field">
      <span className="field-label" id={id}>
        {label}
      </span>
      <RadioGroup.Root
        className="segmented"
        aria-labelledby={id}
        value={value}
        onValueChange={(chosen) => {
          const option = options.find((candidate) => candidate.value === chosen);
          if (option !== undefined) onChange(option.value);
        }}
      >
        {options.map((option) => (
          <RadioGroup.Item key={option.value} className="segment" value={option.value}>
            {option.label}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {children}
    </div>
  );
}
