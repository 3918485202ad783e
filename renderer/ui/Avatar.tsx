import { initials } from '../features/call/call-words.ts';
import { Icon } from './Icon.tsx';

interface AvatarProps {
  readonly label: string;
  readonly size: 'small' | 'large';
  /** Rings: a slow wave around it, still where motion is not wanted. */
  readonly ringing?: boolean;
}

/** A round sign for a person; their name always stands beside it. */
export function Avatar({ label, size, ringing = false }: AvatarProps) {
  const letters = initials(label);
  return (
    <span className={`avatar avatar-${size} ${ringing ? 'avatar-ringing' : ''}`} aria-hidden="true">
      {letters ?? <Icon name="person" />}
    </span>
  );
}
