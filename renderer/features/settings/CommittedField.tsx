import { useState } from 'react';
import { TextField } from '../accounts/TextField.tsx';

interface CommittedFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onCommit: (value: string) => void;
}

/** A line of text that counts once it is left or Enter is pressed; Escape takes it back. */
export function CommittedField({ label, hint, value, onCommit }: CommittedFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const commit = (): void => {
    setTyped(null);
    if (typed !== null && typed.trim() !== value) onCommit(typed.trim());
  };
  return (
    <TextField
      label={label}
      hint={hint}
      maxLength={512}
      value={typed ?? value}
      onChange={setTyped}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setTyped(null);
      }}
    />
  );
}
