import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { SecurityChip } from '../security/SecurityChip.tsx';
import { CallTime } from './CallTime.tsx';
import { holdOf, plainAddress, remoteLabel } from './call-words.ts';

interface CallHeadProps {
  readonly call: CallView;
  /** Leaves the picture out, where the room is needed. */
  readonly compact?: boolean;
}

/** Whom a call is with and how it stands; the sign of security always in the same place, under the name. */
export function CallHead({ call, compact = false }: CallHeadProps) {
  const { t } = useTranslation();
  const label = remoteLabel(call);
  const hold = holdOf(call);
  const address = plainAddress(call.remoteAddress);
  const ringing = call.state === 'incoming' || call.state === 'ringing' || call.state === 'early';
  return (
    <div className={`call-head ${compact ? 'call-head-compact' : ''}`}>
      {!compact && <Avatar label={label} size="large" ringing={ringing} />}
      <h1>{label}</h1>
      {address !== label && <p className="call-address">{address}</p>}
      <SecurityChip security={call.security} callId={call.id} />
      <p className="call-state">
        {call.state === 'connected' ? <CallTime call={call} /> : t(`call.state.${call.state}`)}
        {hold !== null && <span className="call-hold"> · {t(`hold.by.${hold}`)}</span>}
      </p>
    </div>
  );
}
