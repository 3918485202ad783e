import { useEffect, useState } from 'react';
import type { SwitchDetails } from '../../../core/api/switch.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';

/** What goes on in the built-in switch, anew with each change of it; null until the first answer. */
export function useSwitch(): SwitchDetails | null {
  const { model } = usePhone();
  const { revision } = useSnapshot().builtInSwitch;
  const [details, setDetails] = useState<SwitchDetails | null>(null);
  useEffect(() => {
    let current = true;
    void model.request('switch.read', {}).then((read) => {
      if (current && read.ok) setDetails(read.value);
    });
    return () => {
      current = false;
    };
  }, [model, revision]);
  return details;
}
