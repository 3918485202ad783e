import { Switch } from 'radix-ui';
import { useId } from 'react';

interface SettingSwitchProps {
  readonly label: string;
  readonly hint: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Something that is on or off, with what that means. */
export function SettingSwitch({ label, hint, checked, onChange }: SettingSwitchProps) {
  const id = useId();
  return (
    <>
      <div className="switch-row">
        <label htmlFor={id}>{label}</label>
        <Switch.Root
          id={id}
          className="switch"
          aria-describedby={`${id}-hint`}
          checked={checked}
          onCheckedChange={onChange}
        >
          <Switch.Thumb className="switch-thumb" />
        </Switch.Root>
      </div>
      <p id={`${id}-hint`} className="field-hint">
        {hint}
      </p>
    </>
  );
}
