import { Popover } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecurityView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { SecurityDetails } from './SecurityDetails.tsx';
import './security.css';

/** One shape per state, told apart without colour. */
export const SECURITY_SHAPES = {
  checking: 'dots',
  open: 'ear',
  signalling: 'half',
  encrypted: 'lock',
} as const satisfies Record<SecurityView['state'], IconName>;

/** The sign of security: words first, shape second. A click says who could listen, and why. */
export function SecurityChip({ security, callId }: { readonly security: SecurityView; readonly callId: string }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const [open, setOpen] = useState(false);
  const words = t(`security.state.${security.state}`);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={`chip chip-${security.state}`} aria-label={t('security.chip', { state: words })}>
        <span>{words}</span>
        <Icon name={SECURITY_SHAPES[security.state]} />
      </Popover.Trigger>
      {/* Opens from the top of the call's screen, where there is room for all of it in a small window. */}
      <Popover.Anchor className="chip-anchor" />
      <Popover.Portal>
        <Popover.Content className="popover" sideOffset={2} collisionPadding={10} aria-label={t('security.label')}>
          <SecurityDetails
            security={security}
            onInspect={() => {
              setOpen(false);
              model.inspect(callId);
            }}
          />
          <Popover.Close className="popover-close" aria-label={t('common.close')}>
            <Icon name="close" />
          </Popover.Close>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
